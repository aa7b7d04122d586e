"""Printed and displayed text: what counts as the same, and what is too much."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.kinds.output import tokens_of
from grader.checks.student_work import StudentWork, WorkCell
from grader.errors import CheckError
from tests.checks.scripted import check_of, context_of
from tests.clocks import own_clock
from tests.refusals import refused


class Shows:
    def __init__(self, *texts, displayed=""):
        self.work = StudentWork(
            tuple(
                WorkCell(index=index, kind="code", source="x", printed=text, displayed=displayed)
                for index, text in enumerate(texts)
            )
        )


def judged(student, **keys):
    check = check_of(**{"output": "printed", **keys})
    return check.judge(check.prepare(context_of({})), student)


@pytest.mark.parametrize(
    "text",
    [
        "p = 0.667, L = 0.148\n",
        "  p=0.6667,\n\tL=1.481e-1",
        "p = +.667, L = 0.148",
        "p = np.float64(0.667), L = np.float32(0.148)",
    ],
)
def test_white_space_and_the_spelling_of_numbers_do_not_count(text):
    equals = {"equals": "p = 0.667, L = 0.148", "tolerance": {"atol": 0.001}}
    assert judged(Shows(text), **equals).passed


@pytest.mark.parametrize(
    "text", ["p = 0.66, L = 0.148", "P = 0.667, L = 0.148", "p = 0.667 L = 0.148", "0.667", "p = x"]
)
def test_words_signs_and_numbers_do(text):
    verdict = judged(Shows(text), equals="p = 0.667, L = 0.148", tolerance={"atol": 0.001})
    assert verdict.message == (
        f"The printed text is '{text}', but should be 'p = 0.667, L = 0.148'."
    )
    assert verdict.brief == "The printed text is not as expected."
    assert verdict.evidence


@pytest.mark.parametrize("text", ["-3", "- 3", "\N{MINUS SIGN}3.0"])
def test_a_sign_counts(text):
    assert judged(Shows(text), equals="-3").passed is (text != "- 3")
    assert not judged(Shows(text), equals="3").passed


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[1mtotal = 55\x1b[0m\n",
        "\x1b[38;5;196mtotal\x1b[39m = \x1b[48;2;1;2;3m55\x1b[m",
        "\x1b]0;a title\x07total = 55",
        "\x1b]8;;https://example.org\x1b\\total\x1b]8;;\x1b\\ = 55",
        "\x1b(B\x1b[?25ltotal = 55\x1b[?25h\x1b7\x1b8",
        "total = 55\x07\x00",
        "total = 1\rtotal = 55",
        "total = 55\r\n",
        "working on it\r\x1b[Ktotal = 55",
        "working on it\x1b[2K\rtotal = 55",
        "total = 5|\b/\b5",
        "total = 55\x1b[1",
    ],
)
def test_colours_and_what_was_written_over_do_not_count(text):
    assert judged(Shows(text), equals="total = 55").passed
    assert judged(Shows("", displayed=text), output="displayed", equals="total = 55").passed


@pytest.mark.parametrize(
    "text", ["total = 55\rtotal = 54", "total = 55\b4", "\x1b]0;total = 55\x07"]
)
def test_what_nobody_can_read_was_not_shown(text):
    assert not judged(Shows(text), contains="total = 55").passed


def test_a_message_shows_the_text_without_its_colours():
    verdict = judged(Shows("\x1b[1mtotal = 54\x1b[0m"), contains="total = 55")
    assert verdict.message == "The printed text is 'total = 54', but should contain 'total = 55'."


def test_equal_is_what_one_cell_shows_or_all_together():
    assert judged(Shows("1", "2"), equals="2").passed
    assert judged(Shows("1", "2"), equals="1 2").passed
    assert not judged(Shows("1 2"), equals="2").passed


@pytest.mark.parametrize(
    ("text", "contains"),
    [("a b 2.50 c", "b 2.5"), ("2.5", "2.5"), ("x\ny", "x y"), ("1 1 2", "1 2")],
)
def test_text_may_stand_anywhere_in_it(text, contains):
    assert judged(Shows(text), contains=contains).passed


@pytest.mark.parametrize("text", ["b 2.5", "a b", "2.5 a b", "ab 2.5"])
def test_text_that_does_not_stand_in_it_is_told(text):
    verdict = judged(Shows(text), contains="a b 2.5")
    assert verdict.message == f"The printed text is '{text}', but should contain 'a b 2.5'."


def test_parts_stand_in_their_order():
    matches = {"matches": "mean = 2 ... var = 0.5"}
    assert judged(Shows("the mean = 2.0; the var = 0.50 [-]"), **matches).passed
    assert not judged(Shows("var = 0.5, mean = 2"), **matches).passed
    assert not judged(Shows("mean = 2"), **matches).passed
    assert not judged(Shows("a b"), matches="a b ... b").passed


def test_what_is_displayed_is_not_what_is_printed():
    student = Shows("1", displayed="2\n")
    assert judged(student, equals="1").passed
    assert judged(student, output="displayed", equals="2").passed
    assert not judged(student, output="displayed", equals="1").passed


@pytest.mark.parametrize("texts", [[], [""], [" \n", ""]])
def test_where_nothing_is_shown_nothing_passes(texts):
    verdict = judged(Shows(*texts), contains="1")
    assert verdict.message == verdict.brief == "Nothing is printed."
    assert verdict.evidence == ()


def test_too_much_is_not_read():
    verdict = judged(Shows("1 ", "2" * 1_000_000), contains="1")
    assert verdict.message == "1,000,003 characters are printed, but at most 2,000 may be."
    assert judged(Shows("1 " * 2000), contains="1", max_chars=4000).passed


@pytest.mark.parametrize(
    "text",
    [
        "1" * 100_000 + "a",
        "1" * 50_000 + "." + "1" * 49_000 + "e",
        "np.float64(" * 9000,
        "-" * 99_000,
        "a" * 40_000 + "\rb" * 25_000,
        "a" * 40_000 + "\x1b[2Kb\r" * 8000,
        "\x1b]" * 45_000,
        "\x1b[" * 45_000,
        "a\b" * 45_000 + "a",
    ],
)
def test_no_text_takes_long_to_read(text):
    started = own_clock()
    assert not judged(Shows(text), contains="0.5 a", max_chars=100_000).passed
    assert started.sample() < 2


@given(st.text(max_size=200))
def test_any_text_is_the_same_as_itself(text):
    verdict = judged(Shows(text + "\n1"), equals=text + "\n1", tolerance={"rtol": 1e-3})
    assert verdict.passed


@given(st.floats(-1e12, 1e12), st.sampled_from(["{!r}", "{:.17g}", "{:+.15e}"]))
def test_any_number_is_read_as_python_writes_it(number, form):
    (token,) = tokens_of(form.format(number))
    assert token == pytest.approx(number, rel=1e-14)


@pytest.mark.parametrize("value", [np.float64(2.5), np.int64(2), np.float32(0.5), np.uint8(7)])
def test_a_numpy_scalar_is_its_number(value):
    assert tokens_of(repr(value)) == (float(value),)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "write one of `equals`, `contains` and `matches`"),
        ({"equals": "a", "contains": "a"}, "write one of"),
        ({"equals": " "}, "this text is empty"),
        ({"matches": "... ..."}, "this text is empty"),
        ({"output": "shown", "equals": "a"}, "output: .*literal_error"),
        ({"equals": "a", "max_chars": 10**6}, "this must be at most 100000"),
    ],
)
def test_what_states_nothing_clear_is_refused(keys, message):
    with refused(message):
        check_of(**{"output": "printed", **keys})


def test_a_tolerance_that_accepts_anything_is_the_exercises_fault():
    with pytest.raises(CheckError, match=r"accepts 0 for a number of 'p = 0\.5'"):
        judged(Shows("p = 0"), equals="p = 0.5", tolerance={"atol": 0.5})


def test_it_is_about_no_one_name():
    assert check_of(output="printed", equals="a").subject == ""
