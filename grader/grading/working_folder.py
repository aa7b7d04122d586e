"""What lies in a notebook's working folder when it is graded, and what does not, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from grader.grading.preparation import Preparation
from grader.notebook import Notebook, folders_above
from grader.text import safe_text

_MOST_NAMED = 20
_NOT_TAKEN = "the course takes the notebook alone"
_GIVEN = "the course gives its own file of this name, which lies there"
_SHARE = 4  # of all that a session may write, so that most is left for the notebook itself


@dataclass(frozen=True, slots=True)
class WorkingFolder:
    """A folder, before the notebook's first cell.

    Attributes
    ----------
    files : Mapping of str to bytes
        Paths, and what each file holds.
    left_out : Mapping of str to str
        Paths of files that were handed in and do not lie there, and why.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What does not lie there, for student and instructor."""
        remarks = [
            f"`{safe_text(name, 80)}` was handed in beside the notebook, but is not there when it "
            f"is graded: {why}."
            for name, why in islice(self.left_out.items(), _MOST_NAMED)
        ]
        more = len(self.left_out) - len(remarks)
        return (*remarks, *([f"The same holds for {more:,} more files."] if more else []))


def lay_out_folder(preparation: Preparation, notebook: Notebook) -> WorkingFolder:
    """Return what lies in the folder of a notebook: what the course gives, and what was handed in.

    It is the same whatever else of the course is graded.
    """
    given = preparation.files
    if not (notebook.beside or notebook.left_out):
        return WorkingFolder(given)
    reasons = dict(_reasons(preparation, notebook))
    kept = {name: content for name, content in notebook.beside.items() if name not in reasons}
    left_out = {name: why for name, why in reasons.items() if why}
    return WorkingFolder({**kept, **given}, {**notebook.left_out, **left_out})


def _reasons(preparation: Preparation, notebook: Notebook) -> Iterator[tuple[str, str]]:
    """Yield what of the files handed in does not lie there, and why; not why, if it is as given."""
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
            yield name, "the course gives files under this name"
        elif len(content) > left:
            yield name, "the files take more room together than a notebook has when it is graded"
        else:
            left -= len(content)
