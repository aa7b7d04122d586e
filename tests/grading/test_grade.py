"""One submission: what it earns, what is said of it, and whose fault a fault is."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest

from grader.checks.base import Check, CheckContext, Verdict, passed
from grader.checks.kinds.property import PropertyCheck
from grader.checks.students.local import LocalStudent
from grader.compare import Tolerance
from grader.course import load_course, load_program
from grader.errors import CheckError, NotebookError, SandboxError, UsageError
from grader.grading import grade as grading
from grader.grading.grade import grade_submission
from grader.grading.judge_exercise import grade_exercise
from grader.grading.preparation import PreparedCheck, PreparedExercise, prepare_course
from grader.notebook import read_notebook
from grader.sandbox import exercise_session
from grader.sandbox import session as session_module
from grader.sandbox.connection import Connection
from grader.sandbox.deadline import Doubt
from grader.sandbox.engine import Isolation
from grader.sandbox.notebook_run import NotebookSource
from grader.sandbox.outcome import CellOutcome
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.session_process import ZygoteDied
from tests.notebooks import notebook_bytes

ROOT = Path(__file__).parents[2]
COURSE = load_course(ROOT)
REFERENCE = {
    name: exercise.reference.read_text(encoding="utf-8")
    for name, exercise in COURSE.exercises.items()
}


@dataclass(frozen=True)
class Paper:
    cells: tuple[str, ...] = ()
    student: str = "ada"
    notebook: str = "ada.ipynb"

    def read(self):
        return read_notebook(notebook_bytes(self.cells), name=self.notebook)


class UnreadablePaper(Paper):
    def read(self):
        raise NotebookError("This is not a notebook.")


class InProcess:
    """An engine without a sandbox: cells run here, for tests of what is made of the answers."""

    def __init__(self, faults=()):
        self.faults = list(faults)

    @contextmanager
    def run_notebook(self, source):
        if self.faults:
            raise self.faults.pop(0)
        names = {}
        outcomes = [self.run(index, cell, names) for index, cell in enumerate(source.cells)]
        yield Run(Session(names), outcomes)

    @staticmethod
    def run(index, cell, names):
        try:
            exec(cell, names)
        except Exception as error:
            kind = type(error).__name__
            return CellOutcome(
                index=index, status="raised", error_type=kind, error_message=str(error)
            )
        return CellOutcome(index=index, status="ok")


@dataclass
class Run:
    session: object
    outcomes: list
    timed_out: bool = False
    reason: str = ""
    killed: bool = False
    doubt: Doubt = Doubt.NONE


class Session:
    def __init__(self, names):
        self.names = names

    @contextmanager
    def open(self, _harmless=None):
        yield LocalStudent(self.names)


def graded(*cells, only=("kl_asymmetry",), engine=None, **options):
    preparation = prepare_course(COURSE, only=only, **options)
    return grade_submission(preparation, Paper(cells), engine or InProcess())


def test_a_right_answer_gets_every_point():
    result = graded(REFERENCE["kl_asymmetry"])
    assert (result.status, result.score, result.max_score) == ("graded", 10, 10)
    assert result.exercises[0].status == "passed"


def test_an_empty_notebook_attempts_nothing_and_gets_nothing():
    result = graded(only=())
    assert result.score == 0
    assert {exercise.status for exercise in result.exercises} == {"not_attempted"}


@pytest.mark.parametrize("exercise", COURSE.exercises)
def test_the_starter_gets_nothing(exercise):
    result = graded(COURSE.exercises[exercise].starter, only=[exercise])
    assert result.score == 0
    assert result.exercises[0].status == "not_attempted"
    assert not result.exercises[0].spends_attempt


def test_a_known_mistake_is_named_with_its_hint():
    (mistake,) = [m for m in COURSE.exercises["kl_asymmetry"].mistakes if m.id == "log2"]
    result = graded(mistake.program.read_text(encoding="utf-8"))
    assert result.score == mistake.score
    assert result.exercises[0].status == "partial"
    failures = [check for check in result.exercises[0].checks if check.status == "fail"]
    assert {check.mistake for check in failures} == {"log2"}
    assert {check.hint for check in failures} == {mistake.hint}


def test_a_failure_that_no_mistake_explains_keeps_the_hint_of_its_check():
    result = graded("def kl(p, q): return 'a lot'")
    first = result.exercises[0].checks[0]
    assert (first.mistake, first.hint) == (None, COURSE.exercises["kl_asymmetry"].checks[0].hint)


def test_a_cell_that_raised_is_told_by_its_place_among_all_cells():
    result = graded("x = 1", "1 / 0", REFERENCE["kl_asymmetry"])
    raised = "cell 2 (`1 / 0`): ZeroDivisionError: division by zero."
    hint = "Something is divided by 0: which input makes the divisor 0?"
    assert [(cell.number, cell.error) for cell in result.cells] == [(2, f"{raised} {hint}")]
    assert result.score == 10


def test_a_file_that_cannot_be_read_is_told_with_its_reason():
    preparation = prepare_course(COURSE)
    result = grade_submission(preparation, UnreadablePaper(), InProcess())
    assert (result.status, result.score, result.sha256) == ("unreadable", 0, None)
    assert result.reason == "This is not a notebook."
    assert result.max_score == sum(one.points for one in COURSE.exercises.values())


def test_a_student_without_the_hidden_checks_is_asked_the_visible_ones_alone():
    result = graded(REFERENCE["kl_asymmetry"], visible_only=True)
    assert all(check.visible for check in result.exercises[0].checks)
    assert result.score == result.max_score < 10


def test_the_same_submission_course_and_seed_give_the_same_grade():
    first, second = (
        graded(REFERENCE["kl_asymmetry"].replace("np.log", "np.log2"), seed=7) for _ in range(2)
    )
    assert first.model_copy(update={"seconds": 0.0}) == second.model_copy(update={"seconds": 0.0})


def test_another_seed_or_secret_asks_other_hidden_inputs():
    def inputs(course, seed):
        (ready,) = prepare_course(course, seed=seed, only=["kl_asymmetry"]).exercises
        by_name = {check.check.name: check.prepared for check in ready.checks}
        return repr(by_name["Random distributions"])

    secret = replace(COURSE, secret="thirty-one")
    assert inputs(COURSE, 0) == inputs(COURSE, 0)
    assert len({inputs(COURSE, 0), inputs(COURSE, 1), inputs(secret, 0)}) == 3


def test_an_exercise_that_the_course_lacks_is_a_wrong_call():
    with pytest.raises(UsageError, match=r"no exercise `kl`; it has: hth_likelihood, "):
        prepare_course(COURSE, only=["kl"])


# Between pass and fail


class Says(Check):
    """A check that finds what it was made with."""

    kind = "says"
    verdict: Verdict

    @property
    def subject(self):
        return "kl"

    def prepare(self, context):
        return None

    def judge(self, prepared, student):
        student.get("kl")
        return self.verdict


RIGHT, WRONG = passed(), Verdict(passed=False, brief="no")
UNREAD = Verdict(passed=False, brief="what?", understood=False)
UNDECIDED = Verdict(passed=False, message="Later.", brief="Later.", undecided=True)


def said(*verdicts, **changes):
    checks = [
        PreparedCheck(
            Says(
                name=f"{n}",
                points=Decimal(4),
                verdict=verdict,
                hint="Think.",
                explanation="Because.",
            ),
            None,
        )
        for n, verdict in enumerate(verdicts)
    ]
    exercise = PreparedExercise(replace(COURSE.exercises["kl_asymmetry"], **changes), tuple(checks))
    return grade_exercise(exercise, LocalStudent({"kl": abs}))


def test_a_failed_check_may_earn_a_share():
    (check,) = said(Verdict(passed=False, brief="no", share=Decimal("0.8"))).checks
    assert (check.status, check.points, check.max_points) == ("fail", Decimal("3.2"), 4)


def test_what_only_a_person_can_judge_is_left_open_and_the_rest_counts():
    result = said(passed(), Verdict(passed=False, review="Read the proof."))
    assert (result.status, result.score) == ("needs_review", 4)
    assert [(check.status, check.review) for check in result.checks] == [
        ("pass", ""),
        ("skipped", "Read the proof."),
    ]


def test_an_answer_that_cannot_be_understood_says_so():
    wrong, unread = said(WRONG, UNREAD).checks
    assert (unread.status, unread.understood) == ("fail", False)
    assert (wrong.hint, unread.hint) == ("Think.", "")


@pytest.mark.parametrize(
    ("explain", "explained"),
    [
        ("never", [False, False, False, False]),
        ("right", [True, False, False, False]),
        ("always", [True, True, False, False]),
        ("last_attempt", [True, False, False, False]),
    ],
)
def test_an_explanation_is_given_when_the_exercise_says_so(explain, explained):
    result = said(RIGHT, WRONG, UNREAD, UNDECIDED, explain=explain)
    assert [check.explanation == "Because." for check in result.checks] == explained


@pytest.mark.parametrize(
    ("verdicts", "spends"),
    [
        ([RIGHT], True),
        ([WRONG], True),
        ([UNREAD], False),
        ([UNREAD, UNREAD, WRONG], True),
        ([UNDECIDED, UNREAD], False),
    ],
)
def test_a_hand_in_of_which_nothing_is_understood_spends_no_attempt(verdicts, spends):
    assert said(*verdicts).spends_attempt is spends


def test_an_answer_that_is_judged_later_is_neither_skipped_nor_lost():
    result = said(RIGHT, UNDECIDED)
    assert [check.status for check in result.checks] == ["pass", "answered"]
    assert (result.checks[1].message, result.checks[1].points) == ("Later.", 0)
    assert (result.status, result.score, result.max_score) == ("answered", 4, 4)
    assert said(UNDECIDED, WRONG).status == "failed"


def test_an_empty_notebook_spends_no_attempt():
    assert not graded().exercises[0].spends_attempt


# Asked ahead


class Remote(LocalStudent):
    """A student who keeps what was asked, in order."""

    def __init__(self, names):
        super().__init__(names)
        self.asked = []
        self.ahead = []

    def prefetch(self, batch):
        self.ahead.append(list(batch.keys))
        self.asked.append("ahead")

    def get(self, name):
        self.asked.append((name, None))
        return super().get(name)

    def call(self, name, cases):
        self.asked += [(name, case) for case in cases]
        return super().call(name, cases)


def put_to(names, ready):
    remote = Remote(names)
    return grade_exercise(ready, remote), remote


@pytest.mark.parametrize("exercise", COURSE.exercises)
def test_all_that_this_course_asks_is_asked_ahead_and_what_is_visible_first(exercise):
    (ready,) = prepare_course(COURSE, only=[exercise]).exercises
    result, remote = put_to(load_program(COURSE.exercises[exercise].reference, ready.given), ready)
    assert result.status == "passed"
    visible, *hidden = remote.ahead
    assert len(hidden) in (1, 2)
    # What hangs on an answer, and what is timed, is asked when it comes up.
    foreseen = {"ahead", *(key for asked in remote.ahead for key in asked)}
    assert [each for each in remote.asked if each in foreseen] == [
        each for asked in remote.ahead for each in ("ahead", *asked)
    ]
    seen = [check.queries() for check in ready.checks if check.check.visible]
    assert visible == [key for each in seen for query in each for key in query.keys]


def test_hidden_variables_are_read_before_a_hidden_input_is_sent():
    (ready,) = prepare_course(COURSE, only=["hth_likelihood"]).exercises
    _, remote = put_to(load_program(ready.exercise.reference, ready.given), ready)
    _, reading, sending = remote.ahead
    assert reading == [("best_p", None)]
    assert ("best_p", None) not in sending
    assert remote.asked.index(reading[0]) < remote.asked.index(sending[0])
    kinds = [[check.check.kind for check in turn.checks] for turn in ready.rounds[1:]]
    assert kinds == [["value"], ["function", "function", "property", "property", "raises"]]


def test_a_session_is_asked_a_few_times_an_exercise(monkeypatch):
    kinds = []
    asking = Connection.ask

    def counting(self, kind, *arguments, **options):
        ahead = kind == "ask" and arguments[1] == exercise_session._PREFETCH_S
        kinds.append("prefetch" if ahead else kind)
        return asking(self, kind, *arguments, **options)

    monkeypatch.setattr(Connection, "ask", counting)
    # On a busy machine, what found no time ahead would be asked once more, by itself.
    monkeypatch.setattr(exercise_session, "_PREFETCH_S", 30.0)
    four = ("hth_likelihood", "kl_asymmetry", "stable_nll", "mse_from_normal_nll")
    preparation = prepare_course(COURSE, only=four)
    paper = Paper(tuple(REFERENCE[name] for name in four))
    with Sandbox(COURSE.sandbox, Isolation.NONE) as sandbox:
        result = grade_submission(preparation, paper, sandbox)
        assert result.score == result.max_score
    asked = Counter(kinds)
    # What is timed is asked by itself: once to warm up, then at three sizes, again while in doubt.
    assert asked.pop("ask") % 3 == 1
    # Twice each, and once more for the hidden variable of the first.
    assert asked == {"run": 4, "prefetch": 9}


def first_mistakes():
    programs = (exercise.mistakes[0].program for exercise in COURSE.exercises.values())
    return tuple(program.read_text(encoding="utf-8") for program in programs)


@pytest.mark.parametrize("cells", [tuple(REFERENCE.values()), first_mistakes()])
def test_exercises_that_share_a_fork_get_what_they_get_in_one_of_their_own(cells, monkeypatch):
    forks = []
    fork = session_module.Session.fork

    def counting(self, *arguments):
        forks.append(arguments)
        return fork(self, *arguments)

    monkeypatch.setattr(session_module.Session, "fork", counting)
    preparation = prepare_course(COURSE)
    with Sandbox(COURSE.sandbox, Isolation.NONE) as sandbox:
        shared = grade_submission(preparation, Paper(cells), sandbox)
        few = len(forks)
        monkeypatch.setattr(grading, "harmless_functions", lambda *_: None)
        separate = grade_submission(preparation, Paper(cells), sandbox)
    assert shared.exercises == separate.exercises
    assert few < len(COURSE.exercises) / 3
    assert len(forks) - few >= len(COURSE.exercises)


class Crashing(Check):
    kind = "crashing"

    @property
    def subject(self):
        return "kl"

    def prepare(self, context):
        return None

    def judge(self, prepared, student):
        if student.get("witness").value is None:
            raise ZeroDivisionError("ours")
        raise SandboxError("the session is gone")

    def queries(self, prepared):
        raise LookupError("ours as well")


class Silent(Crashing):
    queries = Check.queries


def test_a_kind_that_does_not_say_what_it_asks_asks_nothing_ahead():
    assert PreparedCheck(Silent(name="silent", points=Decimal(1)), None).queries() == ()


FED_BACK = {"property": "f(f(2)) == 16 and x == 1", "name": "c", "points": 1}


def test_what_hangs_on_an_answer_is_not_asked_ahead():
    check = PropertyCheck.model_validate(FED_BACK)
    names = {"f": lambda n: n * n, "x": 1}
    context = CheckContext(
        exercise="e", reference=names, defines=("f", "x"), tolerance=Tolerance(), seed=1
    )
    prepared = check.prepare(context)
    assert check.queries(prepared) == ()
    assert check.judge(prepared, Remote(names)).passed


def test_a_check_at_fault_asks_nothing_ahead():
    preparation = prepare_course(COURSE, only=["kl_asymmetry"])
    name = preparation.exercises[0].checks[0].check.name
    (ready,) = broken(preparation, name, fault=CheckError("no")).exercises
    assert ready.checks[0].queries() == ()


# Ours or theirs


def test_a_dead_zygote_costs_a_second_try():
    result = graded(REFERENCE["kl_asymmetry"], engine=InProcess([ZygoteDied("gone")]))
    assert (result.status, result.score) == ("graded", 10)


def test_a_zygote_that_dies_twice_is_reported_and_not_graded():
    result = graded(engine=InProcess([ZygoteDied("gone"), ZygoteDied("gone again")]))
    assert (result.status, result.reason, result.score) == ("error", "gone again", 0)


class Killing(InProcess):
    """An engine whose first runs are killed, after the first cell."""

    def __init__(self, times):
        super().__init__()
        self.times, self.runs = times, 0

    @contextmanager
    def run_notebook(self, source):
        self.runs += 1
        killed = self.runs <= self.times
        with super().run_notebook(NotebookSource(source.cells[: 1 if killed else None])) as run:
            run.killed = killed
            yield run


@pytest.mark.parametrize(("times", "runs", "score"), [(0, 1, 10), (1, 2, 10), (2, 2, 0)])
def test_a_notebook_that_was_killed_is_graded_once_more_and_then_as_it_is(times, runs, score):
    engine = Killing(times)
    result = graded("x = 1", REFERENCE["kl_asymmetry"], engine=engine)
    assert (result.status, result.score, engine.runs) == ("graded", score, runs)


def test_a_fault_of_the_sandbox_is_reported_and_not_graded():
    result = graded(engine=InProcess([SandboxError("no room")]))
    assert (result.status, result.reason) == ("error", "no room")


def broken(preparation, name, **changes):
    """Return the preparation with one check changed."""
    (ready,) = preparation.exercises
    checks = tuple(
        replace(check, **changes) if check.check.name == name else check for check in ready.checks
    )
    return replace(preparation, exercises=(replace(ready, checks=checks),))


def test_a_check_that_is_itself_at_fault_costs_the_student_nothing():
    preparation = prepare_course(COURSE, only=["kl_asymmetry"])
    name = preparation.exercises[0].checks[0].check.name
    at_fault = broken(preparation, name, fault=CheckError("the reference does not pass"))
    assert [fault[:2] for fault in at_fault.faults] == [("kl_asymmetry", name)]
    result = grade_submission(at_fault, Paper((REFERENCE["kl_asymmetry"],)), InProcess())
    first = result.exercises[0].checks[0]
    assert (first.status, first.points) == ("error", first.max_points)
    assert first.message == "the reference does not pass"
    assert result.exercises[0].status == "error"


def test_who_makes_us_crash_earns_nothing_by_it_and_loses_no_other_point():
    preparation = prepare_course(COURSE, only=["kl_asymmetry"])
    crashing = Crashing(name="crash", points=Decimal(3))
    (ready,) = preparation.exercises
    checks = (*ready.checks, PreparedCheck(crashing, None))
    with_crash = replace(preparation, exercises=(replace(ready, checks=checks),))
    program = REFERENCE["kl_asymmetry"] + "\nwitness = None"
    result = grade_submission(with_crash, Paper((program,)), InProcess())
    last = result.exercises[0].checks[-1]
    assert (last.status, last.points) == ("error", 0)
    assert last.message == "judging raised ZeroDivisionError: ours"
    assert (result.score, result.max_score) == (8, 13)


def test_a_check_that_cannot_say_what_it_asks_is_asked_when_it_comes_up():
    (ready,) = prepare_course(COURSE, only=["kl_asymmetry"]).exercises
    crashing = PreparedCheck(Crashing(name="crash", points=Decimal(3)), None)
    result, remote = put_to({"witness": None}, replace(ready, checks=(crashing,)))
    assert remote.ahead == [[], []]
    assert result.checks[0].message == "judging raised ZeroDivisionError: ours"


def test_a_sandbox_that_fails_while_a_check_asks_is_not_the_checks_fault():
    preparation = prepare_course(COURSE, only=["kl_asymmetry"])
    crashing = PreparedCheck(Crashing(name="crash", points=Decimal(3)), None)
    (ready,) = preparation.exercises
    with_crash = replace(preparation, exercises=(replace(ready, checks=(crashing,)),))
    result = grade_submission(with_crash, Paper((REFERENCE["kl_asymmetry"],)), InProcess())
    assert (result.status, result.reason) == ("error", "the session is gone")
