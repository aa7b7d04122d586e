"""What is said of a hand-in before it is opened: by a folder, a file's name, or a platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorship:
    """Whose a hand-in is said to be, and what else is said of it. All of it is untrusted.

    Attributes
    ----------
    student : str
        Id of the student where no roster says another.
    longer : str
        The same, for when two students have one `student`; empty: where it was found tells them
        apart.
    platform : str
        ``"canvas"``, ``"moodle"``, ``"gradescope"`` or ``"nbgrader"``; empty for plain folders.
    person : tuple of str
        What two hand-ins of one person have in common; empty where nothing says so, and then each
        hand-in stands for itself.
    folder : tuple of str
        The same, where no platform says it but the plain folder that they lie in.
    known_as : tuple of str
        What a roster may know the student by: ids, logins, numbers of a platform.
    name, email : str
        As the platform has them; may be empty.
    work : str
        Which assignment it is, where several lie together.
    upload : int, optional
        A number that grows with every file that anybody hands in.
    attempt : int, optional
        Counted from 1.
    received : datetime, optional
        When it came, as the platform states it; aware, in UTC.
    late : bool, optional
        Whether the platform marks it as late.
    file : str
        What the student had called the file, where the platform's own name for it holds that.
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
