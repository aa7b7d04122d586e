"""Matching of submissions to students of the roster."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

from grader.submissions.authorship import Authorship
from grader.submissions.roster.load import RosterStudent

_WORDS = 10
"""Number of words of a name that a platform may put first."""


def identify(
    authorships: Sequence[Authorship], roster: Sequence[RosterStudent]
) -> list[RosterStudent | None]:
    """Return the student of each authorship, or None if the roster does not say.

    An id decides, then an e-mail address, then a name, which must fit only one student of the
    roster and only one of the platform.
    """
    finder = _Finder(roster)
    sure = [finder.by_mark(authorship) for authorship in authorships]
    named = [
        finder.by_name(authorship) if one is None else None
        for authorship, one in zip(authorships, sure, strict=True)
    ]
    persons: defaultdict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
    for authorship, student in zip(authorships, named, strict=True):
        if student is not None:
            persons[authorship.platform, student.id].add(authorship.person)
    return [
        one or (student if student and len(persons[authorship.platform, student.id]) == 1 else None)
        for authorship, one, student in zip(authorships, sure, named, strict=True)
    ]


class _Finder:
    """Look-up of students; a key that two students share finds neither."""

    def __init__(self, roster: Iterable[RosterStudent]) -> None:
        roster = tuple(roster)
        ids = [(_mark(student.id), student) for student in roster]
        others = [(_mark(other), each) for each in roster for other in each.known_as]
        emails = [(_mark(student.email), student) for student in roster if student.email]
        names = [(spelling, each) for each in roster for spelling in spellings(each.name)]
        # The order matters: the id of one student may be the login of another.
        self._marks = [_index(ids), _index(others), _index(emails)]
        self._names = _index(names)

    def by_mark(self, authorship: Authorship) -> RosterStudent | None:
        marks = [_mark(mark) for mark in (*authorship.known_as, authorship.email) if mark]
        return next((index[mark] for index in self._marks for mark in marks if mark in index), None)

    def by_name(self, authorship: Authorship) -> RosterStudent | None:
        name = authorship.name or (authorship.known_as[0] if authorship.known_as else "")
        return self._names.get(letters_of(name))


def _index(pairs: Iterable[tuple[str, RosterStudent]]) -> dict[str, RosterStudent]:
    found: defaultdict[str, dict[str, RosterStudent]] = defaultdict(dict)
    for key, student in pairs:
        found[key][student.id] = student
    return {key: next(iter(each.values())) for key, each in found.items() if len(each) == 1}


def _mark(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def spellings(name: str) -> set[str]:
    """Return the letters of a name in each rotation of its words: `Doe, Jane`, `doejane`."""
    words = name.replace(",", " ").split()
    turned = (words[place:] + words[:place] for place in range(min(len(words), _WORDS)))
    return {letters_of("".join(each)) for each in turned} - {""}


def letters_of(name: str) -> str:
    """Return only the letters and digits of a name, without accents and case.

    >>> letters_of("Zoë O'Neill-Ruiz")
    'zoeoneillruiz'
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in plain if letter.isalnum())
