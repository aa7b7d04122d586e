"""A clock that is set back in the middle of a run moves no grade, no late day and no order."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grader.course import load_course
from grader.gradebook.database.book import open_gradebook
from grader.gradebook.log import read_log
from grader.gradebook.reporting import report
from tests.course import tiny
from tests.faults.classes import ANSWERS, GRADER, Class, contents, wait_for_results

CLOCK = Path(__file__).with_name("clock")
HOURS = 3600.0
DUE = datetime(2026, 10, 31, 18, tzinfo=UTC)
POLICY = """
policy:
  counts: last
  late: {due: {coins: "2026-10-31 18:00"}, per_day: 0.1}
"""
EXERCISE = "two_heads"


class TimedClass(Class):
    """A class that nbgrader collected, each student a day later than the one before."""

    @classmethod
    def make(cls, folder: Path, size: int) -> Class:
        texts = tiny.files()
        tiny.write(folder / "course", texts | {tiny.COURSE: texts[tiny.COURSE] + POLICY})
        made = cls(folder, size)
        for number in range(size):
            made.hand_in(number, len(ANSWERS) * number, DUE + timedelta(days=number - 3, hours=-1))
        return made

    def hand_in(self, number: int, answer: int, when: datetime) -> None:
        folder = self.folder / "work" / "submitted" / f"student{number:04}" / "coins"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "work.ipynb").write_bytes(self.notebook(answer))
        (folder / "timestamp.txt").write_text(f"{when:%Y-%m-%d %H:%M:%S} UTC\n")


class Term:
    """A class, its gradebook, and the clock of the machine that grades it."""

    def __init__(self, folder: Path, gradebook: str) -> None:
        self.folder, self.gradebook = folder, gradebook
        self.wrong_by_s = 0.0
        self.turn_back(0.0)
        made = TimedClass.make(folder / "class", 10)
        clock = {"PYTHONPATH": str(CLOCK), "CLOCK_WRONG_BY": str(folder / "wrong_by")}
        self.school = replace(made, environment=clock)

    def turn_back(self, seconds: float) -> None:
        """Set the clock, at once for whoever looks at it."""
        self.wrong_by_s -= seconds
        (self.folder / "part").write_text(str(self.wrong_by_s))
        (self.folder / "part").replace(self.folder / "wrong_by")

    def grade(self) -> None:
        """Grade, and set the clock back when some are graded and others are not."""
        process = self.school.start(self.gradebook)
        wait_for_results(process, 2)
        self.turn_back(6 * HOURS)
        _, complained = process.communicate(timeout=120)
        assert process.returncode == 0, complained

    def override(self, student: str, score: str, why: str) -> None:
        command = [
            GRADER, "gradebook", "override", student, EXERCISE, score, "--why", why,
            "--course", self.school.folder / "course", "--gradebook", self.gradebook,
        ]  # fmt: skip
        subprocess.run(command, check=True, timeout=60, env=self.school.surroundings)

    def entries(self):
        with open_gradebook(self.gradebook) as book:
            return book.read(lambda c: list(read_log(c)))

    def reported(self):
        """Return what students have, as their scores, the days that they are late, and tries."""
        course = load_course(self.school.folder / "course")
        with open_gradebook(self.gradebook) as book:
            found = book.read(lambda c: list(report(c, course)))
        each = [student.exercises[EXERCISE] for student in found]
        return [(float(one.score), one.late.days, one.attempt) for one in each]


@pytest.fixture
def term(tmp_path, gradebook) -> Term:
    (tmp_path / "class").mkdir()
    return Term(tmp_path, gradebook)


def test_a_clock_that_steps_back_in_the_middle_changes_nothing(term, gradebooks):
    term.grade()
    begun, ended = term.entries()
    assert begun.at > ended.at  # it was seen to step back
    untroubled = gradebooks()
    replace(term.school, environment={}).start(untroubled).communicate(timeout=120)
    assert contents(term.gradebook) == contents(untroubled)

    late = [0, 0, 0, 0, 1, 2, 3, 4, 5, 6]
    assert term.reported() == [(round(3 * (1 - days / 10), 1), days, 1) for days in late]

    # What comes last by the order of things is the newest, whatever the clock says.
    term.school.hand_in(0, 1, DUE - timedelta(days=1))
    term.grade()
    term.override("student0001", "1", why="first")
    term.turn_back(6 * HOURS)
    term.override("student0001", "2", why="second")
    assert term.reported()[:2] == [(0.0, 0, 2), (2.0, 0, 1)]
    first, second = term.entries()[-2:]
    assert first.at > second.at
    assert (first.details["why"], second.details["why"]) == ("first", "second")
    assert contents(term.gradebook)  # it is sound
