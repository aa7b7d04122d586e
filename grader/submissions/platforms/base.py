"""What the grader must know of a platform that students hand in on.

A platform is one file beside this and one line in the table of `registry.py`. It says as much of
the below as its downloads have; everything else has a default.
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
    """A download in which files or folders of the platform's own say whose each thing is.

    Attributes
    ----------
    items : sequence of Item
        What lies in it, by paths below the folder that holds the students.
    shares : Mapping of str to sequence of (Authorship, sequence of Item)
        For names at the top of `items`: whose what lies there is, and which of it. What is not
        named here goes by the name of its folder or file.
    absent : sequence of (Authorship, Item)
        Submissions that the platform names and the download lacks.
    faults : sequence of (str, str)
        What is wrong with the download: where, and what.
    """

    items: Sequence[Item]
    shares: Mapping[str, Sequence[tuple[Authorship, Sequence[Item]]]]
    absent: Sequence[tuple[Authorship, Item]] = ()
    faults: Sequence[tuple[str, str]] = ()


class Platform:
    """A platform. This class is the one of which nothing is known.

    Attributes
    ----------
    name : str
        As results have it.
    records : frozenset of str
        Names of files that the platform adds, to say whose a submission is or when it came. Such
        a file is no submission itself.
    columns : Mapping of str to tuple of str
        Headers of the platform's own table of the class, in letters and digits alone, by what they
        hold: ``"time"`` (of the submission), ``"name"``, ``"email"``. A table with one of these
        times is the platform's.
    not_students : frozenset of str
        First cells, in letters and digits alone, of rows of that table that are no students.
    """

    name: ClassVar[str] = ""
    records: ClassVar[frozenset[str]] = frozenset()
    columns: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
    not_students: ClassVar[frozenset[str]] = frozenset()

    def read_download(self, items: Sequence[Item], name: str) -> Download | None:  # noqa: ARG002
        """Return what a folder or zip of this name holds; None where this is no such download."""
        return None

    def parse_name(self, name: str) -> Authorship | None:  # noqa: ARG002
        """Return what a name says that the platform may have given; None if it gives no such."""
        return None

    def parse_names(self, names: Mapping[str, bool]) -> dict[str, Authorship]:
        """Return what those of the names say that the platform gave.

        The names lie together; beside each stands whether it should be a notebook or hold one.
        """
        parsed = {name: self.parse_name(name) for name in names}
        return {name: each for name, each in parsed.items() if each is not None}

    def original_name(
        self,
        name: str,
        others: Collection[str],  # noqa: ARG002
        attempts: Collection[int | None],  # noqa: ARG002
    ) -> str:
        """Return what a student called a file, by `Authorship.file` of it.

        `others` are these names of all files of the student, `attempts` those of the notebooks.
        """
        return name

    def explain_file(self, name: str) -> str:  # noqa: ARG002
        """Return why a file that is no notebook is there, for its student; empty if unknown."""
        return ""

    def student_number(self, row: Sequence[str]) -> str:  # noqa: ARG002
        """Return the student's number on the platform, by a row of its table; it may be empty."""
        return ""
