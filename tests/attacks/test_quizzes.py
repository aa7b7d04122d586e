"""Answers to a quiz that want to be every answer at once, and what they earn."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.attacks.exam import reference
from tests.attacks.naive import convinced
from tests.clocks import own_clock

pytestmark = pytest.mark.strong

KEYS = (
    "free_throws",
    "mixed_shots",
    "one_scale",
    "five_scales",
    "streaky_player",
    "tomorrow",
)
LABELS = ("iid", "not independent", "not identically distributed")
EXERCISE = "iid_or_not"

# Each binds `answers`; none of it can be understood, so that none of it is an attempt.
NOT_UNDERSTOOD = {
    "dict_that_changes_its_mind": """
        import itertools
        class Answers(dict):
            turn = itertools.count()
            def __getitem__(self, key): return LABELS[next(self.turn) % 3]
            def get(self, key, default=None): return self[key]
            def items(self): return [(key, self[key]) for key in KEYS]
        answers = Answers.fromkeys(KEYS, "iid")""",
    "dict_that_has_every_key": """
        class Answers(dict):
            def __missing__(self, key): return "iid"
            def __contains__(self, key): return True
        answers = Answers()""",
    "object_with_every_attribute": """
        class Answers:
            def __getattr__(self, name): return lambda *_: "iid"
            def __getitem__(self, key): return "iid"
        answers = Answers()""",
    "text_that_equals_everything": """
        class Any(str):
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            __hash__ = str.__hash__
        answers = dict.fromkeys(KEYS, Any("iid"))""",
    "key_that_equals_everything": """
        class Any(str):
            def __eq__(self, other): return True
            def __hash__(self): return 0
        answers = {Any(key): "iid" for key in KEYS}""",
    "every_choice_at_once": "answers = dict.fromkeys(KEYS, list(LABELS))",
    "every_choice_in_one_text": "answers = dict.fromkeys(KEYS, ' '.join(LABELS))",
    "nested_very_deep": """
        answers = "iid"
        for _ in range(10_000): answers = {"free_throws": answers}""",
    "refers_to_itself": "answers = {}\nanswers['free_throws'] = answers",
    "ten_megabytes_of_text": "answers = dict.fromkeys(KEYS, 'iid' * 4_000_000)",
    "not_a_number": "answers = dict.fromkeys(KEYS, float('nan'))",
    "bytes": "answers = dict.fromkeys(KEYS, b'iid')",
    "a_generator": "answers = {key: (label for label in LABELS) for key in KEYS}",
    "list_of_pairs": "answers = [(key, 'iid') for key in KEYS]",
    "a_class": "class answers: free_throws = one_scale = 'iid'",
}


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
def test_what_wants_to_be_every_answer_is_none(exam, arenas, name):
    code = f"KEYS, LABELS = {KEYS!r}, {LABELS!r}\n{dedent(NOT_UNDERSTOOD[name])}"
    started = own_clock()
    sat = exam.sit(EXERCISE, code)
    assert started.sample() < 5
    assert (sat.score, sat.passed, sat.exercise.spends_attempt) == (0, [], False)
    arenas.tell(f"answers_{name}", "wire", "strong", "test_such_a_text_convinces_others")


def test_such_a_text_convinces_others():
    names: dict[str, object] = {"KEYS": KEYS, "LABELS": LABELS}
    exec(dedent(NOT_UNDERSTOOD["text_that_equals_everything"]), names)
    assert convinced(names["answers"]["one_scale"], "anything") is not None


def test_many_spellings_of_one_key_are_one_answer(exam, arenas):
    spelt = {
        spelling: LABELS[index % 3]
        for key in KEYS
        for index, spelling in enumerate([key, key.upper(), key.replace("_", " "), f" {key} "])
    }
    sat = exam.sit(EXERCISE, f"answers = {spelt!r}")
    exact = exam.sit(EXERCISE, f"answers = {dict.fromkeys(KEYS, LABELS[0])!r}")
    assert sat.passed == exact.passed
    arenas.tell("answers_many_spellings", "comparison", "strong", "same as one spelling")


def test_a_wrong_answer_is_told_nothing_of_the_right_one(exam, arenas):
    right = exam.sit(EXERCISE, reference(EXERCISE))
    assert all(check.explanation for check in right.exercise.checks)
    wrong = {
        "free_throws": LABELS[1],
        "mixed_shots": LABELS[1],
        "one_scale": LABELS[2],
        "five_scales": LABELS[1],
        "streaky_player": LABELS[2],
        "tomorrow": LABELS[2],
    }
    sat = exam.sit(EXERCISE, f"answers = {wrong!r}")
    assert sat.score == 0
    for check in sat.exercise.checks:
        assert check.explanation == ""
        told = [label for label in LABELS if label in check.seen_by_student]
        assert told in ([], [wrong[check.message.split("'")[1]]])
    arenas.tell("answers_ask_for_the_right_one", "comparison", "strong", "messages")


SPITEFUL = """
class Key:
    def __hash__(self): return 1
    def __eq__(self, other):
        while True: pass
answers = {Key(): 1}
"""


def test_a_key_that_hangs_when_it_is_compared_hangs_nothing(exam, arenas):
    sat = exam.sit(EXERCISE, SPITEFUL, "answers = {Key(): 2}", reference(EXERCISE))
    assert (sat.score, sat.result.cells) == (6, ())
    arenas.tell("answers_hang_when_merged", "comparison", "strong", "no such key is kept")
