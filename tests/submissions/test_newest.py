"""Which of several notebooks of one student counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from grader.submissions.authorship import Authorship
from grader.submissions.files.byte_sources import FileSource, MemberSource, Refused
from grader.submissions.newest import Candidate, pick_newest

ZIP = MemberSource(Path("all.zip"), None, 0)


def candidate(name="a", source=ZIP, modified=0.0, **said) -> Candidate:
    authorship = Authorship(student="jane", **said)
    return Candidate(authorship=authorship, notebook=name, source=source, modified=modified)


def day(number: int) -> datetime:
    return datetime(2026, 5, number, tzinfo=UTC)


def test_each_criterion_decides_where_those_before_it_do_not():
    least_first = [
        candidate("z", modified=9.0, upload=1, attempt=9, received=day(9)),
        candidate("y", modified=9.0, upload=2, attempt=1, received=day(9)),
        candidate("x", modified=9.0, upload=2, attempt=2, received=day(1)),
        candidate("w", modified=1.0, upload=2, attempt=2, received=day(2)),
        candidate("a", modified=2.0, upload=2, attempt=2, received=day(2)),
        candidate("b", modified=2.0, upload=2, attempt=2, received=day(2)),
    ]
    newest, reasons = pick_newest(least_first)
    assert newest == 5
    assert list(reasons.values()) == [
        "was uploaded before the one that is graded",
        "is an earlier attempt than the one that is graded",
        "came before the one that is graded",
        "is an older file than the one that is graded",
        "may be as new as the one that is graded, whose name sorts last",
    ]


def test_what_only_one_of_them_states_decides_nothing():
    assert pick_newest([candidate(attempt=2, modified=1.0), candidate(modified=2.0)])[0] == 1


def test_a_file_that_has_gone_loses_to_one_that_is_there(tmp_path):
    there = tmp_path / "a.ipynb"
    there.write_text("{}")
    gone = candidate("b", FileSource(tmp_path / "b.ipynb"))
    newest, reasons = pick_newest([gone, candidate("a", FileSource(there))])
    assert (newest, reasons) == (1, {0: "is a link, or not an ordinary file"})
    newest, reasons = pick_newest([gone, candidate("a", Refused("is encrypted"))])
    assert (newest, reasons) == (0, {1: "is encrypted"})


CANDIDATES = st.builds(
    candidate,
    name=st.text("ab", max_size=2),
    source=st.sampled_from([ZIP, Refused("is encrypted")]),
    modified=st.sampled_from([1.0, 2.0]),
    upload=st.none() | st.integers(1, 2),
    attempt=st.none() | st.integers(1, 2),
    received=st.none() | st.sampled_from([day(1), day(1) + timedelta(seconds=1)]),
)


@given(st.lists(CANDIDATES, min_size=1, max_size=5))
def test_one_counts_and_every_other_has_a_reason(candidates):
    newest, reasons = pick_newest(candidates)
    assert {newest, *reasons} == set(range(len(candidates)))
    assert newest not in reasons
    assert all(reasons.values())
    if any(one.source is ZIP for one in candidates):
        assert candidates[newest].source is ZIP
