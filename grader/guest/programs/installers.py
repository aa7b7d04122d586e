"""A program that replaces pip, conda, apt and similar tools while notebooks are graded.

    python -I installers.py PROGRAM ARGUMENTS...

Nothing can be installed then: there is no network and no writable site-packages. The real tools
need many seconds to find that out. This program says so at once, in one line, with the packages
that are already installed. Commands that install nothing, such as ``pip list``, go to the real
tool.

It runs as an ordinary process of the notebook, so it works from a magic, a shell and a program, and
has no rights that the notebook lacks.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

_OF_PYTHON = ("pip", "pip3", "conda", "mamba", "micromamba", "uv", "pipx", "poetry", "easy_install")
_OF_SYSTEM = ("apt", "apt-get", "aptitude", "apk", "brew", "dnf", "pacman", "snap", "yum")
NAMES = (*_OF_PYTHON, f"pip3.{sys.version_info[1]}", *_OF_SYSTEM, "sudo")
"""The names under which this program is called."""

# Subcommands that change packages, and the word for it.
_DONE = {
    **dict.fromkeys(("install", "add", "create", "sync", "reinstall", "inject"), "installed"),
    **dict.fromkeys(("download", "wheel"), "downloaded"),
    **dict.fromkeys(("uninstall", "remove", "purge", "autoremove"), "removed"),
    **dict.fromkeys(("update", "upgrade", "dist-upgrade", "full-upgrade"), "updated"),
}
_GROUPS = frozenset({"env", "pip", "self", "tool"})  # `uv pip install`, `conda env create`
_WITH_VALUE = (
    *("-c", "--constraint", "--channel", "--subdir"),
    *("-t", "--target", "--prefix", "-p", "-n", "--name", "--root", "--src", "-d", "--dest", "-w"),
    *("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--platform", "--abi", "-C"),
    *("--python-version", "--implementation", "--upgrade-strategy", "--no-binary", "--only-binary"),
    *("--progress-bar", "--root-user-action", "--report", "--proxy", "--timeout", "--retries"),
    *("--default-timeout", "--trusted-host", "--cert", "--client-cert", "--cache-dir", "--log"),
    *("--exists-action", "--config-settings", "--global-option", "--python", "-o"),
    *("--default-release", "--use-feature", "--use-deprecated", "--group", "--wheel-dir"),
)
_LISTED = ("-r", "--requirement", "--requirements", "--file")
_OWN = frozenset({"grader", "notebook-grader"})
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*([^;#]*)")
_AT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*@")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")
_FILE_BYTES = 1 << 20
_FILES_DEEP = 4
_SHOWN = 10
_SHOWN_CHARS = 60


def answer(name: str, arguments: Sequence[str]) -> tuple[str, int] | None:
    """Return the output and the exit status; None for a command that changes nothing.

    Parameters
    ----------
    name : str
        The program, one of `NAMES`.
    arguments : sequence of str
        Its arguments.

    Examples
    --------
    >>> answer("pip", ["install", "-q", "json", "nosuch"])
    ('Nothing is installed while your work is graded: nosuch is not there, json is there.', 1)
    """
    given = _parse(arguments)
    words = list(given.words)
    while words and words[0] in _GROUPS:
        words.pop(0)
    if name == "easy_install":
        words.insert(0, "install")
    verb = words.pop(0) if words else ""
    done = _DONE.get(verb)
    if name == "pacman" and verb:
        done = "installed"
    if done is None:
        return None
    begin = f"Nothing is {done} while your work is graded"
    of_system = name in _OF_SYSTEM
    if done == "removed" or (of_system and done == "updated"):
        return f"{begin}.", 0
    found = [*map(_judge_program, words)] if of_system else [*_judged(words, given)]
    if not found:
        return f"{begin}.", 0
    found.sort(key=lambda each: each[1])  # missing packages first, otherwise in the given order
    parts = [text for text, _ in found[:_SHOWN]]
    if len(found) > _SHOWN:
        parts.append(f"and {len(found) - _SHOWN} more")
    return f"{begin}: {', '.join(parts)}.", int(not found[0][1])


def _judged(words: Sequence[str], given: Any) -> Iterator[tuple[str, bool]]:
    asked = [*words, *_listed_in(given.files), *given.editable]
    for name, versions in dict.fromkeys(map(_requirement, asked)):
        if name:
            yield _judge(name, versions)


class _Parser(argparse.ArgumentParser):
    """Raises on bad arguments, where argparse would exit."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def _parse(arguments: Sequence[str]) -> Any:
    parser = _Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("words", nargs="*")
    parser.add_argument(*_LISTED, dest="files", action="append", default=[])
    parser.add_argument("-e", "--editable", action="append", default=[])
    parser.add_argument(*_WITH_VALUE, dest="other", action="append")
    for flag in "qvUyIV":  # short options may be combined, as in `-qU` or `-qr FILE`
        parser.add_argument(f"-{flag}", dest="flags", action="append_const", const=flag)
    try:
        given, rest = parser.parse_known_intermixed_args(list(arguments))
    except ValueError:
        given, rest = argparse.Namespace(words=[], files=[], editable=[]), list(arguments)
    given.words += [one for one in rest if not one.startswith("-")]  # after unknown options
    return given


def _listed_in(files: Iterable[str], deep: int = 0) -> Iterator[str]:
    """Yield the requirements of requirement files."""
    for file in files:
        try:
            with Path(file).open(encoding="utf-8", errors="replace") as opened:
                lines = opened.read(_FILE_BYTES).splitlines()
        except OSError:
            continue
        for line in lines:
            text = line.partition(" --")[0].strip(" \t\\")
            option, _, value = text.partition(" ")
            if option in _LISTED and deep < _FILES_DEEP:
                yield from _listed_in([value.strip()], deep + 1)
            elif text and not text.startswith(("-", "#")):
                yield text


def _requirement(text: str) -> tuple[str, str]:
    """Split a requirement into name and version specifier; both empty for a folder."""
    text = text.rpartition("::")[2]  # conda's channel
    named = _EGG.search(text) or _AT.match(text)
    if named:
        return named[1], ""
    if "/" in text or text.endswith((".whl", ".gz", ".zip")):
        file = re.split(r"[@#?]", text.rpartition("/")[2])[0].removesuffix(".git")
        return _clean(file.partition("-")[0] if "." in file else file).strip("."), ""
    found = _NAME.match(text)
    return (found[1], _clean(found[2])) if found else ("", "")


def _clean(text: str) -> str:
    """Return the printable part of a text from the notebook."""
    return re.sub(r"[^!-~]", "", text)[:_SHOWN_CHARS]


def _judge(name: str, versions: str) -> tuple[str, bool]:
    """Say whether a package is installed, as text and as a bool."""
    shown = name[:_SHOWN_CHARS]
    if re.sub(r"[-_.]+", "-", name).lower() in _OWN:
        return f"{shown} is not needed here", True
    try:
        own = name == "python"
        version = ".".join(map(str, sys.version_info[:3])) if own else metadata.version(name)
    except Exception:  # also for damaged metadata
        there = name.isidentifier() and find_spec(name) is not None
        return f"{shown} is {'there' if there else 'not there'}", there
    if versions and not _fits(version, versions):
        return f"{shown} {version} is there, not {shown}{versions}", False
    return f"{shown} {version} is there", True


def _judge_program(text: str) -> tuple[str, bool]:
    name = _clean(text.partition("=")[0])
    there = shutil.which(name) is not None
    return f"{name} is there" if there else f"there is no program {name}", there


def _fits(version: str, versions: str) -> bool:
    """Return whether a version satisfies a specifier; True if that cannot be decided here."""
    if re.match(r"=[^=]", versions):  # conda's prefix match
        return f"{version}.".startswith(f"{versions[1:].partition('=')[0].rstrip('.*')}.")
    for place in ("packaging.specifiers", "pip._vendor.packaging.specifiers"):
        try:
            specifiers = importlib.import_module(place)
            return bool(specifiers.SpecifierSet(versions).contains(version, prereleases=True))
        except Exception:  # noqa: S112 (missing, or not a specifier for this parser: try the next)
            continue
    return not versions.startswith("==") or versions[2:].strip() == version


def main(called_as: str, arguments: Sequence[str]) -> int:
    """Answer in place of an installer, or run the real program.

    Parameters
    ----------
    called_as : str
        Path under which the program was called.
    arguments : sequence of str
        Its arguments.
    """
    own, name = os.path.split(called_as)
    if name == "sudo":
        words = list(arguments)
        while words and words[0].startswith("-"):
            words.pop(0)
        return _be(words) if words else 1
    said = answer(name, arguments)
    if said is not None:
        print(said[0], flush=True)
        return said[1]
    if name.startswith("pip") and name != "pipx":
        return _be([sys.executable, "-I", "-m", "pip", *arguments])
    return _be([name, *arguments], beside=own)


def _be(command: Sequence[str], beside: str = "") -> int:
    """Replace this process by a program, found on PATH outside one folder."""
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    path = os.pathsep.join(place for place in places if place != beside)
    found = shutil.which(command[0], path=path)
    if found is not None:
        os.execv(found, [found, *command[1:]])  # noqa: S606 (any program of the notebook may do this)
    print(f"{_clean(command[0])} is not there where your work is graded.", flush=True)
    return 127


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
