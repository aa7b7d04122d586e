"""The files in a notebook's working folder when it is graded, and those left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from grader.grading.preparation import Preparation
from grader.notebook import Notebook, folders_above
from grader.text import safe_text

_MOST_NAMED = 20
_NOT_TAKEN = "the course accepts the notebook only"
_GIVEN = "the course provides its own file of this name"
_SHARE = 4  # a quarter of what a session may write, so that most is left for the notebook itself


@dataclass(frozen=True, slots=True)
class WorkingFolder:
    """The working folder as the first cell finds it.

    Attributes
    ----------
    files : Mapping of str to bytes
        The content of each file, by its path.
    left_out : Mapping of str to str
        Why a file that was handed in is left out, by its path.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Remarks on files that are left out, for student and instructor."""
        remarks = [
            f"`{safe_text(name, 80)}` was handed in beside the notebook, but is left out when it "
            f"is graded: {why}."
            for name, why in islice(self.left_out.items(), _MOST_NAMED)
        ]
        more = len(self.left_out) - len(remarks)
        return (*remarks, *([f"The same holds for {more:,} more files."] if more else []))


def lay_out_folder(preparation: Preparation, notebook: Notebook) -> WorkingFolder:
    """Return the working folder: files of the course, and files that were handed in.

    It does not depend on which exercises are graded.
    """
    given = preparation.files
    if not (notebook.beside or notebook.left_out):
        return WorkingFolder(given)
    reasons = dict(_reasons(preparation, notebook))
    kept = {name: content for name, content in notebook.beside.items() if name not in reasons}
    left_out = {name: why for name, why in reasons.items() if why}
    return WorkingFolder({**kept, **given}, {**notebook.left_out, **left_out})


def _reasons(preparation: Preparation, notebook: Notebook) -> Iterator[tuple[str, str]]:
    """Yield the files that are left out, and why; no reason if the course has the same file."""
    settings, given = preparation.course.sandbox, preparation.files
    if not settings.student_files:
        yield from ((name, _NOT_TAKEN) for name in notebook.beside)
        return
    taken = {name.casefold(): name for name in given}
    folders = {folder for name in taken for folder in folders_above(name)}
    left = int(settings.limits.file_bytes) // _SHARE
    for name, content in notebook.beside.items():
        key = name.casefold()
        if key in taken:
            yield name, "" if given[taken[key]] == content else _GIVEN
        elif key in folders or any(folder in taken for folder in folders_above(key)):
            yield name, "the course provides files under this name"
        elif len(content) > left:
            yield name, "together the files take more space than a notebook has when it is graded"
        else:
            left -= len(content)
