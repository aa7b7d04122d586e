import numpy as np
import pytest

from grader.checks.students import local
from grader.checks.students.local import LocalStudent
from grader.errors import CheckError
from grader.guest.protocol.values import TimedOut
from tests.checks.scripted import NOTHING, Scripted, check_of, context_of, returning, verdict_of
from tests.refusals import refused


def total(x):
    return float(np.sum(x))


REFERENCE = {"total": total}
SUM = {"cost": "total", "at_most": 1, "given": {"x": {"normal": [0, 1], "shape": "n"}}}
CHECK = check_of(**SUM, over={"n": [50, 100, 200, 400]}, tolerance={"atol": 1e-9})


class Clock:
    """Processor time that passes only where a test says so."""

    def __init__(self):
        self.now = 0.0

    def measure(self, call):
        before = self.now
        value = call()
        return value, self.now - before


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(local, "with_processor_time", made.measure)
    return made


class Slow(LocalStudent):
    """Answers right, and takes as long as it is told for each size."""

    def __init__(self, clock, seconds_of):
        super().__init__(REFERENCE)
        self.clock = clock
        self.seconds_of = seconds_of
        self.asked = []

    def call(self, name, cases):
        n = len(cases[0].args[0])
        self.asked.append((n, cases[0].args[0].tobytes()))
        took = self.seconds_of(n, len(self.asked))

        def slow(x):
            self.clock.now += took
            return REFERENCE[name](x)

        self.names = {name: slow}
        return super().call(name, cases)


def judged(clock, seconds_of, check=CHECK):
    prepared = check.prepare(context_of(REFERENCE))
    student = Slow(clock, seconds_of)
    return check.judge(prepared, student), student


@pytest.mark.parametrize("power", [0, 0.5, 1, 1.2])
@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_time_that_grows_slowly_enough_passes_at_once_however_long_it_is(clock, power, scale):
    verdict, student = judged(clock, lambda n, _: scale * n**power)
    assert verdict.passed
    assert [n for n, _ in student.asked] == [50, 50, 100, 200, 400]


@pytest.mark.parametrize("power", [1.6, 2, 3])
def test_time_that_grows_too_fast_fails_and_names_no_seconds(clock, power):
    verdict, student = judged(clock, lambda n, _: 1e-6 * n**power)
    assert verdict.message == (
        "`total` takes time that grows faster than n^1.5 from n = 50 to n = 400, but n^1 is enough."
    )
    assert verdict.brief == "`total` takes time that grows too fast with its input."
    assert verdict.evidence == ("grows too fast",)
    assert len(student.asked) == 1 + 6 * 4
    assert len(set(student.asked)) == len(student.asked)  # nothing can be remembered


def test_a_machine_that_is_busy_once_in_a_while_fails_nobody(clock):
    verdict, student = judged(clock, lambda n, asked: n * (100 if asked in (5, 9, 13) else 1))
    assert verdict.passed
    assert len(student.asked) == 1 + 4 * 4


def test_what_is_not_clear_after_all_rounds_passes(clock):
    verdict, student = judged(clock, lambda n, _: n**1.4)
    assert verdict.passed
    assert len(student.asked) == 1 + 6 * 4


def test_who_grows_as_the_reference_does_here_and_now_passes(clock, monkeypatch):
    prepared = CHECK.prepare(context_of(REFERENCE))

    def slowed(x):
        clock.now += len(x) ** 1.7
        return total(x)

    prepared.context.reference["total"] = slowed
    assert CHECK.judge(prepared, Slow(clock, lambda n, _: n**2)).passed
    assert not CHECK.judge(prepared, Slow(clock, lambda n, _: n**2.5)).passed


def test_the_first_call_does_not_count(clock):
    _, student = judged(clock, lambda n, asked: 1e3 if asked == 1 else 1e-6 * n**2)
    assert len(student.asked) > 5


def test_right_answers_in_every_style_pass_by_a_real_clock():
    def looped(x):
        result = 0.0
        for each in x:
            result += each
        return result

    check = check_of(**SUM, over={"n": [100, 1000, 10000]}, tolerance={"atol": 1e-9})
    for style in (total, looped, lambda x: sum(x), lambda x: np.asarray(x).sum()):
        assert verdict_of(check, REFERENCE, {"total": style}).passed


def test_a_quadratic_answer_fails_by_a_real_clock():
    def quadratic(x):
        for i in range(len(x)):
            for j in range(len(x)):
                if i == j:
                    break
        return total(x)

    check = check_of(**SUM, over={"n": [50, 200, 800]}, tolerance={"atol": 1e-9})
    assert "grows faster than n^1.5" in verdict_of(check, REFERENCE, {"total": quadratic}).message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda x: 0.0, "total(...) at n = 50 is 0, expected "),
        (lambda x: None, "does it `return` its result?"),
        (lambda x: total(x) if len(x) < 200 else 1.0, "total(...) at n = 200 is 1, expected "),
        (lambda x: x.sort() or total(x), "changed its first argument in place"),
    ],
)
def test_a_wrong_answer_fails_however_fast_it_comes(answer, said):
    verdict = verdict_of(CHECK, REFERENCE, {"total": answer})
    assert said in verdict.message
    assert verdict.evidence
    assert "n =" not in verdict.brief


def test_after_a_hang_nothing_larger_is_asked():
    hanging = Scripted(TimedOut(5.0))
    verdict = verdict_of(CHECK, REFERENCE, hanging)
    assert verdict.message == ("total(...) at n = 50 timed out after 5 s (endless loop?).")
    assert len(hanging.asked) == 1
    assert not verdict_of(CHECK, REFERENCE, NOTHING).passed


def test_the_size_may_be_an_argument():
    check = check_of(cost="f", at_most=0, over={"n": [10, 1000, 100000]}, args=["n"])
    assert verdict_of(check, {"f": lambda n: n * 2}, {"f": lambda n: n + n}).passed


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (lambda x: sum(1 for _ in x for _ in x) and total(x), "own time grows faster than n.1"),
        (lambda x: np.nan, "No answer could be right"),
        (lambda x: total(x) + next(TICKS), "The reference is wrong when it is asked again"),
        (lambda x: 1 / 0, r"total\(...\) at n = 50 raised ZeroDivisionError"),
    ],
)
def test_a_reference_that_does_not_pass_is_at_fault(reference, message):
    with pytest.raises(CheckError, match=message):
        CHECK.prepare(context_of({"total": reference}))


TICKS = iter(range(10**6))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"over": {"n": [1, 10]}}, "three or more sizes"),
        ({"over": {"n": [1, 10, 100], "m": [1, 2, 3]}}, "one name with three or more sizes"),
        ({"over": {"n": [1, 10, 10]}}, "positive and grow"),
        ({"over": {"n": [0, 10, 100]}}, "positive and grow"),
        ({"over": {"n": [1, 10, 10**8]}}, "names no earlier draw"),
        ({"given": {"x": {"normal": [0, 1], "shape": "m"}}}, "names no earlier draw"),
        ({"given": {"x": {"normal": [0, 1], "edges": [1.0]}}}, "remove `edges`"),
        ({"args": ["y"]}, "neither drawn nor the axis"),
    ],
)
def test_what_does_not_fit_is_refused_when_it_is_loaded(keys, message):
    with refused(message):
        check_of(**{**SUM, "over": {"n": [10, 100, 1000]}, **keys})


# Memory


def running(x):
    result = 0.0
    for each in x:
        result += each
    return result


def outer(x):
    return float(np.trace(np.add.outer(x, np.zeros(len(x)))))


MEMORY = check_of(
    **{**SUM, "measure": "memory"}, over={"n": [300, 1000, 3000]}, tolerance={"atol": 1e-9}
)


@pytest.mark.parametrize(
    "answer", [total, running, lambda x: sum([*x, 0.0]), lambda x: sum(1.0 * x)]
)
def test_memory_that_grows_slowly_enough_passes(answer):
    assert verdict_of(MEMORY, REFERENCE, {"total": answer}).passed


def test_memory_that_grows_too_fast_fails():
    verdict = verdict_of(MEMORY, REFERENCE, {"total": outer})
    assert verdict.message == (
        "`total` takes memory that grows faster than n^1.5 from n = 300 to n = 3000, "
        "but n^1 is enough."
    )


def test_memory_is_asked_of_a_real_session():
    from grader.checks.student_work import StudentWork
    from grader.sandbox.engine import Isolation
    from grader.sandbox.notebook_run import NotebookSource
    from grader.sandbox.sandbox import Sandbox
    from grader.sandbox.settings import SandboxSettings

    prepared = MEMORY.prepare(context_of(REFERENCE))
    body = "import numpy as np\ndef total(x): return float({})"
    with Sandbox(SandboxSettings(), Isolation.NONE) as sandbox:
        for body_of, right in [("np.sum(x)", True), ("np.trace(np.diag(x))", False)]:
            source = NotebookSource([body.format(body_of)])
            with sandbox.run_notebook(source) as run, run.session.open() as asked:
                asked.work = StudentWork()
                assert MEMORY.judge(prepared, asked).passed is right


@pytest.mark.parametrize(
    "sent", [1.0, (1.0,), (1.0, -1), (1.0, 1.0), (1.0, True), [1.0, 1], (0.0, 1), None]
)
def test_an_answer_that_does_not_say_its_memory_fails(sent):
    assert not verdict_of(MEMORY, REFERENCE, returning(sent)).passed


def test_a_call_that_raises_fails_with_its_reason():
    verdict = verdict_of(MEMORY, REFERENCE, {"total": lambda x: 1 / 0})
    assert "raised ZeroDivisionError" in verdict.message


def test_the_subject_is_the_function():
    assert CHECK.subject == "total"


@pytest.mark.parametrize("shape", ["strict", "squeeze"])
def test_a_check_that_squeezes_takes_an_axis_of_length_1(shape):
    check = check_of(**SUM, over={"n": [50, 100, 200, 400]}, tolerance={"atol": 1e-9}, shape=shape)
    verdict = verdict_of(check, REFERENCE, {"total": lambda x: np.array([[total(x)]])})
    assert verdict.passed is (shape == "squeeze")
