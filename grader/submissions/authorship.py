"""What folders, file names and platforms state about a submission, before it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorship:
    """The stated student of a submission, and what else is stated about it. All of it is untrusted.

    Attributes
    ----------
    student : str
        Id of the student, unless a roster has another.
    longer : str
        Id if two students have the same `student`; empty: the place where it was found
        distinguishes them.
    platform : str
        ``"canvas"``, ``"moodle"``, ``"gradescope"`` or ``"nbgrader"``; empty for plain folders.
    person : tuple of str
        Key that the submissions of one person share; empty if unknown, and then each submission
        counts alone.
    folder : tuple of str
        The same key from a plain folder, if no platform states one.
    known_as : tuple of str
        Ids by which a roster may know the student: ids, logins, numbers of a platform.
    name, email : str
        As the platform states them; may be empty.
    work : str
        The assignment, if the folder holds several.
    upload : int, optional
        A number that grows with every file that anyone uploads.
    attempt : int, optional
        Counted from 1.
    received : datetime, optional
        Time of submission as the platform states it; aware, in UTC.
    late : bool, optional
        Whether the platform marks it as late.
    file : str
        The student's own name of the file, if the platform's name for it contains that.
    """

    student: str
    longer: str = ""
    platform: str = ""
    person: tuple[str, ...] = ()
    folder: tuple[str, ...] = ()
    known_as: tuple[str, ...] = ()
    name: str = ""
    email: str = ""
    work: str = ""
    upload: int | None = None
    attempt: int | None = None
    received: datetime | None = None
    late: bool | None = None
    file: str = ""
