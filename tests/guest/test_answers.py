"""Questions about one exercise: every end of a call is an answer, and calls do not mix."""

from __future__ import annotations

import contextlib
import math
import signal
import sys
import time

import numpy as np
import pytest

from grader.guest.answers import Questions
from grader.guest.event_loop import NotebookLoop
from grader.guest.limits.alarm import HAS_TIMER
from grader.guest.protocol.decoding import decode
from grader.guest.protocol.encoding import encode, header_of
from grader.guest.protocol.frames import MAX_NODES, WireError
from grader.guest.protocol.messages import answer_from, answer_to
from grader.guest.protocol.values import Call, Died, Missing, Opaque, Raised, Returned, TimedOut


def read(encoded):
    return answer_from(decode(header_of(encoded), [bytearray(raw) for raw in encoded.buffers]))


def ask(function, *cases, budget_s=10.0, call_s=5.0):
    """Call a function through the wire, both ways."""
    questions = Questions({"f": function}, {"call_s": call_s}, NotebookLoop())
    encoded = encode([case.plain for case in cases])
    given = decode(header_of(encoded), [bytearray(raw) for raw in encoded.buffers])
    return [read(answer) for answer in questions.ask(budget_s, call_s, [("f", given)])]


def get(value, budget_s=10.0, call_s=5.0):
    questions = Questions({"x": value}, {"call_s": call_s}, NotebookLoop())
    (answer,) = questions.ask(budget_s, call_s, [("x", None)])
    return read(answer)


def test_a_variable_is_read():
    assert get(2.5) == Returned(2.5)


def test_a_name_that_is_not_there_is_missing():
    questions = Questions({"x": 1}, {"call_s": 1.0}, NotebookLoop())
    assert read(questions.ask(1.0, 1.0, [("y", None)])[0]) == Missing("y")
    (answer,) = questions.ask(1.0, 1.0, [("x", [Call().plain])])
    assert read(answer) == Missing("x", callable_wanted=True)


def test_a_function_is_called_once_a_case_in_order():
    cases = [Call((n,), (("step", 2),)) for n in range(3)]
    assert ask(lambda n, step: n + step, *cases) == [Returned(2), Returned(3), Returned(4)]


def heard(function, *cases, call_s=5.0):
    """Call a function as a fork does, whose calls print to where they are heard."""
    questions = Questions({"f": function}, {"call_s": call_s}, NotebookLoop())
    with contextlib.redirect_stdout(questions.heard):
        answers = questions.ask(10.0, call_s, [("f", [case.plain for case in cases])])
    return [(answer, answer.printed) for answer in map(read, answers)]


def test_what_a_call_prints_comes_with_its_own_answer():
    def f(n):
        if n:
            print("n =", n)
        return n

    answers = heard(f, Call((0,)), Call((1,)), Call((0,)), Call((2,)))
    assert answers == [
        (Returned(0), ""),
        (Returned(1), "n = 1\n"),
        (Returned(0), ""),
        (Returned(2), "n = 2\n"),
    ]


def test_what_a_call_prints_before_it_raises_or_hangs_comes_too():
    def f(n):
        print("here")
        while n:
            pass
        raise ValueError("no")

    (raised, hung) = heard(f, Call((0,)), Call((1,)), call_s=0.05)
    assert raised[1] == hung[1] == "here\n"
    assert isinstance(raised[0], Raised)
    assert isinstance(hung[0], TimedOut)


def test_of_a_flood_the_beginning_is_kept_of_every_call_and_no_address():
    def f(n):
        print(object(), "x" * 10**6)

    (_, first), (_, second) = heard(f, Call((0,)), Call((1,)))
    assert first == second
    assert first.startswith("<object object> xxx")
    assert first.endswith("…")
    assert len(first) <= 301


@pytest.mark.parametrize(
    "value",
    [
        ("printed", "x" * 501, ("returned", 1, ())),
        ("printed", 5, ("returned", 1, ())),
        ("printed", "x"),
        ("printed", "x", ("returned", 1, ()), 1),
        ("printed", "x", ("missing", "f", False)),
        ("printed", "x", ("printed", "y", ("returned", 1, ()))),
        ("printed", "x", (np.zeros(2),)),
    ],
)
def test_nothing_else_is_taken_for_what_was_printed(value):
    with pytest.raises(WireError):
        answer_from(value)


def draw(names, name, cases, budget_s=10.0):
    questions = Questions(names, {"call_s": 5.0}, NotebookLoop())
    given = cases and [case.plain for case in cases]
    return [read(answer) for answer in questions.ask(budget_s, 5.0, [(name, given)], draws=True)]


def test_a_figure_is_asked_for_by_a_function_or_a_variable():
    names = {"f": lambda n: n, "x": 3}
    assert draw(names, "f", [Call((1,)), Call((2,))]) == [Returned(None)] * 2
    assert draw(names, "x", None) == [Returned(None)]
    assert draw(names, "x", [Call()]) == [Missing("x", callable_wanted=True)]
    assert draw(names, "y", None) == [Missing("y")]


def test_no_figure_is_drawn_when_the_exercise_has_no_time_left():
    assert draw({"f": abs}, "f", [Call((1,))], budget_s=0.0) == [TimedOut(0.0, "exercise")]


def ask_all(names, *groups, budget_s=10.0, begin_s=5.0):
    questions = Questions(names, {"call_s": 5.0}, NotebookLoop())
    given = [(name, cases and [case.plain for case in cases]) for name, cases in groups]
    return [read(answer) for answer in questions.ask(budget_s, begin_s, given)]


def test_several_names_are_asked_in_order():
    kept = []
    names = {"x": kept, "f": lambda n: kept.append(n)}
    groups = [
        ("x", None),
        ("f", [Call((1,)), Call((2,))]),
        ("x", None),
        ("g", [Call()]),
        ("y", None),
    ]
    assert ask_all(names, *groups) == [
        Returned([]),
        Returned(None),
        Returned(None),
        Returned([1, 2]),
        Missing("g", callable_wanted=True),
        Missing("y"),
    ]


def test_no_question_is_begun_when_it_is_late_but_the_first():
    asked = [("x", None), ("x", None)]
    assert ask_all({"x": 1}, *asked, begin_s=0.0) == [Returned(1)]
    assert ask_all({"x": 1}, *asked, budget_s=0.0) == [TimedOut(0.0, "exercise")] * 2


class Model:
    def __call__(self, x):
        return x + 1


async def wait_for(x):
    return x + 1


@pytest.mark.parametrize("function", [Model(), wait_for, math.ceil, np.ceil], ids=type)
def test_anything_that_can_be_called_is_called_and_a_coroutine_awaited(function):
    (answer,) = ask(function, Call((1,)))
    assert float(answer.value) in (1.0, 2.0)


def test_a_generator_is_not_used_up_but_named():
    def count():
        yield 1

    (answer,) = ask(count, Call())
    assert answer.value.type_name == "generator"


class DomainError(ValueError):
    pass


def test_an_exception_is_told_with_its_bases():
    def f():
        raise DomainError("p is above 1 " + "!" * 1000)

    (answer,) = ask(f, Call())
    assert (answer.type_name, len(answer.message)) == ("DomainError", 500)
    assert answer.bases == ("DomainError", "ValueError", "Exception", "BaseException")


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt, SystemExit, RecursionError])
def test_no_exception_ends_the_questions(error):
    def f():
        raise error

    assert [answer.type_name for answer in ask(f, Call(), Call())] == [error.__name__] * 2


def test_endless_recursion_is_an_exception():
    def f(n):
        return f(n + 1)

    (answer,) = ask(f, Call((0,)))
    assert answer.type_name == "RecursionError"


def endless(*_):
    while True:
        pass


def stubborn(*_):
    try:
        endless()
    except BaseException:
        return 1


@pytest.mark.parametrize("function", [endless, stubborn])
def test_a_call_that_does_not_end_timed_out_and_the_rest_is_left_for_another_reply(function):
    cases = [Call((1,)), Call((0,)), Call((1,))]
    found = ask(lambda n: function() if n == 0 else n, *cases, call_s=0.05)
    assert found == [Returned(1), TimedOut(0.05, "call")]


def test_a_call_stops_when_the_exercise_has_no_time_left():
    first, second = ask(endless, Call(), Call(), call_s=0.2, budget_s=0.05)
    assert (first.limit, second.limit) == ("exercise", "exercise")
    assert 0.04 < first.seconds <= 0.05
    (answer,) = ask(endless, Call(), budget_s=0.0)
    assert answer == TimedOut(0.0, "exercise")


class HangingRepr:
    def __repr__(self):
        endless()


class HugeRepr:
    def __repr__(self):
        return "x" * 50_000_000


class RaisingRepr:
    def __repr__(self):
        raise KeyboardInterrupt


def test_a_repr_that_hangs_is_stopped():
    assert get(HangingRepr(), call_s=0.05) == TimedOut(0.05, "call")
    assert ask(HangingRepr, Call(), call_s=0.05) == [TimedOut(0.05, "call")]


def test_a_repr_that_is_huge_is_cut():
    assert len(get(HugeRepr()).value.text) == 200


def test_a_repr_that_ends_the_process_is_an_exception():
    assert get(RaisingRepr()).type_name == "KeyboardInterrupt"


def test_a_value_too_large_to_send_says_so():
    answer = get(list(range(MAX_NODES + 1)))
    assert answer.value == Opaque("list", f"<too large to send: more than {MAX_NODES} items>")


def change_array(a, *_):
    a[0] = 7.0


@pytest.mark.parametrize(
    ("function", "call", "changed"),
    [
        (change_array, Call((np.zeros(3),)), ("0",)),
        (change_array, Call((np.zeros(100_000),)), ("0",)),
        (change_array, Call(([1.0],)), ("0",)),
        (change_array, Call(({},)), ("0",)),
        (lambda a, b: b.sort(), Call((1, [2, 1])), ("1",)),
        (lambda *, a, b: b.append(a), Call((), (("a", 1), ("b", []))), ("b",)),
        (lambda a: a.append(a), Call(([],)), ("0",)),
        (lambda a: a.setdefault("k", [0] * MAX_NODES * 2), Call(({},)), ("0",)),
        (lambda a: setattr(a, "shape", (2, 1)), Call((np.zeros(2),)), ("0",)),
        (lambda a: a.__setitem__(0, -0.0), Call((np.zeros(2),)), ("0",)),
        (lambda a: a.__setitem__(0, -0.0), Call(([0.0, 1.0],)), ("0",)),
        (lambda a: a.__setitem__(0, True), Call(([1, 2],)), ("0",)),
        (lambda a: a.__setitem__(0, float("0.25")), Call(([0.25],)), ()),
        (lambda a: a[0].append(1.0), Call((([],),)), ("0",)),
        (lambda a, b: a + b, Call((np.zeros(3), 1.0)), ()),
        (lambda a: a.sort(), Call(([1, 2],)), ()),
        (lambda a: None, Call((np.array([math.nan]),)), ()),
    ],
)
@pytest.mark.filterwarnings("ignore:Setting the shape")
def test_an_argument_that_was_changed_in_place_is_named(function, call, changed):
    (answer,) = ask(function, call)
    assert answer.changed == changed


def test_each_call_of_a_batch_has_the_whole_time_limit():
    answers = ask(time.sleep, Call((0.15,)), Call((0.15,)), call_s=0.25)
    assert answers == [Returned(None), Returned(None)]
    if HAS_TIMER:
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_call_cannot_change_the_input_of_another():
    shared = np.zeros(2)

    def f(a):
        a += 1
        return float(a.sum())

    assert [answer.value for answer in ask(f, Call((shared,)), Call((shared,)))] == [2.0, 2.0]


def test_a_reply_holds_as_many_answers_as_fit():
    def f(n):
        return np.zeros(5_000_000)

    assert len(ask(f, Call((1,)), Call((2,)))) == 1


def test_a_function_that_prints_is_heard_by_nobody_but_its_stream(capsys):
    assert ask(lambda: print("x"), Call()) == [Returned(None)]
    assert capsys.readouterr().out == "x\n"


@pytest.mark.parametrize(
    "answer",
    [
        Returned(2.5),
        Returned([1], ("0",)),
        Raised("A", "b", ("A",)),
        Missing("x"),
        Missing("x", callable_wanted=True),
        TimedOut(1.0, "call"),
    ],
)
def test_an_answer_crosses_as_it_is(answer):
    assert answer_from(answer_to(answer)) == answer


def test_no_session_says_of_itself_that_it_died():
    with pytest.raises(TypeError, match="does not say so itself"):
        answer_to(Died("x"))
    with pytest.raises(WireError, match="unknown kind"):
        answer_from(("died", "x"))


@pytest.mark.parametrize(
    "value",
    [
        None,
        (),
        [],
        (1,),
        ("returned",),
        ("returned", 1),
        ("returned", 1, ["0"]),
        ("returned", 1, np.zeros(2)),
        ("returned", 1, []),
        ("returned", 1, None),
        ("returned", 1, (0,)),
        ("returned", 1, ("0",) * 257),
        ("returned", 1, ("x" * 501,)),
        ("raised", "A", "x" * 501, ()),
        ("raised", "A", 1, ()),
        ("raised", "A", "", ()),
        ("raised", "A", "", (), "1", 1),
        ("raised", "A", "", (), 1, True),
        ("raised", "A", "", (), 1, 1, "where"),
        ("missing", "a", 1),
        ("timed_out", 1, "call"),
        ("timed_out", 1.0, "call", 2),
    ],
)
def test_what_is_no_answer_is_refused(value):
    with pytest.raises(WireError):
        answer_from(value)


def test_an_alarm_between_calls_strikes_nobody():
    ask(lambda: None, Call(), call_s=0.02)
    time.sleep(0.05)
    assert sys.exc_info() == (None, None, None)


def test_a_measured_call_answers_with_the_memory_that_it_took():
    small, large = ask(lambda n: [0.0] * n, *(Call((n,), measured="memory") for n in (1, 10**4)))
    assert [small.value[0], large.value[0]] == [[0.0], [0.0] * 10**4]
    assert small.value[1] < 8 * 10**4 <= large.value[1]
