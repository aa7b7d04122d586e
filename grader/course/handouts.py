"""Files that a course gives to every student: finding them, and their faults."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from importlib.machinery import ModuleSpec, PathFinder
from os import chdir
from pathlib import Path, PurePosixPath
from types import ModuleType

from grader.course.course_files import outside
from grader.notebook import is_hidden
from grader.text import safe_text

LIMIT_FILES = 200
_PATTERN = frozenset("*?[")
_MODULES = sys.stdlib_module_names | {"numpy", "IPython", "grader"}
_MIB = 1 << 20


class Inconsistency(Exception):  # noqa: N818 (says what it is)
    """An entry of `files` that cannot be given to students; the message says why."""


def find_handouts(folder: Path, listed: str) -> tuple[str, ...]:
    """Return the files that an entry of `files` names, as paths below the course.

    Parameters
    ----------
    folder : Path
        The course.
    listed : str
        A file, a folder, or a pattern with ``*``, ``?`` or ``[...]``.

    Raises
    ------
    Inconsistency
        A file cannot be given to students; the message says what to do.
    """
    _refuse_elsewhere(listed)
    paths = sorted(folder.glob(listed)) if _PATTERN & set(listed) else [folder / listed]
    found = tuple(dict.fromkeys(file for path in paths for file in _files_of(folder, path, listed)))
    if not found:
        raise Inconsistency("no file matches this: correct the pattern, or put the files there")
    return found


def _refuse_elsewhere(listed: str) -> None:
    parts = listed.split("/")
    if "\\" in listed:
        raise Inconsistency("write `/` between folders, not `\\`")
    if listed.startswith(("/", "~")) or ":" in parts[0] or ".." in parts:
        raise Inconsistency(
            "this leads out of the course's folder: put the file into that folder, and name it "
            "from there, as in `data.csv`"
        )


def _files_of(folder: Path, path: Path, listed: str) -> Iterator[str]:
    if outside(folder, path):
        shown = path.relative_to(folder).as_posix()
        raise Inconsistency(
            f"`{safe_text(shown)}` leads out of the course: replace the link by the file"
        )
    if path.is_dir():
        inside = [each for each in sorted(path.iterdir()) if not is_hidden(each.name)]
        if not inside and not _PATTERN & set(listed):
            raise Inconsistency(
                "this folder is empty: put files into it, or remove it from the list"
            )
        for each in inside:
            yield from _files_of(folder, each, listed)
    elif path.is_file():
        name = path.relative_to(folder).as_posix()
        _refuse_name(name)
        yield name
    elif path.exists():
        raise Inconsistency("this is neither a file nor a folder: give an ordinary file")
    else:
        near = get_close_matches(path.name, _neighbours(path), n=1)
        other = f", or correct its name (`{safe_text(near[0])}` exists)" if near else ""
        raise Inconsistency(f"this file is missing: put it into the course's folder{other}")


def _neighbours(path: Path) -> list[str]:
    return [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []


def _refuse_name(name: str) -> None:
    path = PurePosixPath(name)
    shown = safe_text(name)
    if path.parts[0] == "solutions" or (
        path.parts[0] == "exercises" and path.suffix in {".yaml", ".yml"}
    ):
        raise Inconsistency(f"`{shown}` would show the students what is checked: give other files")
    if not name.isprintable() or any(len(part.encode()) > 255 for part in path.parts):
        raise Inconsistency(f"`{shown}` has a name that not every system can hold: rename it")
    if path.suffix == ".ipynb":
        raise Inconsistency(
            f"`{shown}` is a notebook, which `grader release` makes: give other files"
        )
    if path.parts[0].lower() == "tmp":
        raise Inconsistency(
            "`tmp` is the folder for temporary files when a notebook is graded: rename it"
        )
    module = path.parts[0].removesuffix(".py")
    if (path.suffix == ".py") and module in _MODULES:
        raise Inconsistency(
            f"`{shown}` would hide the module `{module}` from every notebook: rename it"
        )


def handout_clashes(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of files that are the same on systems that ignore upper and lower case."""
    known: dict[str, str] = {}
    for name in names:
        first = known.setdefault(name.casefold(), name)
        if first != name:
            yield first, name


def handouts_too_large(
    folder: Path, names: Sequence[str], limit_bytes: int
) -> tuple[str, str] | None:
    """Return a file and a message if the files are too many or too large, else None."""
    if len(names) > LIMIT_FILES:
        given = f"students are given {len(names):,} files"
        return names[-1], f"{given}, but at most {LIMIT_FILES} are allowed: pack them"
    sizes = {name: (folder / name).stat().st_size for name in names}
    total = sum(sizes.values())
    if total <= limit_bytes:
        return None
    largest = max(sizes, key=lambda name: sizes[name])
    return largest, (
        f"the files that students are given take {total / _MIB:.1f} MiB together "
        f"(`{safe_text(largest)}` alone {sizes[largest] / _MIB:.1f} MiB), and at most "
        f"{limit_bytes / _MIB:g} MiB may be: shorten them, or raise `sandbox: limits: file_bytes`, "
        "of which they may take half"
    )


@contextmanager
def working_beside(folder: Path, names: Sequence[str]) -> Iterator[None]:
    """Run the course's own programs in a folder with the files given to students.

    Like notebooks, they read files by paths below the folder, and import modules among them.

    Parameters
    ----------
    folder : Path
        The course, as an absolute path.
    names : sequence of str
        The files; without any, nothing is changed.
    """
    if not names:
        yield
        return
    before, loaded = Path.cwd(), set(sys.modules)
    finder = _Given(folder, frozenset(PurePosixPath(name).parts[0] for name in names))
    sys.meta_path.insert(0, finder)
    chdir(folder)
    try:
        yield
    finally:
        chdir(before)
        sys.meta_path.remove(finder)
        for name in set(sys.modules) - loaded:
            if name.partition(".")[0] in finder.modules:  # another course has its own
                del sys.modules[name]


class _Given:
    """Import finder for the modules among the given files, and no others of their folder."""

    def __init__(self, folder: Path, tops: frozenset[str]) -> None:
        self._folder = str(folder)
        self.modules = frozenset(name.removesuffix(".py") for name in tops)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if path is not None or name not in self.modules:
            return None
        return PathFinder.find_spec(name, [self._folder], target)
