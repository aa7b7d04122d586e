"""Exercises that share the dict of answers of their quizzes."""

from __future__ import annotations

import pytest

from grader.course import load_course
from tests.course.tiny import COURSE, faults_of, write

QUIZ = """\
id: {id}
title: A quiz
unit: {unit}
points: 1
prompt: Answer.
defines: [answers]
max_attempts: 2
counts: last
explain: last_attempt
checks:
  - quiz: answers
    question: {question}
    name: The question
    points: 1
    answer: 2.5
"""
VALUE = """\
id: {id}
title: No quiz
unit: {unit}
points: 1
prompt: Answer.
defines: [answers]
checks:
  - value: answers
    name: The value
    points: 1
    expected: {{a: 1}}
"""


def course(tmp_path, *exercises):
    """Write a course; an exercise is a unit, an id, a question and its form."""
    units = {unit: [] for unit, *_ in exercises}
    texts = {}
    for unit, name, question, form in exercises:
        units[unit].append(name)
        texts[f"exercises/{unit}/{name}.yaml"] = form.format(id=name, unit=unit, question=question)
        texts[f"solutions/{unit}/{name}/reference.py"] = "answers = {}"
    listed = "".join(
        f"  - {{id: {unit}, title: A unit, exercises: [{', '.join(names)}]}}\n"
        for unit, names in units.items()
    )
    return write(tmp_path, {COURSE: f"title: A course\nunits:\n{listed}", **texts})


def test_quizzes_of_a_unit_may_share_the_dict_of_answers(tmp_path):
    folder = course(tmp_path, ("u", "one", "a", QUIZ), ("u", "two", "b", QUIZ))
    assert load_course(folder).shared_names == ("answers",)


def test_quizzes_of_two_units_share_it_too(tmp_path):
    folder = course(tmp_path, ("u", "one", "a", QUIZ), ("v", "two", "a", QUIZ))
    assert load_course(folder).shared_names == ("answers",)


def test_what_one_exercise_alone_defines_is_shared_with_nobody(tmp_path):
    assert load_course(course(tmp_path, ("u", "one", "a", QUIZ))).shared_names == ()


@pytest.mark.parametrize("forms", [(QUIZ, VALUE), (VALUE, QUIZ)])
def test_what_more_than_questions_are_about_is_not_shared(tmp_path, forms):
    folder = course(tmp_path, ("u", "one", "a", forms[0]), ("v", "two", "b", forms[1]))
    assert load_course(folder).shared_names == ()
    (fault,) = faults_of(
        course(tmp_path / "2", ("u", "one", "a", forms[0]), ("u", "two", "b", forms[1]))
    )
    assert (
        fault.message
        == "the exercise `one` of this unit defines `answers` already: choose another name"
    )


def test_a_question_that_another_exercise_asks_is_told(tmp_path):
    (fault,) = faults_of(course(tmp_path, ("u", "one", "law_1", QUIZ), ("u", "two", "Law 1", QUIZ)))
    assert (fault.path.name, fault.key) == ("two.yaml", "defines[0]")
    assert fault.message == (
        "the exercise `one` of this unit asks the question `law1` of `answers` already: choose "
        "another key"
    )


def test_a_question_that_is_asked_twice_is_told(tmp_path):
    again = QUIZ.replace("points: 1\nprompt", "points: 2\nprompt") + (
        "  - {{quiz: answers, question: A b, name: Again, points: 1, answer: 1}}\n"
    )
    (fault,) = faults_of(course(tmp_path, ("u", "one", "a_b", again)))
    assert fault.key == "checks[1].question"
    assert "already exists, as checks[0]: rename or remove one" in fault.message


def test_the_keys_about_attempts_are_kept(tmp_path):
    folder = course(
        tmp_path, ("u", "one", "a", QUIZ), ("u", "two", "b", VALUE.replace("answers", "x"))
    )
    one, two = load_course(folder).exercises.values()
    assert (one.max_attempts, one.counts, one.explain) == (2, "last", "last_attempt")
    assert (two.max_attempts, two.counts, two.explain) == (None, "best", "right")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("max_attempts: 2", "max_attempts: 0", "this must be at least 1"),
        ("counts: last", "counts: first", "this must be 'best' or 'last'"),
        ("explain: last_attempt", "explain: later", "'never', 'right', 'always' or 'last_attempt'"),
    ],
)
def test_what_is_wrong_about_attempts_is_told(tmp_path, old, new, message):
    (fault,) = faults_of(course(tmp_path, ("u", "one", "a", QUIZ.replace(old, new))))
    assert message in fault.message


STYLE = """\
id: {id}
title: Style
unit: {unit}
points: 4
prompt: Print it.
defines: []
checks:
  - {{output: printed, name: The text, points: 2, equals: done}}
  - {{source: "*", name: The style, points: 1, avoids: [for]}}
  - {{source: "*", name: More style, points: 1, uses: [sum]}}
"""


def test_how_code_is_written_costs_no_more_than_a_quarter(tmp_path):
    (fault,) = faults_of(course(tmp_path / "1", ("u", "one", "", STYLE)))
    assert fault.key == "checks[2].points"
    assert fault.message == (
        "how code is written may cost at most 25% of the exercise's points, here 1, and `source` "
        "checks cost 2: lower their points"
    )
    cheaper = STYLE.replace("points: 1", "points: 0.5").replace("points: 2", "points: 3")
    assert (
        load_course(course(tmp_path / "2", ("u", "one", "", cheaper))).exercises["one"].defines
        == ()
    )
