"""What is asked at once is what goes well into one message, in the order of asking."""

from __future__ import annotations

import numpy as np

from grader.guest.protocol.query_batch import QueryBatch, first_cases
from grader.guest.protocol.values import Call, Query

SMALL = tuple(Call((float(n),)) for n in range(3))
LARGE = Call((np.zeros(1_200_000),))  # more than half of what one message may hold
TOO_LARGE = Call((list(range(200_000)),))


def test_a_batch_finds_each_answer_by_its_name_and_call():
    batch = QueryBatch.of([Query("x"), Query("f", SMALL), Query("g", ())])
    assert batch.keys == (("x", None), *(("f", case) for case in SMALL))
    assert batch.called == {"f"}


def test_a_batch_ends_before_a_message_is_full():
    batch = QueryBatch.of([Query("f", (SMALL[0], LARGE, LARGE, LARGE)), Query("x")])
    assert batch.keys == (("f", SMALL[0]), ("f", LARGE))


def test_a_batch_ends_at_a_case_that_cannot_be_sent():
    assert QueryBatch.of([Query("x"), Query("f", (TOO_LARGE,))]).keys == (("x", None),)


def test_a_batch_of_a_thousand_questions_is_cut():
    batch = QueryBatch.of([Query("f", tuple(Call((n,)) for n in range(2000)))])
    assert len(batch.keys) == 1024


def test_the_first_cases_are_as_many_as_fit_and_at_least_one():
    encoded = [case.encoded for case in (LARGE, LARGE, LARGE)]
    assert len(first_cases(encoded)) == 1
    assert len(first_cases([SMALL[0].encoded] * 100)) == 64
