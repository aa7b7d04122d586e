"""What is searched for in that which a student is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.authoring.prove.leaks import find_leaks
from grader.course import load_course
from grader.grading.preparation import prepare_course
from tests.course.tiny import COURSE, EXERCISE, REFERENCE, files, write

ROOT = Path(__file__).parents[3]
YAML = """\
id: two_heads
title: Any
unit: coins
points: 3
prompt: |
  PROMPT
defines: [f, best]
checks:
  - {function: f, name: Shown, points: 1, visible: true, cases: [{args: [1.0]}]}
  - {value: best, name: Best, points: 1}
  - {function: f, name: Hidden, points: 1, cases: [CASE]}
"""


def leaks(folder: Path, prompt: str, case: str = "{args: [2.0]}") -> dict[str, str]:
    """Return where something leaks, and what; f(x) is {x: [x, some text]}."""
    texts = {
        COURSE: files()[COURSE],
        EXERCISE: YAML.replace("PROMPT", prompt).replace("CASE", case),
        REFERENCE: "best = 0.7234561\n\n\ndef f(x):\n    return {'it': [x, 'what f returns']}\n",
    }
    preparation = prepare_course(load_course(write(folder, texts)))
    assert preparation.faults == ()
    found = find_leaks(preparation, [])
    return {trial.about: trial.failure for trial in found if trial.failure}


def test_what_is_short_or_shown_is_no_secret(tmp_path):
    assert leaks(tmp_path, "f(2.0) gives what f returns") == {}


@pytest.mark.parametrize(
    ("prompt", "case", "leak"),
    [
        ("best is 0.7234561 here", "{args: [2.0]}", "0.7234561"),
        ("best is about 0.723456.", "{args: [2.0]}", "0.723456"),
        ("try -3.14159265 too", "{args: [-3.14159265]}", "3.14159265"),
        ("at 1.234567e-40 too", "{args: [1.234567e-40]}", "1.234567e-40"),
        ("try 123456789 too", "{args: [123456789]}", "123456789"),
        ("try [0.25, 0.1234567]", "{args: [[0.25, 0.1234567]]}", "0.1234567"),
        ("a long and hidden text", "{args: ['long and hidden']}", "long and hidden"),
        ("see 0.9876543 too", "{args: [{a: 0.9876543}]}", "0.9876543"),
    ],
)
def test_a_secret_is_found_in_whatever_it_stands(tmp_path, prompt, case, leak):
    found = leaks(tmp_path, prompt, case)
    assert found.keys() == {"prompt"}
    assert found["prompt"].startswith("it contains what only hidden checks ask or expect: ")
    assert leak in found["prompt"]


@pytest.mark.parametrize("prompt", ["10.72345619", "0.72345612", "1.234567"])
def test_another_number_that_holds_its_digits_is_none(tmp_path, prompt):
    assert leaks(tmp_path, prompt) == {}


def test_an_exercise_with_figures_leaks_nothing():
    preparation = prepare_course(load_course(ROOT), only=["candidate_curves"])
    assert [trial for trial in find_leaks(preparation, []) if trial.failure] == []


def test_what_a_bundle_holds_is_searched(tmp_path, monkeypatch):
    frozen = "grader.checks.kinds.function.FunctionCheck.to_bundle"
    monkeypatch.setattr(frozen, lambda check, prepared: {"cases": [(0.7234561,)]})
    assert leaks(tmp_path, "Any.").keys() == {"bundle"}


def test_a_secret_is_found_in_the_title_of_a_mistake(tmp_path):
    mistake = "solutions/coins/two_heads/mistakes/wrong.py"
    listed = "  - {id: wrong, title: 0.7234561 was expected, hint: Think.}\n"
    texts = {
        COURSE: files()[COURSE],
        EXERCISE: f"{YAML}mistakes:\n{listed}".replace("CASE", "{args: [2.0]}"),
        REFERENCE: "best = 0.7234561\n\n\ndef f(x):\n    return x\n",
        mistake: "best = 0\n\n\ndef f(x):\n    return x\n",
    }
    preparation = prepare_course(load_course(write(tmp_path, texts)))
    told = {trial.about: trial.failure for trial in find_leaks(preparation, [])}
    assert "0.7234561" in told["hints"]


def test_a_wrong_answer_that_is_a_hidden_right_one_stays_out_of_the_bundle(tmp_path, monkeypatch):
    listed = "  - {id: wrong, hint: Think.}\n"
    texts = {
        COURSE: files()[COURSE],
        EXERCISE: f"{YAML}mistakes:\n{listed}".replace("CASE", "{args: [2.0]}"),
        REFERENCE: "best = 0.5\n\n\ndef f(x):\n    return 1.2345678 if x == 2.0 else x\n",
        "solutions/coins/two_heads/mistakes/wrong.py": (
            "best = 0.5\n\n\ndef f(x):\n    return 1.2345678\n"
        ),
    }
    preparation = prepare_course(load_course(write(tmp_path, texts)))
    assert [trial for trial in find_leaks(preparation, []) if trial.failure] == []
    monkeypatch.setattr("grader.authoring.prove.leaks.withholding", lambda _: lambda _: False)
    told = {trial.about: trial.failure for trial in find_leaks(preparation, [])}
    assert "1.2345678" in told["bundle"]
