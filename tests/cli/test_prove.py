"""``grader prove``: what an author sees, and how it ends."""

from __future__ import annotations

import io
import re
import sys

import pytest

from grader.authoring.prove.proof import CourseProof
from grader.authoring.prove.prove_exercise import prove_exercise
from grader.cli import prove
from tests.cli.conftest import ROOT
from tests.course.tiny import EXERCISE, REFERENCE, changed, files, write

NONE = ("--isolation", "none")
WEAK = {
    **changed(EXERCISE, "    trials: 10\n", "    trials: 1\n"),
    REFERENCE: "def two_heads(p):\n    return p * p if p < 7 else 1.0\n",
}


@pytest.fixture(autouse=True)
def _few_seeds(monkeypatch):
    """Try two further seeds and not twenty: nothing that is printed here hangs on them."""
    monkeypatch.setitem(prove_exercise.__kwdefaults__, "seeds", (1, 2**40))


def test_a_proven_course_has_a_row_an_exercise_and_ends_with_0(grader, tmp_path):
    done = grader("prove", "--course", write(tmp_path, files()), *NONE)
    assert (done.status, done.err) == (0, "")
    head, row, _, last, *_ = done.out.splitlines()
    assert head.split()[:3] == ["exercise", "claims", "mutants"]
    assert row.split()[0] == "two_heads"
    assert "100.0%" in row
    assert row.split()[-1] == "proven"
    assert last.startswith("1 of 1 exercises are proven, with 5 mutants of their references, in ")


@pytest.mark.strong
def test_programs_run_at_the_strongest_tier_where_none_is_named(grader, tmp_path):
    done = grader("prove", "two_heads", "--course", write(tmp_path, files()), "--json")
    assert (done.status, done.json["isolation"]) == (0, "strong")


def test_what_falls_short_is_told_and_ends_with_1(grader, tmp_path):
    done = grader("prove", "--course", write(tmp_path, WEAK), *NONE)
    assert (done.status, done.err) == (1, "")
    assert "FALLS SHORT" in done.out
    assert "\ntwo_heads\n  " in done.out
    assert "\n  mutants: mutants\n    " in done.out
    told = done.out.split("no check catches this mutant of reference.py, line 2:\n")[1]
    assert told.startswith("    @@ -1,2 +1,2 @@\n     def two_heads(p):\n    -    return p * p if")
    assert "    looks equivalent: the same answers to " in done.out
    assert "    id: two_heads: return p * p if p < 7 else 1.0 -> return" in done.out
    assert "0 of 1 exercises are proven" in done.out


def test_the_survivor_on_the_page_is_what_is_printed(grader, tmp_path):
    page = (ROOT / "docs" / "how-to" / "prove-exercises.md").read_text(encoding="utf-8")
    reference, shown = re.findall(r"```(?:python|text)\n(.*?)```", page, re.DOTALL)[:2]
    course = write(tmp_path, {**files(), REFERENCE: reference})
    done = grader("prove", "--course", course, *NONE)
    drawn = re.compile(r"\d\.\d{10,}")  # numpy may draw others in another version
    assert drawn.sub("?", shown) in drawn.sub("?", done.out)
    assert "17 of 20 are caught" in done.out
    assert "17 of 20 mutants are caught" in page


def test_json_holds_every_claim_and_is_all_that_is_printed(grader, tmp_path):
    done = grader("prove", "--course", write(tmp_path, WEAK), *NONE, "--json")
    assert (done.status, done.err) == (1, "")
    proof = CourseProof.model_validate_json(done.out)
    assert not proof.holds
    (exercise,) = proof.exercises
    assert {claim.kind for claim in exercise.broken} >= {"mutants"}
    assert exercise.mutants.survivors
    assert len(exercise.claims) > 15


def test_a_bar_on_a_terminal_names_the_exercise(grader, tmp_path, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal)
    grader("prove", "--course", write(tmp_path, files()), *NONE)
    assert "Proving" in terminal.getvalue()
    assert "two_heads" in terminal.getvalue()


def test_an_exercise_that_is_not_there_is_told(grader, tmp_path):
    done = grader("prove", "one_head", "--course", write(tmp_path, files()), *NONE)
    assert (done.status, done.out) == (2, "")
    assert "The course has no exercise `one_head`; it has: two_heads." in done.err


def test_a_course_that_is_not_there_is_told(grader, tmp_path):
    done = grader("prove", "--course", tmp_path, *NONE)
    assert (done.status, done.out) == (2, "")
    assert "a course needs this file, and it is missing" in done.err


def test_a_machine_that_offers_no_tier_is_told(grader, tmp_path, monkeypatch):
    monkeypatch.setattr(prove, "tiers", lambda pieces: ())
    done = grader("prove", "--course", write(tmp_path, files()))
    assert (done.status, done.out) == (2, "")
    assert "This machine offers no isolation tier; `grader doctor` shows why." in done.err


def test_without_mutmut_it_is_told_how_to_get_it(grader, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mutmut.mutation.mutators", None)
    done = grader("prove", "--course", write(tmp_path, files()), *NONE)
    assert (done.status, done.out) == (2, "")
    assert "pip install 'notebook-grader[prove]'" in done.err
