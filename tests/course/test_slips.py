"""What authors get wrong: every mistake of `slips.md`, and the message that they read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.course.tiny import faults_of, write

PAGE = Path(__file__).with_name("slips.md").read_text(encoding="utf-8")
SOUND, MISTAKES = PAGE.split("## The mistakes")
FILES = dict(re.findall(r"^`([^`\n]+)`\n\n```\w+\n(.*?)^```", SOUND, re.MULTILINE | re.DOTALL))
SLIPS = re.findall(
    r"^### (.*?)\n\n`(.*?)`\n\n```diff\n(.*?)^```\n\n```text\n(.*?)^```",
    MISTAKES,
    re.MULTILINE | re.DOTALL,
)


def spoiled(text: str, diff: str) -> str:
    """Return a file with the lines of a diff taken out and put in; they stand in it once."""
    signs = [(line[0], line[1:]) for line in diff.splitlines()]
    old = "".join(f"{line}\n" for sign, line in signs if sign in "- ")
    new = "".join(f"{line}\n" for sign, line in signs if sign in "+ ")
    assert text.count(old) == 1, f"not once in the file:\n{old}"
    return text.replace(old, new)


def test_the_course_itself_has_no_fault(tmp_path):
    assert len(FILES) == 7
    assert faults_of(write(tmp_path, FILES)) == []


def test_the_page_has_a_mistake_of_every_heading():
    assert len(SLIPS) == MISTAKES.count("\n### ") > 80
    assert len({what for what, *_ in SLIPS}) == len(SLIPS)


@pytest.mark.parametrize(
    ("name", "diff", "told"), [each[1:] for each in SLIPS], ids=[each[0] for each in SLIPS]
)
def test_a_mistake_is_told_in_these_words(tmp_path, name, diff, told):
    folder = write(tmp_path, {**FILES, name: spoiled(FILES[name], diff)})
    said = [str(fault).replace(f"{folder}/", "") for fault in faults_of(folder)]
    assert said == told.splitlines()
