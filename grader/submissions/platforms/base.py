"""Interface of a platform that students submit to.

A platform is one file in this folder and one entry in the table of `registry.py`. It implements
what its downloads have; everything else has a default.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from grader.submissions.authorship import Authorship
from grader.submissions.files.listing import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A download in which the platform's own files or folders state the student of each item.

    Attributes
    ----------
    items : sequence of Item
        Its items, with paths below the folder that holds the students.
    shares : Mapping of str to sequence of (Authorship, sequence of Item)
        For names at the top of `items`: the students of the items there, and which items each has.
        Other names are taken for those of students.
    absent : sequence of (Authorship, Item)
        Submissions that the platform names but the download lacks.
    faults : sequence of (str, str)
        Faults of the download: path and message.
    """

    items: Sequence[Item]
    shares: Mapping[str, Sequence[tuple[Authorship, Sequence[Item]]]]
    absent: Sequence[tuple[Authorship, Item]] = ()
    faults: Sequence[tuple[str, str]] = ()


class Platform:
    """A platform. This class itself stands for an unknown one.

    Attributes
    ----------
    name : str
        Its name in results.
    records : frozenset of str
        Names of files that the platform adds to state the student or the time of a submission.
        Such a file is no submission itself.
    columns : Mapping of str to tuple of str
        Headers of the platform's own table of the class, in letters and digits only, by their
        roles: ``"time"`` (of the submission), ``"name"``, ``"email"``. A table with one of these
        times comes from the platform.
    not_students : frozenset of str
        First cells, in letters and digits only, of rows of that table that are no students.
    """

    name: ClassVar[str] = ""
    records: ClassVar[frozenset[str]] = frozenset()
    columns: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
    not_students: ClassVar[frozenset[str]] = frozenset()

    def read_download(self, items: Sequence[Item], name: str) -> Download | None:  # noqa: ARG002
        """Return the download that a folder or zip of this name is; None if it is none."""
        return None

    def parse_name(self, name: str) -> Authorship | None:  # noqa: ARG002
        """Return what a name of the platform's form states; None if it has another form."""
        return None

    def parse_names(self, names: Mapping[str, bool]) -> dict[str, Authorship]:
        """Return what each name of the platform's form states.

        The names lie in one folder; each maps to whether it should be a notebook or hold one.
        """
        parsed = {name: self.parse_name(name) for name in names}
        return {name: each for name, each in parsed.items() if each is not None}

    def original_name(
        self,
        name: str,
        others: Collection[str],  # noqa: ARG002
        attempts: Collection[int | None],  # noqa: ARG002
    ) -> str:
        """Return a student's own name of a file, from its `Authorship.file`.

        `others` are these names of all files of the student, `attempts` those of the notebooks.
        """
        return name

    def explain_file(self, name: str) -> str:  # noqa: ARG002
        """Return what a file that is no notebook is, for its student; empty if unknown."""
        return ""

    def student_number(self, row: Sequence[str]) -> str:  # noqa: ARG002
        """Return the student's number on the platform from a row of its table; may be empty."""
        return ""
