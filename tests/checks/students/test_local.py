"""A student on the trusted side answers as a session does, also with functions that await."""

from __future__ import annotations

import asyncio
import os
import sys
import threading

import numpy as np
import pytest

from grader.checks.students.local import LocalStudent
from grader.guest.protocol.values import Call, Missing, Opaque, Raised, Returned, TimedOut
from tests.clocks import own_clock


def ask(function, *args, limit_s=5.0, **kwargs):
    (answer,) = LocalStudent({"f": function}, limit_s=limit_s).call(
        "f", [Call(args, tuple(kwargs.items()))]
    )
    return answer


def test_a_variable_is_read_as_plain_data():
    student = LocalStudent({"x": frozenset({1}), "f": len})
    assert student.get("x") == Returned({1})
    assert student.get("y") == Missing("y")
    assert isinstance(student.get("f").value, Opaque)


def test_a_call_returns_its_result():
    assert ask(lambda a, b: a - b, 3, b=1) == Returned(2)


def test_a_name_that_cannot_be_called_is_missing_for_every_case():
    cases = [Call(), Call()]
    assert LocalStudent({"f": 1}).call("f", cases) == [Missing("f", callable_wanted=True)] * 2


def test_an_exception_is_an_answer_with_its_bases():
    answer = ask(lambda: {}["a"])
    assert isinstance(answer, Raised)
    assert answer.type_name == "KeyError"
    assert answer.message == "'a'"
    assert "LookupError" in answer.bases


def test_an_exit_is_an_answer():
    assert ask(sys.exit).type_name == "SystemExit"


def test_a_long_message_is_cut():
    def f():
        raise ValueError("x" * 9999)

    assert len(ask(f).message) == 500


def test_arguments_changed_in_place_are_named_and_the_caller_keeps_its_own():
    mine = [3, 1]
    array = np.array([1.0])

    def f(a, b, c):
        a.sort()
        c += 1
        return 0

    assert ask(f, mine, 5, c=array) == Returned(0, ("0", "c"))
    assert mine == [3, 1]
    assert array[0] == 1.0


def test_a_call_that_never_ends_is_cut_off_and_the_rest_is_not_tried():
    tried = []

    def f(n):
        tried.append(n)
        while n:
            pass
        return n

    cases = [Call((n,)) for n in (0, 1, 1, 0)]
    started = own_clock()
    answers = LocalStudent({"f": f}, limit_s=0.05).call("f", cases)
    assert answers == [Returned(0), TimedOut(0.05), TimedOut(0.05), TimedOut(0.05)]
    assert tried == [0, 1]
    assert started.sample() < 2


def test_an_exception_that_the_alarm_led_to_is_a_time_out():
    def f():
        try:
            while True:
                pass
        finally:
            raise ValueError("cut off")

    assert ask(f, limit_s=0.05) == TimedOut(0.05)


def test_it_answers_outside_the_main_thread_too():
    answers = []
    thread = threading.Thread(target=lambda: answers.append(ask(lambda: 1)))
    thread.start()
    thread.join()
    assert answers == [Returned(1)]


def test_what_a_program_prints_or_warns_of_is_not_shown(capsys):
    def f():
        print("printed")
        return np.log(np.zeros(1))

    assert ask(f).value == [-np.inf]
    assert capsys.readouterr() == ("", "")


def test_a_result_too_large_to_send_is_opaque_as_from_a_session():
    answer = ask(lambda: [0] * 200_000)
    assert isinstance(answer.value, Opaque)
    assert "too large to send" in answer.value.text


def test_a_function_that_is_not_there_draws_nothing():
    student = LocalStudent({"f": 1})
    assert student.draw("f", [Call(), Call()]) == [Missing("f", callable_wanted=True)] * 2
    assert student.draw("g", None) == [Missing("g")]


def test_a_drawing_that_hangs_is_cut_off_and_no_other_is_tried():
    def draw():
        while True:
            pass

    answers = LocalStudent({"f": draw}, limit_s=0.2).draw("f", [Call(), Call()])
    assert answers == [TimedOut(0.2)] * 2


def test_no_window_opens_when_a_program_draws(monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)
    LocalStudent({}).draw("f", None)
    assert os.environ["MPLBACKEND"] == "agg"


AWAITING: dict[str, object] = {"asyncio": asyncio}
exec(  # as cells define them
    """
async def g(x):
    await asyncio.sleep(0)
    return x + 1
async def coroutine(x):
    return await g(x)
def runs(x):
    return asyncio.run(g(x))
def task(x):
    return asyncio.create_task(g(x))
""",
    AWAITING,
)


def ask_awaiting(name):
    return LocalStudent(AWAITING).call(name, [Call((2,))] * 2)


@pytest.mark.parametrize("name", ["coroutine", "runs"])
def test_what_a_function_awaits_is_its_answer(name):
    assert ask_awaiting(name) == [Returned(3)] * 2


@pytest.mark.parametrize("name", ["coroutine", "runs", "task"])
def test_in_a_kernel_whose_loop_runs_it_is_so_too(name):
    async def cell():
        answers = ask_awaiting(name)
        await asyncio.sleep(0)
        return answers, asyncio.get_running_loop().is_running()

    assert asyncio.run(cell()) == ([Returned(3)] * 2, True)
