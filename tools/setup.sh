#!/bin/sh
# Make .venv with the project in it, and see to it that bubblewrap is there.
#   sh tools/setup.sh REQUIREMENT     such as "." or ".[dev]"
# Run again, it does nothing but check. PYTHON names the interpreter (3.11 or newer).
set -eu

requirement=$1
python=${PYTHON:-python3}

say() { printf '%s\n' "$*" >&2; }

may_install() { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# install PACKAGE through the system's package manager; fails where there is none that we know.
install() {
    may_install || return 1
    say "Installing $1 with the system's package manager"
    if command -v apt-get >/dev/null; then
        as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "$1" >/dev/null
    elif command -v dnf >/dev/null; then as_root dnf install -y -q "$1"
    elif command -v apk >/dev/null; then as_root apk add --quiet "$1"
    elif command -v pacman >/dev/null; then as_root pacman -S --noconfirm --quiet "$1"
    else return 1
    fi
}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    say "Python 3.11 or newer is needed; name one with PYTHON=/path/to/python make ..."
    exit 1
}

# A venv that was cut off half-way has no pip, and is made anew.
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    rm -rf .venv
    "$python" -m venv .venv 2>/dev/null || {
        # Debian and Ubuntu keep ensurepip in a package of its own.
        rm -rf .venv
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        install "python$version-venv" || install python3-venv || {
            say "Python's venv module is missing (on Debian: apt install python$version-venv)."
            exit 1
        }
        "$python" -m venv .venv
    }
fi

# The stamp keeps the second run short: pip is called only when what it would read has changed.
stamp=.venv/.setup-$(printf '%s' "$requirement" | cksum | cut -d' ' -f1)
if [ ! -e "$stamp" ] || [ pyproject.toml -nt "$stamp" ]; then
    say "Installing $requirement into .venv"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -e "$requirement"
    touch "$stamp"
fi

if [ "$(uname -s)" = Linux ] && ! command -v bwrap >/dev/null; then
    install bubblewrap || true
fi
if ! command -v bwrap >/dev/null; then
    say "bubblewrap is missing and could not be installed here, so the tier strong is not to be had."
    say "Install it (apt install bubblewrap), or run with --isolation basic or none;"
    say ".venv/bin/grader doctor shows what this machine offers."
fi
