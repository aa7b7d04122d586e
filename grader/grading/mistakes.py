"""Names the likely mistake behind a wrong answer.

Each exercise ships its known mistakes as programs. When a check fails, it judges those programs
too, on the trusted side and with the same inputs, and their answers are compared with the
student's. A mistake is named if it explains the student's failures better than every other; if two
explain them equally well, none is named.

An exception, a time-out or a crash has many possible causes, so one of the same type is consistent
with a mistake but shows little. A mistake must also agree in something else: in the value for
another input, or in the text of an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.checks.base import Verdict
from grader.checks.verdict_text import RaisedEvidence
from grader.compare import Tolerance, agree
from grader.guest.protocol.values import Value

_SAME = Tolerance(rtol=1e-9, atol=0.0, nan_equal=True)


@dataclass(frozen=True, slots=True)
class KnownMistakes:
    """The verdicts of each check on each known mistake of an exercise, worked out on first use.

    Attributes
    ----------
    ids : tuple of str
        The mistakes.
    judge : callable
        ``judge(mistake id, check name)`` judges the mistake's program by the check.
    save : callable
        Stores new verdicts for other runs; called after a student's failures are named.
    """

    ids: tuple[str, ...]
    judge: Callable[[str, str], Verdict]
    save: Callable[[], None] = lambda: None
    _seen: dict[tuple[str, str], Verdict] = field(default_factory=dict)

    def verdict(self, mistake: str, check: str) -> Verdict:
        """Return the check's verdict on the mistake's program."""
        key = (mistake, check)
        if key not in self._seen:
            self._seen[key] = self.judge(mistake, check)
        return self._seen[key]


def name_mistakes(
    verdicts: Mapping[str, Verdict], subjects: Mapping[str, str], known: KnownMistakes
) -> dict[str, str]:
    """Name the mistake behind each failed check, if exactly one fits best.

    `subjects` is the name that each check is about. A mistake must fit all verdicts on its subject:
    a student who passes a check that the mistake fails has not made that mistake. Return mistake
    ids by the name of the check, without checks that no mistake explains.
    """
    named: dict[str, str] = {}
    for subject in dict.fromkeys(subjects.values()):
        checks = [name for name in verdicts if subjects[name] == subject]
        named |= _name_in_subject(checks, verdicts, known)
    known.save()
    return named


def _name_in_subject(
    checks: Sequence[str], verdicts: Mapping[str, Verdict], known: KnownMistakes
) -> dict[str, str]:
    failures = [name for name in checks if not verdicts[name].passed]
    named = {name: mistake for name in failures if (mistake := verdicts[name].mistake)}
    unnamed = [name for name in failures if name not in named and verdicts[name].evidence]
    if not unnamed:
        return named
    explained = {
        mistake: found
        for mistake in known.ids
        if (found := _explained(mistake, checks, unnamed, verdicts, known))
    }
    for name in unnamed:
        best = _only_best([(len(found), m) for m, found in explained.items() if name in found])
        if best is not None:
            named[name] = best
    return named


def _explained(
    mistake: str,
    checks: Sequence[str],
    failures: Sequence[str],
    verdicts: Mapping[str, Verdict],
    known: KnownMistakes,
) -> frozenset[str]:
    """Return the failures that the mistake explains; none if a verdict rules it out.

    The first verdict that rules it out ends the search: further checks would run its program for
    up to a second each.
    """
    explained, shown = set(), False
    for name in failures:
        found = known.verdict(mistake, name)
        if not found.passed and agree_in_evidence(verdicts[name], found):
            explained.add(name)
            shown = shown or _shows_cause(verdicts[name], found)
        elif not found.passed:
            return frozenset()
    if not shown:
        return frozenset()
    others = (name for name in checks if name not in failures)
    if all(known.verdict(mistake, name).passed for name in others):
        return frozenset(explained)
    return frozenset()


def agree_in_evidence(one: Verdict, other: Verdict) -> bool:
    """Return whether two verdicts have the same evidence."""
    if len(one.evidence) != len(other.evidence):
        return False
    pairs = zip(one.evidence, other.evidence, strict=True)
    return all(_alike(ours, theirs) for ours, theirs in pairs)


def _alike(ours: Value, theirs: Value) -> bool:
    """Return whether two answers agree; exceptions agree by type, since texts are free."""
    if isinstance(ours, RaisedEvidence) and isinstance(theirs, RaisedEvidence):
        return ours == theirs
    return agree(ours, theirs, _SAME)


def _shows_cause(student: Verdict, mistaken: Verdict) -> bool:
    """Return whether agreeing evidence is more than time-outs and types of exceptions."""
    pairs = zip(student.evidence, mistaken.evidence, strict=True)
    return any(
        ours.text == theirs.text != ""
        if isinstance(ours, RaisedEvidence) and isinstance(theirs, RaisedEvidence)
        else not _is_no_answer(ours)
        for ours, theirs in pairs
    )


def _is_no_answer(answer: Value) -> bool:
    return type(answer) is str and answer in ("timed out", "died", "missing")


def _only_best(candidates: Sequence[tuple[int, str]]) -> str | None:
    """Return the mistake that explains most; None if two explain equally much."""
    if not candidates:
        return None
    most = max(count for count, _ in candidates)
    best = [mistake for count, mistake in candidates if count == most]
    return best[0] if len(best) == 1 else None
