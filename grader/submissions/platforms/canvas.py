"""The names that Canvas gives to files when all submissions are downloaded.

``lastfirst_12345_67890_hw1.ipynb``: the student's name in letters alone, the number of the student,
the number of the file, and the name that the student gave it. ``_LATE`` comes before the first
number. In an anonymous assignment ``anon`` and a code stand for name and number.

References
----------
Canvas LMS, ``lib/content_zipper.rb``, `get_filename` and `add_upload_submission`; and
``app/models/attachment.rb``, `make_unique_filename`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from grader.submissions.claim import Claim
from grader.submissions.files.names import stem, whole_letters

_WHO = r"""(?: (?P<name>[^\s./]*?) (?P<late>[_-]LATE)? _ (?P<user>\d+)
              | (?P<late_too>LATE_)? anon_ (?P<code>[0-9A-Za-z]+) )"""
_FLAGS = re.VERBOSE | re.DOTALL | re.IGNORECASE
_UPLOAD = re.compile(rf"{_WHO} _ (?P<file>\d{{3,}}) _ (?P<rest>.+)", _FLAGS)
_TYPED = re.compile(rf"{_WHO} _ (?:text|link)\.html", _FLAGS)
# A student's second `hw1.ipynb` becomes `hw1-1.ipynb`.
_REPEATED = re.compile(r"(?P<base>.+)-(?P<number>\d{1,2})", re.DOTALL)


def parse_canvas(name: str) -> Claim | None:
    """Return what the name of a file of a Canvas download says, or None if it is not of that form.

    Examples
    --------
    >>> claim = parse_canvas("doejane_LATE_12345_67890_hw1-1.ipynb")
    >>> claim.student, claim.late, claim.upload
    ('doejane_12345', True, 67890)
    """
    name = whole_letters(name)
    match = _UPLOAD.fullmatch(name) or _TYPED.fullmatch(name)
    if match is None:
        return None
    parts = match.groupdict()
    who, number = (parts["name"], parts["user"]) if parts["user"] else ("anon", parts["code"])
    student = f"{who}_{number}" if who else number
    return Claim(
        student=student,
        platform="canvas",
        person=("canvas", number),
        known_as=(number, student),
        name=who if parts["user"] else "",
        upload=int(parts["file"]) if parts.get("file") else None,
        late=bool(parts["late"] or parts["late_too"]),
        file=parts.get("rest") or "",
    )


def is_typed_text(name: str) -> bool:
    """Whether a file of a Canvas download is what a student typed or linked to, not a file."""
    return _TYPED.fullmatch(whole_letters(name)) is not None


def with_attempts(claims: Iterable[tuple[str, Claim]]) -> list[Claim]:
    """Return the claims with their attempts, by what Canvas puts behind a name that was taken.

    The 1 of ``hw1-1.ipynb`` may as well be the student's own, or the course's: it counts only
    where ``hw1.ipynb`` is at least as frequent in the download.

    Parameters
    ----------
    claims : iterable of (str, Claim)
        Names of files, and what was read from them.
    """
    listed = list(claims)
    rests = [_rest(name) for name, _ in listed]
    frequency = Counter(rests)
    return [
        replace(claim, attempt=_attempt(rest, frequency))
        for rest, (_, claim) in zip(rests, listed, strict=True)
    ]


def _attempt(rest: str, frequency: Mapping[str, int]) -> int | None:
    match = _REPEATED.fullmatch(rest)
    counts = match is not None and frequency.get(match["base"], 0) >= frequency[rest]
    return int(match["number"]) + 1 if match and counts else None


def _rest(name: str) -> str:
    match = _UPLOAD.fullmatch(whole_letters(name))
    return stem(match["rest"]) if match else ""
