"""No field of a table is a formula, whatever is taken for its separator."""

from __future__ import annotations

import csv
import io
import re
import sys
import unicodedata
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grader.exports.gradebook_tables import write_csv
from grader.exports.spreadsheet import spreadsheet_text

STARTS = tuple(
    letter
    for letter in map(chr, range(sys.maxunicode + 1))
    if unicodedata.normalize("NFKC", letter)[:1] in ("=", "+", "-", "@", "\N{MINUS SIGN}")
)
FORMULAS = [
    "=1+1", "+1+1", "-A1", "@SUM(A1)", "-2+3+cmd|' /C calc'!A0", "-1.5", "+", "=",
    "\t=1", "\r=1", "\n=1", " =1", "   -A1", "\ufeff=1", "\u200b=1", "\u00a0=1", "\u3000=1",
    "\x00=1",     "＝1", "＋1", "－1", "＠a", "﹦1", "﹣1", "−1", "⁺1",
    "x;=cmd()", "x;+1", "x; =1", "x;;@a", "x;\t=1", "x;\n=1", "x,=1", "x, -A1", "x\t=1", "x\n=1",
    'x;"=1', '"=1', 'x;""=1', 'x;" =1', 'a"b;=1', 'x",=1', "x;＝1", "x;-5", ';="', '";"=1',
]  # fmt: skip


def table_of(*rows):
    """Return what `gradebook export` writes of students with these ids, names, and so on."""
    out = io.StringIO(newline="")
    students = [
        SimpleNamespace(
            student=row[0],
            name=row[1],
            email=row[2],
            section=row[3],
            score=Decimal(-5),
            exercises={},
        )
        for row in rows
    ]
    write_csv(out, students, [])
    return out.getvalue()


def fields_of(text, delimiter):
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [field for row in reader for field in row]


def formulas_in(text):
    """Return the fields that begin like a formula, and are no number."""
    # Numbers stay numbers; whoever splits elsewhere reads on behind the comma of an id.
    numbers = {field for field in fields_of(text, ",") if re.fullmatch(r"[+-][\d.]+", field)}
    harmless = tuple(f"{number}," for number in numbers)
    for delimiter in ",;\t":
        for field in fields_of(text, delimiter):
            risky = field.lstrip().startswith(STARTS)
            if risky and field not in numbers and not field.startswith(harmless):
                yield delimiter, field


@pytest.mark.parametrize("text", FORMULAS)
def test_no_field_is_a_formula_by_any_separator(text):
    table = table_of(
        [text] * 4, [f"Doe, {text}"] * 4, [f"a;{text}"] * 4, ["-12345", text, "", text]
    )
    assert list(formulas_in(table)) == []


letters = st.one_of(st.sampled_from([*";,\t\n\r\"' |1a", *STARTS]), st.characters())
texts = st.text(letters, max_size=8)


@given(rows=st.lists(st.lists(texts, min_size=4, max_size=4), min_size=1, max_size=3))
@example(rows=[['";=1', '"', ";", "=1"]])
def test_no_text_makes_a_field_a_formula(rows):
    assert list(formulas_in(table_of(*rows))) == []


def test_what_counts_as_a_sign_is_all_that_unicode_takes_for_one():
    assert [each for each in STARTS if spreadsheet_text(each) != f"'{each}"] == []


@pytest.mark.parametrize(
    "text",
    ["-12345", "+491701234", "007", "o'neill", "a-b@c.edu", "Doe, Jane", "Zoë", "3;4", "", "a = b"],
)
def test_what_is_no_formula_comes_back_as_it_was(text):
    assert fields_of(table_of([text, "", "", ""]), ",")[-7] == text


def test_a_negative_score_stays_a_number():
    assert float(fields_of(table_of(["ada", "", "", ""]), ",")[-3]) == -5.0
