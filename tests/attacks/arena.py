"""Where attacks are let loose: a real sandbox, a real grading, and what must hold afterwards."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from grader.course import Course
from grader.grading.grade import grade_submission
from grader.grading.preparation import prepare_course
from grader.guest.limits.own_time import OwnTime, itself
from grader.guest.limits.remove_tree import remove_tree
from grader.notebook import Notebook, read_notebook
from grader.results import SubmissionResult
from grader.sandbox.engine import Isolation
from grader.sandbox.notebook_run import NotebookRun, NotebookSource
from grader.sandbox.outcome import CellOutcome
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.settings import SandboxSettings
from grader.sandbox.zygote import Zygote
from tests.attacks.course import GOOD, STARTER, Secrets
from tests.notebooks import notebook_bytes

PRELUDE = Path(__file__).with_name("prelude.py").read_text(encoding="utf-8")
MIB = 1024**2
LIMITS: Mapping[str, float] = {
    "cell_s": 2,
    "notebook_s": 4,
    "call_s": 1,
    "exercise_s": 2,
    "cpu_s": 3,
    "memory_bytes": 512 * MIB,
    "total_bytes": 1024 * MIB,
    "processes": 24,
    "file_bytes": 8 * MIB,
    "files": 256,
    "open_files": 64,
    "output_bytes": 64 * 1024,
}
"""Short, so that a bomb is over soon; an attack may give its own."""

NAMES = ("motto", "square")
MARK = "left_by_attack"  # what an attack names the files that it tries to leave behind
PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/run", "/root", "/home")


@dataclass(frozen=True)
class Paper:
    """A submission of code cells."""

    cells: Sequence[str]
    student: str = "mallory"
    notebook: str = "mallory.ipynb"

    def read(self) -> Notebook:
        return read_notebook(notebook_bytes(self.cells), name=self.notebook)


@dataclass
class Recorder:
    """Runs notebooks in the sandbox, and keeps what the attack's own names hold afterwards."""

    sandbox: Sandbox
    outcomes: tuple[CellOutcome, ...] = ()
    answers: list[object] = field(default_factory=list)

    def run_notebook(self, source: NotebookSource) -> NotebookRun:
        run = self.sandbox.run_notebook(source)
        self.outcomes = run.outcomes
        with run.session.open() as asked:
            self.answers = [asked.get("loot")]
        return run


@dataclass(frozen=True, kw_only=True)
class Raid:
    """What came of an attack.

    Attributes
    ----------
    result : SubmissionResult
        Its grade.
    outcomes : tuple of CellOutcome
        What became of its cells.
    loot : object
        The answer that its variable `loot` gave.
    report : str
        Everything that it could tell its author: loot, printed text, errors, feedback.
    seconds : float
        Own time of the whole grading, this side's and the sandbox's [s].
    """

    result: SubmissionResult
    outcomes: tuple[CellOutcome, ...]
    loot: object
    report: str
    seconds: float


class Arena:
    """One sandbox, in which one submission after another is graded.

    Parameters
    ----------
    course : Course
        The course of secrets.
    secret : Secrets
        What stands in it.
    isolation : Isolation
        The tier.
    settings : SandboxSettings
        The limits; the Python.
    without : frozenset of str
        Layers that are left out, for a counter-proof.
    known : Mapping of str to object
        What an attack is told of the machine, by the names that it uses for it.
    """

    def __init__(
        self,
        course: Course,
        secret: Secrets,
        isolation: Isolation,
        settings: SandboxSettings,
        without: frozenset[str] = frozenset(),
        known: Mapping[str, object] | None = None,
    ) -> None:
        self.course = course
        self.secret = secret
        self.preparation = prepare_course(course)
        self.sandbox = Sandbox(settings, isolation, hidden=(course.folder,))
        self.without = without
        self.known = {"COURSE": course.folder, "MARK": MARK, "HOME": Path.home(), **(known or {})}
        if without:
            self.sandbox._zygote = Zygote.start(
                settings, isolation, hidden=(course.folder,), _without=without
            )
        else:
            self.sandbox.session().close()
        self.first_zygote = self.zygote
        self.files_before = self.files()

    @property
    def zygote(self) -> int | None:
        """The process that sessions are forked from, None where there is none now."""
        zygote = self.sandbox._zygote
        if zygote is None or not zygote.alive:
            return None
        first = zygote._booted.process.pid
        own = children(first) if self.sandbox._isolation is Isolation.STRONG else [first]
        return own[0] if own else None

    @property
    def replaced(self) -> bool:
        """Whether the first zygote died, so that nothing of `without` is left out any more."""
        return self.zygote != self.first_zygote

    def raid(self, *cells: str, answer: str = STARTER, prelude: str = PRELUDE) -> Raid:
        """Grade a notebook of some cells and an answer, as any submission."""
        recorder = Recorder(self.sandbox)
        clock = OwnTime(itself)
        paper = Paper([prelude, *map(self.aim, cells), answer])
        result = grade_submission(self.preparation, paper, recorder)
        told = [repr(recorder.answers), *map(repr, recorder.outcomes), *shown_of(result)]
        return Raid(
            result=result,
            outcomes=recorder.outcomes,
            loot=recorder.answers[0] if recorder.answers else None,
            report="\n".join(told),
            seconds=clock.sample(),
        )

    def aim(self, code: str) -> str:
        """Tell an attack what a student might know or guess."""
        for name, value in {**self.known, "ZYGOTE": self.zygote}.items():
            code = code.replace(f"@{name}@", str(value))
        return code

    @cached_property
    def plain(self) -> Mapping[str, Decimal]:
        """Scores of the starter, and of a good answer, when nobody attacks."""
        papers = {"starter": STARTER, "good": GOOD}
        return {name: self.raid(answer=text).result.score for name, text in papers.items()}

    def hold(self, raid: Raid, *, points: Decimal | None = None, within_s: float = 15.0) -> None:
        """Hold what must be true after every attack.

        No secret is told, no point is gained over `points` (what the answer alone earns), nothing
        is left of it, and who comes next in the same sandbox gets what is theirs.
        """
        assert self.secret.found_in(raid.report) == [], raid.report
        assert raid.result.score <= (self.plain["starter"] if points is None else points)
        assert raid.seconds < within_s
        assert self.strays() == [], self.strays()
        assert self.leftovers() == [], self.leftovers()
        following = self.raid(answer=GOOD)
        assert following.result.status == "graded"
        assert following.result.score == self.plain["good"], following.report
        assert self.strays() == [], self.strays()

    def strays(self) -> list[str]:
        """Return the processes of sessions, of which there must be none between submissions."""
        return [] if self.zygote is None else [command_of(pid) for pid in offspring(self.zygote)]

    def leftovers(self) -> list[str]:
        """Return the files that are there since the sandbox started."""
        return sorted(self.files() - self.files_before)

    @property
    def scratch(self) -> Path:
        """Where sessions at `basic` have their folders."""
        assert self.zygote is not None
        return Path(f"/proc/{self.zygote}/cwd").resolve()

    def clean(self) -> None:
        """Remove what an attack left on the machine, and end its processes."""
        for pid in offspring(self.zygote or 0):
            os.kill(pid, signal.SIGKILL)
        for path in self.files() - self.files_before:
            remove_tree(path) if Path(path).is_dir() else Path(path).unlink()

    def files(self) -> set[str]:
        """Return files that attacks tried to leave, and those where sessions have their homes."""
        found = [str(path) for place in PLACES for path in Path(place).glob(f"*{MARK}*")]
        if self.zygote is not None and self.sandbox._isolation is Isolation.STRONG:
            root = Path(f"/proc/{self.zygote}/root")
            found += [str(path) for path in root.glob("home/student/*")]
            found += [str(path) for path in root.glob("tmp/*") if "mount_view" not in self.without]
        elif self.zygote is not None and not self.replaced:
            found += [str(path) for path in self.scratch.iterdir()]
        return set(found)

    def close(self) -> None:
        """End the sandbox."""
        self.sandbox.close()


def shown_of(result: SubmissionResult) -> list[str]:
    """Return what a student reads of a result."""
    checks = [check for exercise in result.exercises for check in exercise.checks]
    return [result.reason, *(check.message if check.visible else check.brief for check in checks)]


def children(pid: int) -> list[int]:
    """Return the processes that a process started and that still run."""
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in listed.split()]


def offspring(pid: int) -> list[int]:
    """Return all that descend from a process."""
    own = children(pid)
    return own + [below for child in own for below in offspring(child)]


def command_of(pid: int) -> str:
    """Return what a process was started as, for a message."""
    try:
        text = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return f"{pid}, gone"
    return re.sub(r"\0", " ", f"{pid} {text}")[:80]
