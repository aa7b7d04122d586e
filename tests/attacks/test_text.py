"""What a student writes, wherever it is shown: it must be seen and must not act.

Names, messages, printed text and exceptions hold escape sequences, direction marks, line breaks,
HTML and formulas; they go through the whole command into the terminal, the JSON and the table.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.exports.files import spreadsheet_text
from grader.feedback import submission_text
from tests.attacks.classes import Graded, grade_class, run_grader
from tests.attacks.exam import reference
from tests.notebooks import notebook_bytes

pytestmark = pytest.mark.strong

NASTY = {
    "clear_the_screen": "\x1b[2J\x1b[H",
    "set_the_title": "\x1b]0;10/10\x07",
    "one_byte_csi": "\x9b2J",
    "overwrite_the_line": "\rgrade 10/10",
    "backspaces": "\b" * 20,
    "new_line": "\nmallory 10/10  graded",
    "line_separator": "\u2028mallory 10/10",
    "right_to_left": "\u202e01/01",
    "isolate": "\u2066\u2067",
    "zero_width": "a\u200bb\u2060c\ufeff",
    "tag_characters": "\U000e0041\U000e0042",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "markup": "[bold red]10/10[/bold red] [link=https://example.org]x[/link]",
    "formula": '=HYPERLINK("https://example.org";"x")',
    "command": "=cmd|' /C calc'!A0",
    "plus": "+1+1",
    "minus": "-1+1",
    "at": "@SUM(1)",
    "wide_formula": "＝1+1",
    "format": "%s%n{0.__class__}{}",
    "surrogate": "\udce9",
    "long": "A" * 180,
}
ACTS = re.compile(
    "[\0-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
ODD = """
import sys
nasty = {text!r}
print(nasty * 3)
print(nasty, file=sys.stderr)
kind = type(nasty.encode('utf-8', 'replace').decode(), (Exception,), {{}})
def kl(p, q):
    raise kind(nasty)
class Odd:
    def __repr__(self): return nasty
Odd.__name__ = kind.__name__
witness = (Odd(), nasty, {{nasty: nasty}})
raise kind(nasty)
"""


def notebook(text: str) -> bytes:
    return notebook_bytes([ODD.format(text=text)], authors=[{"name": text}], title=text)


def usable(text: str) -> str:
    return text.replace("/", "∕").replace("\0", "")[:100]


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> Graded:
    folder = tmp_path_factory.mktemp("class")
    for name, text in NASTY.items():
        place = folder / f"{name} {usable(text)}"
        place.mkdir()
        (place / f"{usable(text)}.ipynb").write_bytes(notebook(text))
        (folder / f"{usable(text)} {name}.ipynb").write_bytes(notebook(text)[: len(name) * 9])
    return grade_class(folder, tmp_path_factory.mktemp("out"))


def test_all_of_them_are_graded(graded):
    assert len(graded.by_student) == 2 * len(NASTY)
    statuses = [each["status"] for each in graded.by_student.values()]
    assert statuses.count("graded") == statuses.count("unreadable") == len(NASTY)
    assert {each["score"] for each in graded.by_student.values()} == {0.0}


def test_nothing_in_the_terminal_acts(graded, arenas):
    assert ACTS.search(graded.shown) is None
    assert graded.shown.isascii() or graded.shown.replace("\n", "").isprintable()
    # No line is a student's own. What could not be graded has a second one, with the reason.
    assert len(graded.shown.splitlines()) < 3 * len(NASTY) + 10
    for name, text in NASTY.items():
        proof = (
            "as it stands it would act" if ACTS.search(text) else "shown as it is, and inert there"
        )
        arenas.tell(f"terminal_{name}", "escaping", "strong", proof)


def test_what_is_stopped_would_act_as_it_stands():
    assert sum(ACTS.search(text) is not None for text in NASTY.values()) > 9


def test_results_hold_nothing_but_ascii(graded, arenas):
    assert graded.results.isascii()
    assert ACTS.search(graded.results) is None
    arenas.tell("nasty_text_in_results_json", "escaping", "strong", "every other letter is escaped")


def test_no_cell_of_the_gradebook_is_a_formula(graded, arenas):
    rows = graded.rows
    assert len(rows) == 2 * len(NASTY) + 1
    assert {len(row) for row in rows} == {len(rows[0])}
    cells = [cell for row in rows for cell in row]
    starts = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    assert [cell for cell in cells if cell.startswith(starts)] == []
    assert ACTS.search("".join(cells)) is None
    arenas.tell("formulas_in_grades_csv", "escaping", "strong", "names begin with `=` without it")


@pytest.mark.parametrize("start", "=+-@\t\r\n＝＋－＠")
def test_every_start_of_a_formula_is_disarmed(start):
    assert not spreadsheet_text(f"{start}1+1").startswith(start)


@pytest.mark.parametrize("name", NASTY)
def test_nothing_in_the_feedback_acts(exam, arenas, name):
    sat = exam.sit("kl_asymmetry", ODD.format(text=NASTY[name]))
    page = submission_text(sat.result).plain
    assert ACTS.search(page) is None
    assert "raised" in page
    arenas.tell(f"feedback_{name}", "escaping", "strong", "messages are made of escaped text")


def test_check_prints_nothing_that_acts(tmp_path: Path, arenas):
    path = tmp_path / "mine.ipynb"
    path.write_bytes(notebook("".join(NASTY.values())))
    status, shown = run_grader("check", path, "--isolation", "strong")
    assert status == 1
    assert ACTS.search(shown) is None
    assert run_grader("check", path, "--json", "--isolation", "strong")[1].isascii()
    arenas.tell("nasty_text_in_check", "escaping", "strong", "the same text as in the feedback")


def test_ten_megabytes_of_text_become_a_line(exam, arenas):
    code = """
big = 'x\\n' * 5_000_000
def kl(p, q):
    raise ValueError(big)
witness = big
raise ValueError(big)
"""
    sat = exam.sit("kl_asymmetry", code)
    assert len(sat.result.model_dump_json()) < 20_000
    right = exam.sit("kl_asymmetry", reference("kl_asymmetry"), "print('y' * 50_000_000)")
    assert right.score == 10
    arenas.tell("ten_megabytes_of_text", "output", "strong", "texts are cut before they are sent")
