"""A person marks: what was written is kept, and where nothing was, nothing is asked of anybody."""

from decimal import Decimal

import pytest

from grader.checks.kinds.manual import MAX_CHARS
from grader.checks.student_work import StudentWork, WorkCell
from tests.checks.scripted import check_of
from tests.refusals import refused

CRITERIA = [
    {"name": "The assumption", "points": 1},
    {"name": "Its limits", "points": 1.5, "description": "Names one."},
]
CHECK = check_of(manual="your argument", points=2.5, criteria=CRITERIA)


class Writer:
    def __init__(self, *cells):
        kinds = ("markdown", "code")
        self.work = StudentWork(
            tuple(
                WorkCell(index=index, kind=kinds[index % 2], source=source)
                for index, source in enumerate(cells)
            )
        )


def judged(*cells):
    return CHECK.judge(CHECK.prepare(None), Writer(*cells))


def test_what_was_written_is_kept_for_a_person():
    verdict = judged("\nBecause $x$.\n", "x = 1")
    assert verdict.review == "[markdown, cell 1]\nBecause $x$.\n\n[code, cell 2]\nx = 1"
    assert verdict.message == (
        "A person marks your argument, by: The assumption (1), Its limits (1.5)."
    )
    assert (verdict.brief, verdict.passed) == (verdict.message, False)


def test_where_nothing_was_written_there_is_nothing_to_mark():
    verdict = judged()
    assert (verdict.passed, verdict.review) == (False, "")
    assert verdict.message == verdict.brief == "Nothing is written yet: your argument."


def test_a_very_long_text_is_cut():
    review = judged("a" * 1_000_000).review
    assert len(review) == MAX_CHARS
    assert review.endswith("a\n[cut: the rest is in the notebook]")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"points": 3}, "the criteria add up to 2.5, but the check is worth 3 points"),
        ({"criteria": []}, "criteria: this list must not be empty"),
        ({"criteria": [CRITERIA[1], {"name": "Its limits", "points": 1}]}, "occurs twice"),
        ({"criteria": [{"name": "a", "points": 0}]}, "greater than 0"),
    ],
)
def test_a_rubric_that_does_not_add_up_is_refused(keys, message):
    with refused(message):
        check_of(**{"manual": "it", "points": Decimal("2.5"), "criteria": CRITERIA, **keys})


def test_a_student_reads_by_what_it_is_marked():
    assert CHECK.prompt_text() == (
        "A person marks your argument, by: The assumption (1), Its limits (1.5)."
    )


def test_it_is_about_no_one_name():
    assert CHECK.subject == ""
