"""A bundle: what it keeps of a course, and that reading anybody's is safe."""

from __future__ import annotations

import math
import struct
import time
from contextlib import suppress
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from grader.bundle import Later, bundle_in_file, bundle_in_notebook, read_bundle
from grader.bundle.packing import LIMIT_CHARACTERS, pack, pack_text, unpack, unpack_text
from grader.checks.students.local import LocalStudent
from grader.errors import CourseError, NotebookError, UsageError
from grader.grading.judge_exercise import grade_exercise
from grader.magic import check_names
from grader.notebook import read_notebook
from tests.bundle.bundles import (
    CHECK,
    EXERCISE,
    FROZEN,
    KEYS,
    MISTAKE,
    UNIT,
    bundle_of,
    bundle_with,
    squeezed,
)
from tests.course.tiny import EXERCISE as EXERCISE_FILE
from tests.course.tiny import REFERENCE, changed
from tests.notebooks import code_cell, notebook_bytes


def results(bundle, **names):
    checks = read_bundle(bundle)
    return [grade_exercise(ready, LocalStudent(names)) for ready in checks.preparation.exercises]


def test_a_bundle_judges_as_the_course_does(tmp_path):
    bundle = bundle_of(tmp_path)
    (right,) = results(bundle, two_heads=lambda p: p**2)
    assert (right.id, right.score, right.max_score, right.status) == ("two_heads", 1, 1, "passed")
    (wrong,) = results(bundle, two_heads=lambda p: 2 * p)
    assert wrong.checks[0].message == "two_heads(0.5) is 1, expected 0.25 (off by 300 %)."
    assert wrong.checks[0].mistake == "sum_not_product"


def test_a_known_mistake_is_named_with_its_words_and_its_program_stays_out(tmp_path):
    bundle = bundle_of(tmp_path)
    report = check_names("", {"grader_checks": bundle, "two_heads": lambda p: p + p})
    for told in (repr(report), report._repr_html_()):
        assert "It looks like: sum not product" in told
        assert "Hint: " in told
    (exercise,) = unpack_text(bundle)["exercises"]
    (mistake,) = map(unpack, exercise["mistakes"])
    assert mistake["found"] == {"A fair coin": [["answered", 1.0]]}
    assert b"return p + p" not in pack(exercise)


def test_a_mistake_that_only_hidden_checks_could_tell_is_left_out(tmp_path):
    wrong = "solutions/coins/two_heads/mistakes/sum_not_product.py"
    halves = changed(wrong, "return p + p", "return p / 2")  # which is right for a fair coin
    (exercise,) = unpack_text(bundle_of(tmp_path, halves))["exercises"]
    assert exercise["mistakes"] == []


def test_a_mistake_is_known_by_what_it_raises(tmp_path):
    wrong = "solutions/coins/two_heads/mistakes/sum_not_product.py"
    raises = changed(wrong, "return p + p", "raise ValueError('p is no probability')")

    def same(p):
        raise ValueError("p is no probability")

    def other(p):
        raise KeyError(p)

    bundle = bundle_of(tmp_path, raises)
    named = [results(bundle, two_heads=each)[0].checks[0].mistake for each in (same, other)]
    assert named == ["sum_not_product", None]


def test_a_bundle_of_an_older_grader_knows_no_mistakes(tmp_path):
    whole = unpack_text(bundle_of(tmp_path))
    whole["version"] = 1
    for exercise in whole["exercises"]:
        del exercise["mistakes"]
    (wrong,) = results(pack_text(whole), two_heads=lambda p: p + p)
    assert (wrong.score, wrong.checks[0].mistake) == (0, None)


def test_where_there_is_no_room_for_mistakes_the_checks_stay(tmp_path, monkeypatch):
    with_mistakes = bundle_of(tmp_path)
    monkeypatch.setattr("grader.bundle.write.LIMIT_CHARACTERS", len(with_mistakes) - 1)
    (wrong,) = results(bundle_of(tmp_path), two_heads=lambda p: p + p)
    assert wrong.checks[0].message
    assert wrong.checks[0].mistake is None


def test_it_says_what_runs_later_and_keeps_hidden_checks_out(tmp_path):
    checks = read_bundle(bundle_of(tmp_path))
    assert checks.later == {"two_heads": Later(Decimal(2))}
    assert checks.preparation.course.title == "A first course"
    assert [c.check.name for c in checks.preparation.exercises[0].checks] == ["A fair coin"]


def test_a_visible_check_that_needs_the_reference_is_named_for_later(tmp_path):
    visible = "  - property: two_heads(p) <= p != two_heads(0.5)\n    visible: true\n"
    texts = changed(
        EXERCISE_FILE,
        "  - function: two_heads\n    name: Any coin\n",
        visible + "    name: Any coin\n",
    )
    texts[EXERCISE_FILE] = texts[EXERCISE_FILE].replace("[0.0, 1.0]}", "[0.2, 0.9]}")
    checks = read_bundle(bundle_of(tmp_path, texts))
    assert checks.later == {"two_heads": Later(Decimal(2), ("Any coin",))}


def test_a_visible_check_at_fault_is_told_and_nothing_is_frozen(tmp_path):
    texts = changed(REFERENCE, "p * p", "p + p")
    with pytest.raises(CourseError, match=r"two_heads.yaml:1: .*A fair coin.*disagrees"):
        bundle_of(tmp_path, texts)


LISTED = "      - args: [0.5]\n        expected: 0.25\n"
ON_ARRAYS = "import numpy as np\ndef two_heads(p):\n    return np.asarray(p) ** 2\n"


def with_arrays(shape: int, trials: int) -> dict[str, str]:
    """Return the course with a visible check that draws arrays."""
    drawn = f"    given: {{p: {{uniform: [0, 1], shape: {shape}}}}}\n    trials: {trials}\n"
    texts = changed(EXERCISE_FILE, LISTED, "      - args: [0.5]\n" + drawn)
    return {**texts, REFERENCE: ON_ARRAYS}


def test_too_much_for_a_cell_is_told(tmp_path):
    with pytest.raises(UsageError, match=r"unit `coins` take \d{3},\d{3} characters"):
        bundle_of(tmp_path, with_arrays(shape=4000, trials=5))


def test_more_arrays_than_the_wire_takes_are_left_for_later(tmp_path):
    checks = read_bundle(bundle_of(tmp_path, with_arrays(shape=2, trials=300)))
    assert checks.later["two_heads"].names == ("A fair coin",)


def test_only_some_exercises_can_be_asked_for(tmp_path):
    checks = read_bundle(bundle_of(tmp_path))
    assert checks.only([]) == checks
    assert checks.only(["two_heads"]).preparation.exercises == checks.preparation.exercises
    with pytest.raises(UsageError, match=r"no exercise `two_head`; did you mean `two_heads`\?$"):
        checks.only(["two_head"])


# Where it stands


def test_the_last_bundle_of_a_notebook_counts(tmp_path):
    cells = ['grader_checks = "AAAA"\nx = 1', 'x = 2\ngrader_checks = "BBBB"', "grader_checks = 5"]
    assert bundle_in_notebook(read_notebook(notebook_bytes(cells))) == "BBBB"
    assert bundle_in_notebook(read_notebook(notebook_bytes(["x = 'grader_checks'"]))) is None
    text = code_cell('grader_checks = "AAAA"', cell_type="markdown")
    assert bundle_in_notebook(read_notebook(notebook_bytes([text]))) is None


def test_a_file_holds_a_notebook_or_a_bundle_alone(tmp_path):
    notebook, alone, bare = (tmp_path / name for name in ("a.ipynb", "a.txt", "b.ipynb"))
    notebook.write_bytes(notebook_bytes(['grader_checks = "AAAA"']))
    alone.write_text("BBBB\n")
    bare.write_bytes(notebook_bytes(["x = 1"]))
    assert (bundle_in_file(notebook), bundle_in_file(alone)) == ("AAAA", "BBBB")
    with pytest.raises(NotebookError, match=r"`b.ipynb` holds no checks"):
        bundle_in_file(bare)
    with pytest.raises(NotebookError, match=r"`c.txt` does not exist"):
        bundle_in_file(tmp_path / "c.txt")


# Anybody's


def framed(header_bytes=0, buffers=0):
    return struct.pack("<4sII", b"GRD1", header_bytes, buffers)


def with_keys(**keys):
    return bundle_with({**CHECK, "keys": {**KEYS, **keys}})


def nested(depth):
    value = 0.5
    for _ in range(depth):
        value = [value]
    return value


HOSTILE = {
    "empty": "",
    "no base64": "%%%",
    "not ASCII": "ÄÖÜ",
    "no zlib": "AAAA",
    "cut short": pack_text(UNIT)[:40],
    "a bomb": squeezed(bytes(100_000_000)),
    "too long": "A" * (LIMIT_CHARACTERS + 4),
    "an empty frame": squeezed(b""),
    "a huge header": squeezed(framed(header_bytes=1 << 31)),
    "a billion buffers": squeezed(framed(buffers=1 << 31)),
    "rest after the end": squeezed(pack(UNIT) + b"more"),
    "two streams": squeezed(pack(UNIT)) + "AAAA",
    "a number": pack_text(5),
    "other keys": pack_text({**UNIT, "more": 1}),
    "another version": pack_text({**UNIT, "version": "one"}),
    "points that are none": pack_text({**UNIT, "exercises": [{**EXERCISE, "points": "nan"}]}),
    "infinite points": pack_text({**UNIT, "exercises": [{**EXERCISE, "points": "inf"}]}),
    "points without end": pack_text({**UNIT, "exercises": [{**EXERCISE, "points": "9" * 900}]}),
    "a check that is no bytes": pack_text({**UNIT, "exercises": [{**EXERCISE, "checks": ["x"]}]}),
    "a check that is no frame": pack_text({**UNIT, "exercises": [{**EXERCISE, "checks": [b"x"]}]}),
    "an unknown kind": bundle_with({**CHECK, "kind": "exec"}),
    "keys of another kind": bundle_with({**CHECK, "kind": "value"}),
    "a key twice as wrong": bundle_with({**CHECK, "keys": {**KEYS, "points": "many"}}),
    "keys that are no names": bundle_with({**CHECK, "keys": {1: 2}}),
    "no questions": bundle_with({**CHECK, "frozen": {**FROZEN, "questions": 7}}),
    "points beyond all bounds": with_keys(points="9e999999"),
    "points of an exercise beyond all bounds": pack_text(
        {**UNIT, "exercises": [{**EXERCISE, "points": "9e999999"}]}
    ),
    "points of ten thousand digits": with_keys(points="9" * 10_000),
    "points that are no number": with_keys(points="nan"),
    "points that are a huge whole number": with_keys(points=10**2000),
    "a name without end": with_keys(name="n" * 100_000),
    "a name that is a huge whole number": with_keys(name=10**2000),
    "an id without end": pack_text({**UNIT, "exercises": [{**EXERCISE, "id": "i" * 100_000}]}),
    "thousands of checks": pack_text(
        {**UNIT, "exercises": [{**EXERCISE, "checks": [b"x"] * 9000}]}
    ),
    "thousands of exercises": pack_text({**UNIT, "exercises": [EXERCISE] * 3000}),
    "thousands of names for later": pack_text(
        {**UNIT, "exercises": [{**EXERCISE, "later": ["x"] * 30_000}]}
    ),
    "trials without end": with_keys(trials=10**2000),
    "a huge tolerance": with_keys(tolerance={"rtol": 1e308}),
    "a tolerance that is none": bundle_with(
        {**CHECK, "frozen": {**FROZEN, "tolerance": {"rtol": math.nan}}}
    ),
    "a call that is nested deep": bundle_with(
        {**CHECK, "frozen": {**FROZEN, "questions": nested(28)}}
    ),
    "30,000 symbols": bundle_with(
        {
            "kind": "derivation",
            "keys": {
                "derivation": "two_heads",
                "symbols": {f"s{k}": "fixed" for k in range(30_000)},
                "start": {"maximise": " + ".join(f"s{k}" for k in range(3000))},
                "target": "s1",
                "name": "x",
                "points": "1",
            },
            "frozen": {},
        }
    ),
    "a formula without end": bundle_with(
        {
            "kind": "derivation",
            "keys": {
                "derivation": "two_heads",
                "symbols": {"y": "data", "y_hat": "minimised", "n": "size"},
                "start": {"maximise": "9^" * 300_000 + "9"},
                "target": "y_i",
                "name": "x",
                "points": "1",
            },
            "frozen": {},
        }
    ),
    "code": bundle_with(
        {
            "kind": "property",
            "keys": {"property": "two_heads(__import__('os').abort())", "name": "x", "points": "1"},
            "frozen": {},
        }
    ),
    **{
        f"a mistake {name}": pack_text({**UNIT, "exercises": [{**EXERCISE, "mistakes": mistakes}]})
        for name, mistakes in {
            "that is no bytes": [5],
            "without an end": [b"GRD"],
            "that is a list": [pack([1])],
            "with a path": [pack({**MISTAKE, "program": "/etc/passwd"})],
            "that found no list": [pack({**MISTAKE, "found": {"A coin": 5}})],
            "that answered nothing": [pack({**MISTAKE, "found": {"A coin": [["answered"]]}})],
            "that raised a number": [pack({**MISTAKE, "found": {"A coin": [["raised", 1, 2]]}})],
            "of many": [pack(MISTAKE)] * 101,
        }.items()
    },
    "a witness": bundle_with(
        {
            "kind": "witness",
            "keys": {
                "witness": "two_heads",
                "requires": [{"that": "__import__('os').abort()", "otherwise": "no"}],
                "name": "x",
                "points": "1",
            },
            "frozen": {},
        }
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_no_release_made_is_told_with_what_to_do(name):
    used = time.process_time()
    with pytest.raises(
        NotebookError, match=r"cannot be read \(.*Take the set-up cell from a fresh"
    ) as caught:
        read_bundle(HOSTILE[name])
    assert time.process_time() - used < 5
    assert len(str(caught.value)) < 600


def test_a_bundle_of_a_newer_grader_says_to_upgrade():
    with pytest.raises(NotebookError, match="pip install --upgrade notebook-grader"):
        read_bundle(pack_text({**UNIT, "version": 3, "more": 1}))


def test_a_bundle_made_by_hand_can_be_read():
    (result,) = results(bundle_with(CHECK), two_heads=lambda p: p * p)
    assert result.score == 1


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_damage_is_an_error_of_ours_or_no_damage(data):
    content = bytearray(pack({**UNIT, "exercises": [{**EXERCISE, "checks": [pack(CHECK)]}]}))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    try:
        found = results(squeezed(bytes(content)), two_heads=lambda p: p * p)
    except NotebookError:
        return
    assert all(result.max_score <= 10**20 for result in found)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_value_error(content):
    for read in (unpack, lambda raw: unpack_text(squeezed(raw))):
        with suppress(ValueError):
            read(content)


ESCAPE = "\x1b[31m\u202e"


def test_text_of_a_mistake_moves_no_cursor():
    mistake = {**MISTAKE, "title": f"twice{ESCAPE}", "hint": f"Think{ESCAPE}"}
    exercise = {**EXERCISE, "checks": [pack({**CHECK})], "mistakes": [pack(mistake)]}
    bundle = pack_text({**UNIT, "exercises": [exercise]})
    report = check_names("", {"grader_checks": bundle, "two_heads": lambda p: 1.0})
    for told in (repr(report), report._repr_html_()):
        assert "It looks like: twice\\x1b[31m\\u202e" in told
        assert ESCAPE not in told


def test_text_of_a_bundle_moves_no_cursor():
    keys = {**KEYS, "name": f"A coin{ESCAPE}", "hint": ESCAPE}
    exercise = {
        **EXERCISE,
        "title": f"Heads{ESCAPE}",
        "checks": [pack({**CHECK, "keys": keys})],
        "later": [f"Later{ESCAPE}"],
    }
    bundle = pack_text({**UNIT, "exercises": [exercise]})
    report = check_names("", {"grader_checks": bundle, "two_heads": lambda p: 2 * p})
    for shown in (repr(report), report._repr_html_()):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert r"Heads\x1b[31m\u202e" in shown
        assert r"Later\x1b[31m\u202e" in shown


def test_a_message_about_a_bundle_moves_no_cursor():
    with pytest.raises(NotebookError) as caught:
        read_bundle(bundle_with({**CHECK, "kind": ESCAPE}))
    assert "\x1b" not in str(caught.value)
