#!/bin/sh
# Make a venv with the project in it, and see to it that bubblewrap is there.
#   sh tools/setup.sh course    .venv with what `make demo` needs, from requirements/course.txt
#   sh tools/setup.sh dev       .venv with what developers need, from requirements/dev.txt
#   sh tools/setup.sh latest    .venv-latest with the newest releases of what developers need
#   sh tools/setup.sh newest    .venv-newest with what developers need, for the newest Python here;
#                               none where .venv has that one already
# Run again, it does nothing but check, or look for newer releases. PYTHON names the interpreter
# (3.11 or newer): a path, or a name such as python3.13, which version managers are asked for too.
# `make lock` writes the two files.
set -eu
umask 022  # sessions of root's grader run as another user, who reads the venv

wanted=$1
venv=.venv
case $wanted in latest | newest) venv=.venv-$wanted ;; esac

say() { printf '%s\n' "$*" >&2; }

may_install() { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# with_manager PACKAGE: install it with the system's package manager, if there is one that we know.
with_manager() {
    if command -v apt-get; then
        as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "$1"
    elif command -v dnf; then as_root dnf install -y -q "$1"
    elif command -v apk; then as_root apk add --quiet "$1"
    elif command -v pacman; then as_root pacman -S --noconfirm --quiet "$1"
    else return 1
    fi
}

# install PACKAGE: as above, where we may; what the package manager says is shown if it fails.
install() {
    may_install || return 1
    say "Installing $1 with the system's package manager"
    said=$(with_manager "$1" 2>&1) || { say "$said"; return 1; }
}

# runs PYTHON: whether it is one, and new enough. A version manager's shim may be there and not run.
runs() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# find NAME: where the Python of that name is, in PATH or kept by pyenv, asdf, mise or uv.
find_python() {
    if runs "$1"; then command -v "$1"; return; fi
    for place in "${PYENV_ROOT:-$HOME/.pyenv}/versions" "${ASDF_DATA_DIR:-$HOME/.asdf}/installs/python" \
        "${MISE_DATA_DIR:-$HOME/.local/share/mise}/installs/python" \
        "${UV_PYTHON_INSTALL_DIR:-$HOME/.local/share/uv/python}"; do
        for found in "$place"/*/bin/"$1"; do
            if runs "$found"; then echo "$found"; return; fi
        done
    done
    return 1
}

# which_of PYTHON: its version, and where it is installed.
which_of() {
    "$1" -c 'import os, sys; print(sys.version_info[:3], os.path.realpath(sys.base_prefix))' 2>&1
}
minor_of() { "$1" -c 'import sys; print(sys.version_info[1])'; }

# The Pythons that pyproject.toml says the project works with.
versions() { sed -n 's/.*"Programming Language :: Python :: 3\.\([0-9]*\)".*/\1/p' pyproject.toml; }

if [ "$wanted" = newest ]; then
    python=
    for minor in $(versions | sort -rn); do
        [ "$minor" -gt "$(minor_of .venv/bin/python)" ] || break
        ! python=$(find_python "python3.$minor") || break
    done
    if [ -z "$python" ]; then
        say "No newer Python than that of .venv is here (of those that the project works with), so"
        say "nothing is tried with another one. PYTHON=/path/to/python3.13 make test would do so."
        rm -rf $venv
        exit 0
    fi
    say "The newest Python here is $python"
else
    asked=${PYTHON:-python3 $(versions | sort -rn | sed 's/^/python3./')}
    python=
    for name in $asked; do
        ! python=$(find_python "$name") || break
    done
    if [ -z "$python" ]; then
        say "Python 3.11 or newer is needed; \`${PYTHON:-python3}\` is none that runs here."
        say "Name one with PYTHON=/path/to/python3.13 make ..."
        exit 1
    fi
fi

# A venv of another Python than the one that was named is made again.
if [ -n "${PYTHON:-}$(echo $venv | grep newest)" ] && [ -e $venv/bin/python ] &&
    [ "$(which_of "$python")" != "$(which_of $venv/bin/python)" ]; then
    say "Making $venv again, with $python"
    rm -rf $venv
fi

# A venv that was cut off half-way has no pip, and is made again.
if ! $venv/bin/python -m pip --version >/dev/null 2>&1; then
    rm -rf $venv
    "$python" -m venv $venv >/dev/null 2>&1 || {
        # Debian and Ubuntu keep ensurepip in a package of its own.
        rm -rf $venv
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        install "python$version-venv" || install python3-venv || {
            say "Python's venv module is missing (on Debian: apt install python$version-venv)."
            exit 1
        }
        "$python" -m venv $venv
    }
fi

pip_install() { $venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"; }

# The stamp keeps the second run short: pip is called only when what it would read has changed.
state() { cat pyproject.toml "requirements/$1.txt" | cksum; }
[ "$wanted" != newest ] || wanted=dev
current() { [ -e "$venv/.installed-$1" ] && [ "$(state "$1")" = "$(cat "$venv/.installed-$1")" ]; }
if [ "$wanted" = latest ]; then
    say "Installing the newest releases into $venv"
    pip_install --upgrade --upgrade-strategy eager -e ".[dev]"
elif ! current "$wanted" && ! current dev; then
    say "Installing requirements/$wanted.txt into $venv"
    pip_install --require-hashes --no-deps -r "requirements/$wanted.txt"
    pip_install --no-deps --no-build-isolation -e .
    state "$wanted" >"$venv/.installed-$wanted"
fi
$venv/bin/python -m compileall -q grader  # what runs in a sandbox can write no bytecode

if [ "$(uname -s)" != Linux ]; then
    say "The tiers strong and basic need Linux; what is left here is none: make demo ISOLATION=none"
elif ! command -v bwrap >/dev/null && ! install bubblewrap; then
    say "bubblewrap is missing and could not be installed here, so the tier strong is not to be had."
    say "Install it (apt install bubblewrap), or go on with what is left: the tier basic, with"
    say "make demo ISOLATION=basic. $venv/bin/grader doctor shows what this machine offers."
fi

# The tests start a PostgreSQL server of their own; its programs are not in PATH on Debian.
has_postgres() { command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; }
if [ "$wanted" != course ] && ! has_postgres >/dev/null 2>&1 && ! install postgresql; then
    say "PostgreSQL is missing and could not be installed here; tests that need it will fail."
    say "Install it (apt install postgresql)."
fi
