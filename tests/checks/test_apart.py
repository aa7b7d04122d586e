"""What is done in a process of its own ends there, with nothing left of it."""

import os
import time

import numpy as np
import pytest

from grader.checks.apart import Overspent, do_apart
from grader.errors import SandboxError
from grader.guest.protocol.values import Call, Returned
from tests.checks.scripted import Scripted
from tests.clocks import descendants

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing can be forked here")


def test_a_fault_of_ours_while_a_question_is_asked_is_ours():
    class Broken(Scripted):
        def get(self, name):
            raise SandboxError("it is gone")

    def catches_all(student):
        try:
            return student.get("x")
        except BaseException:
            return "caught"

    with pytest.raises(SandboxError, match="it is gone"):
        do_apart(catches_all, Broken(None))


def test_what_sleeps_is_ended():
    started = time.monotonic()
    with pytest.raises(Overspent, match=r"takes more than 0\.2 s"):
        do_apart(lambda _: time.sleep(600), Scripted(None), limit_s=0.2)
    assert time.monotonic() - started < 300


def test_the_time_that_questions_take_is_not_counted():
    class Slow(Scripted):
        def get(self, name):
            time.sleep(0.6)
            return super().get(name)

    answer = Returned(0.5)
    assert do_apart(lambda student: student.get("x"), Slow(answer), limit_s=0.5) == answer


def test_memory_is_bounded_and_nothing_is_left_of_what_was_ended():
    before = set(descendants(os.getpid()))
    with pytest.raises(Overspent, match="more than 64 MiB of memory"):
        do_apart(lambda _: bytes(1 << 30), Scripted(None), limit_bytes=64 << 20)
    assert set(descendants(os.getpid())) <= before


def test_an_array_that_is_asked_for_apart_is_the_same_and_may_be_written():
    sent = [np.arange(100_000.0), "text", np.zeros((0, 3)), {"a": np.ones((3, 4)).T}]

    def change(student):
        value = student.get("x").value
        value[0][0] = 7.0
        return value

    found = do_apart(change, Scripted(Returned(sent)))
    assert found[0][:2].tolist() == [7.0, 1.0]
    assert (found[1], found[2].shape) == ("text", (0, 3))
    assert found[3]["a"].shape == (4, 3)
    assert sent[0][0] == 0.0


def test_calls_that_were_sent_before_are_asked_by_the_very_same_objects():
    case, asked = Call((0.5,)), Scripted(Returned(1.0))
    do_apart(lambda student: student.call("f", [case, Call((1.5,))]), asked, sent=[case])
    assert asked.asked[0][1] is case
    assert asked.asked[1][1].args == (1.5,)
