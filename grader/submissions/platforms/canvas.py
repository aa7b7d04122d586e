"""Names that Canvas gives to files when all submissions are downloaded.

``lastfirst_12345_67890_hw1.ipynb``: the letters of the student's name, the number of the student,
the number of the file, and the student's own name of it. ``_LATE`` comes before the first number.
In an anonymous assignment, ``anon`` and a code replace name and number.

References
----------
Canvas LMS, ``lib/content_zipper.rb``, `get_filename` and `add_upload_submission`; and
``app/models/attachment.rb``, `make_unique_filename`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace

from grader.submissions.authorship import Authorship
from grader.submissions.files.file_names import stem, whole_letters
from grader.submissions.platforms.base import Platform

_WHO = r"""(?: (?P<name>[^\s./]*?) (?P<late>[_-]LATE)? _ (?P<user>\d+)
              | (?P<late_too>LATE_)? anon_ (?P<code>[0-9A-Za-z]+) )"""
_FLAGS = re.VERBOSE | re.DOTALL | re.IGNORECASE
_UPLOAD = re.compile(rf"{_WHO} _ (?P<file>\d{{3,}}) _ (?P<rest>.+)", _FLAGS)
_TYPED = re.compile(rf"{_WHO} _ (?:text|link)\.html", _FLAGS)
# A student's second `hw1.ipynb` becomes `hw1-1.ipynb`.
_REPEATED = re.compile(r"(?P<base>.+)-(?P<number>\d{1,2})(?P<suffix>\.[^./]+)?", re.DOTALL)


class Canvas(Platform):
    """Canvas, whose names could be a student's own (``hw_1_234_new.ipynb``)."""

    name = "canvas"
    not_students = frozenset({"pointspossible", "manualposting"})

    def parse_name(self, name: str) -> Authorship | None:
        """Return what the name of a file states; None if it has another form.

        Examples
        --------
        >>> authorship = Canvas().parse_name("doejane_LATE_12345_67890_hw1-1.ipynb")
        >>> authorship.student, authorship.late, authorship.upload
        ('doejane_12345', True, 67890)
        """
        name = whole_letters(name)
        match = _UPLOAD.fullmatch(name) or _TYPED.fullmatch(name)
        if match is None:
            return None
        parts = match.groupdict()
        who, number = (parts["name"], parts["user"]) if parts["user"] else ("anon", parts["code"])
        student = f"{who}_{number}" if who else number
        return Authorship(
            student=student,
            platform=self.name,
            person=(self.name, number),
            known_as=(number, student),
            name=who if parts["user"] else "",
            upload=int(parts["file"]) if parts.get("file") else None,
            late=bool(parts["late"] or parts["late_too"]),
            file=parts.get("rest") or "",
        )

    def parse_names(self, names: Mapping[str, bool]) -> dict[str, Authorship]:
        """Return what names state if most have this form, with the number of the attempt.

        The 1 of ``hw1-1.ipynb`` may also be the student's own, or the course's: it counts only
        if ``hw1.ipynb`` is at least as frequent in the download.
        """
        found = super().parse_names(names)
        counted = [name for name, hope in names.items() if hope or name in found]
        if 2 * len(found) <= len(counted):
            return {}
        titles = {name: stem(authorship.file) for name, authorship in found.items()}
        frequency = Counter(titles.values())
        return {
            name: replace(authorship, attempt=_attempt(titles[name], frequency))
            for name, authorship in found.items()
        }

    def original_name(
        self, name: str, others: Collection[str], attempts: Collection[int | None]
    ) -> str:
        """Return a file's name without the number that Canvas adds to repeated uploads.

        ``data-1.csv`` may be the student's own name, unless there is ``data.csv`` too, or the
        student's notebook has the same number.
        """
        match = _REPEATED.fullmatch(name)
        if match is None:
            return name
        base = match["base"] + (match["suffix"] or "")
        return base if base in others or int(match["number"]) + 1 in attempts else name

    def explain_file(self, name: str) -> str:
        """Return that a page is a text or a link that the student entered."""
        if _TYPED.fullmatch(whole_letters(name)) is None:
            return ""
        return (
            "is a text or a link that was entered in Canvas, not a file. Hand in the .ipynb file."
        )


def _attempt(title: str, frequency: Mapping[str, int]) -> int | None:
    match = _REPEATED.fullmatch(title)
    if match is None or match["suffix"] or frequency.get(match["base"], 0) < frequency[title]:
        return None
    return int(match["number"]) + 1
