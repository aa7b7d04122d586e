import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from grader.checks.kinds import python as kind
from grader.checks.students.local import LocalStudent
from grader.course import load_program
from grader.errors import CheckError, SandboxError
from grader.guest.protocol.values import Died, Missing, Opaque, Raised, Returned, TimedOut
from tests.checks.scripted import Scripted, check_of, context_of
from tests.clocks import own_clock
from tests.refusals import refused

SOURCE = """
import numpy as np
import numpy.testing as npt
import pytest


def agrees(student, reference, rng):
    x = rng.normal(size=3)
    npt.assert_allclose(student.f(x), reference.f(x), rtol=1e-6)


def plain(student, reference, rng):
    assert student.f([1.0]) == [2.0]


def many_lines(student, reference, rng):
    assert (
        student.f([1.0])
        == [2.0]
    )


def with_words(student, reference, rng):
    got = student.f([1.0])
    assert got == [2.0], f"for 1.0\\n  it gave {got}"


def refuses(student, reference, rng):
    with pytest.raises(ValueError, match="empty"):
        student.f([])


def refuses_anyhow(student, reference, rng):
    with pytest.raises(Exception):
        student.f([])


def catches_all(student, reference, rng):
    try:
        student.f([1.0])
    except BaseException:
        pass
    student.f([2.0])


def swallows(student, reference, rng):
    try:
        student.f([1.0])
    except Exception:
        pass


def reads(student, reference, rng):
    assert student.best == reference.best


def follows(student, reference, rng):
    x = 64.0
    while student.half(x) > 1:
        x = student.half(x)


def divides(student, reference, rng):
    1 / student.half(2.0)


def fails(student, reference, rng):
    pytest.fail("no good")


def by_chance(student, reference, rng):
    student.half(2.0)
    try:
        student.f([])
    except ValueError:
        pass
    if _flaw:
        raise KeyError("ours")


_flaw = []


def asks_nothing(student, reference, rng):
    pass


def hangs_and_hides_it(student, reference, rng):
    try:
        hangs(student, reference, rng)
    except BaseException as error:
        raise KeyError from error


def hangs(student, reference, rng):
    student.half(2.0)
    while _flaw:
        pass


def is_interrupted(student, reference, rng):
    raise KeyboardInterrupt


def looks_elsewhere(student, reference, rng):
    student.secret_of_ours(1)


def exits(student, reference, rng):
    student.half(2.0)
    raise SystemExit("of the author's own")


not_a_function = 3
"""


def f(x):
    if len(x) == 0:
        raise ValueError("x is empty")
    return type(x)(2 * each for each in x) if isinstance(x, list) else 2 * x


REFERENCE = {"f": f, "half": lambda x: x / 2, "best": 2.0}


@pytest.fixture
def authored(tmp_path):
    path = tmp_path / "checks.py"
    path.write_text(SOURCE)
    return load_program(path)


def prepared(name, authored, reference=REFERENCE):
    check = check_of(python=name, about="f")
    return check, check.prepare(replace(context_of(reference), authored=authored))


@pytest.fixture
def judged(authored):
    def judge(name, answers, reference=REFERENCE):
        check, ready = prepared(name, authored, reference)
        return check.judge(ready, answers if hasattr(answers, "call") else LocalStudent(answers))

    return judge


def raising(error):
    def function(*_):
        raise error

    return {"f": function}


@pytest.mark.parametrize(
    "name",
    ["agrees", "plain", "many_lines", "with_words", "refuses", "refuses_anyhow", "reads",
     "follows", "divides", "catches_all", "swallows"],
)  # fmt: skip
def test_the_reference_passes_and_so_does_another_right_answer(judged, name):
    assert judged(name, REFERENCE).passed
    other = {**REFERENCE, "f": lambda x: [2 * each for each in x] if len(x) else f(x), "best": 2}
    assert judged(name, other).passed


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("plain", "`student.f([1.0]) == [2.0]` does not hold."),
        ("many_lines", "`student.f([1.0]) == [2.0]` does not hold."),
        ("with_words", "for 1.0; it gave [3.0]."),
    ],
)
def test_an_assertion_says_its_message_or_its_source(judged, name, said):
    verdict = judged(name, {"f": lambda x: [3.0]})
    assert verdict.message == said
    assert verdict.brief == "`f` is not right."
    assert verdict.evidence == ([3.0],)


def test_a_source_that_is_gone_is_not_shown(judged, authored, tmp_path):
    (tmp_path / "checks.py").unlink()
    assert judged("plain", {"f": lambda x: [3.0]}).message == "an assertion does not hold."


def test_numpys_assertions_tell_what_is_wrong_on_one_short_line(judged):
    message = judged("agrees", {"f": lambda x: 2.1 * x}).message
    assert message.startswith("3 of 3 numbers are wrong: got array([")
    assert ", expected array([" in message
    assert "Mismatch" not in message
    assert "\n" not in message


def test_a_students_exception_is_the_one_that_pytest_waits_for(judged):
    assert judged("refuses", raising(ValueError("empty"))).passed
    assert judged("refuses", raising(type("OwnError", (ValueError,), {})("so empty"))).passed
    assert not judged("refuses", raising(KeyError("empty"))).passed
    verdict = judged("refuses", raising(ValueError("nothing there")))
    assert "Regex pattern did not match" in verdict.message
    verdict = judged("refuses", {"f": lambda x: []})
    assert verdict.message == "It should raise ValueError, but does not."
    assert verdict.brief == "`f` is not right."
    for claimed in [("ValueError", ()), ("Own", ("ValueError", "Exception"))]:
        assert judged("refuses", Scripted(Raised(claimed[0], "empty", claimed[1]))).passed


@pytest.mark.parametrize(
    "type_name",
    ["UnicodeDecodeError", "ExceptionGroup", "OSError", "StopIteration", "AssertionError", "O\x00"],
)
def test_an_exception_that_nothing_catches_is_the_students_failure(judged, type_name):
    answer = Raised(type_name, "because", ("ValueError", "Exception"))
    verdict = judged("plain", Scripted(answer))
    assert verdict.message.startswith("f([1.0]) raised ")
    assert verdict.message.endswith(": because.")
    assert "because" not in verdict.brief
    assert judged("refuses_anyhow", Scripted(answer)).passed


@pytest.mark.parametrize("type_name", ["SystemExit", "KeyboardInterrupt", "GeneratorExit"])
def test_what_would_end_the_grader_does_not(judged, type_name):
    verdict = judged("plain", Scripted(Raised(type_name, "bye", ("BaseException", "object"))))
    assert verdict.message == f"f([1.0]) raised {type_name}: bye."


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (TimedOut(2), "timed out after 2 s (endless loop?)"),
        (Died("signal 9"), "gave no answer: signal 9."),
        (Missing("f", callable_wanted=True), "is not defined as a function."),
        (Returned(None), "is None, expected the list [2.0]; does it `return` its result?"),
        (Returned(Opaque("Liar", "[2.0]")), "is an object of type Liar, expected the list [2.0]."),
        (Returned([2.0] * 3), "has shape (3,), expected shape (1,)."),
        (Returned([2.0 + 1e-300j]), "f([1.0]) is not real."),
    ],
)
@pytest.mark.parametrize("name", ["plain", "catches_all", "swallows"])
def test_no_answer_and_an_answer_of_another_form_end_the_check(judged, name, answer, said):
    verdict = judged(name, Scripted(answer))
    assert not verdict.passed
    assert said in verdict.message
    assert verdict.brief.startswith("`f` ")


def test_a_hang_is_no_exception_that_was_asked_for(judged):
    assert not judged("refuses_anyhow", Scripted(TimedOut(2))).passed
    assert not judged("refuses_anyhow", Scripted(Died("signal 9"))).passed


def test_what_comes_back_where_the_reference_raises_is_plain(judged):
    assert not judged("refuses_anyhow", Scripted(Returned(Opaque("Liar", "x")))).passed


def test_a_variable_is_read(judged):
    assert (
        "`student.best == reference.best` does not hold" in judged("reads", {"best": 3.0}).message
    )
    assert judged("reads", {}).message == "`best` is not defined."
    assert "`best` is the string '2'" in judged("reads", {"best": "2"}).message


def test_answers_that_lead_nowhere_end(judged):
    asked = Scripted(Returned(5.0))
    verdict = judged("follows", asked)
    assert verdict.message == "The check was stopped after 1000 questions: it does not end."
    assert verdict.brief == "`f` is not right."
    assert len(asked.asked) == 1000


def test_what_only_the_students_answers_cause_is_theirs(judged):
    verdict = judged("divides", {"half": lambda x: 0.0})
    with pytest.raises(ZeroDivisionError) as raised:
        1 / 0.0  # noqa: B018
    assert verdict.message == (
        f"`divides` cannot be evaluated with your answers: ZeroDivisionError: {raised.value}."
    )
    assert verdict.brief == "`f` is not right."


def test_what_they_cannot_have_caused_is_ours(authored):
    check, ready = prepared("by_chance", authored)
    authored["_flaw"].append(1)
    ours = r"`by_chance` fails: it raised KeyError: 'ours' \(checks.py, line \d+\)"
    with pytest.raises(CheckError, match=ours):
        check.judge(ready, LocalStudent(REFERENCE))
    for change in [{"half": lambda x: 7.0}, {"f": len}, raising(type("Own", (ValueError,), {}))]:
        assert not check.judge(ready, LocalStudent(REFERENCE | change)).passed


def test_where_there_are_no_alarms_a_check_must_end_by_itself(authored):
    check, ready = prepared("plain", authored)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(check.judge, ready, LocalStudent(REFERENCE)).result().passed


@pytest.mark.parametrize("name", ["hangs", "hangs_and_hides_it"])
def test_a_check_that_does_not_end_is_ours_and_bounded(authored, monkeypatch, name):
    monkeypatch.setattr(kind, "_OWN_LIMIT_S", 0.05)
    check, ready = prepared(name, authored)
    authored["_flaw"].append(1)
    started = own_clock()
    with pytest.raises(CheckError, match=rf"`{name}` does not end within 0\.05 s"):
        check.judge(ready, LocalStudent(REFERENCE))
    assert started.sample() < 2


def test_the_time_that_a_student_takes_is_not_the_checks(judged, monkeypatch):
    monkeypatch.setattr(kind, "_OWN_LIMIT_S", 0.2)

    def slow(x):
        time.sleep(0.3)
        return f(x)

    assert judged("plain", {"f": slow}).passed


def test_a_sandbox_that_fails_is_no_fault_of_the_check(judged):
    class Gone(Scripted):
        def call(self, name, cases):
            raise SandboxError("gone")

    for name in ("plain", "catches_all", "refuses_anyhow"):
        with pytest.raises(SandboxError):
            judged(name, Gone(None))


def test_a_person_can_stop_it(judged):
    with pytest.raises(KeyboardInterrupt):
        judged("is_interrupted", REFERENCE)


def test_the_same_inputs_are_drawn_for_everybody(judged):
    one, two = Scripted(Returned(np.ones(3))), Scripted(Returned(np.zeros(3)))
    judged("agrees", one)
    judged("agrees", two)
    assert np.array_equal(one.asked[0][1].args[0], two.asked[0][1].args[0])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fails", r"The reference does not pass `fails`: no good \(checks.py, line \d+\). Correct"),
        ("asks_nothing", "never uses `student`"),
        ("looks_elsewhere", "`student.secret_of_ours`: `defines` lists f, half, best"),
        ("exits", "it raised SystemExit: of the author's own"),
        ("not_there", "checks.py defines no function `not_there`"),
        ("not_a_function", "checks.py defines no function `not_a_function`"),
    ],
)
def test_a_check_that_the_reference_does_not_pass_is_at_fault(judged, name, message):
    with pytest.raises(CheckError, match=message):
        judged(name, REFERENCE)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ({"f": lambda x: [5.0]}, r"`student.f\(\[1.0\]\) == \[2.0\]` does not hold \(checks.py"),
        (raising(TypeError("no")), r"f\(\[1.0\]\) raised TypeError: no \(checks.py, line \d+\)"),
        ({"f": lambda x: Scripted}, r"f\(\[1.0\]\) is an object of type type"),
    ],
)
def test_a_reference_that_does_not_pass_is_told_with_its_reason(judged, reference, message):
    with pytest.raises(CheckError, match=message):
        judged("plain", REFERENCE, {**REFERENCE, **reference})


def test_a_tolerance_has_no_place_here():
    with refused("compares by itself"):
        check_of(python="plain", about="f", tolerance={"rtol": 0.1})
    assert check_of(python="plain", about="f").subject == "f"
