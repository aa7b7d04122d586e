"""The pictures show what the commands print."""

from __future__ import annotations

import re

import pytest

from tools.make_pictures import FOLDER, PICTURES, printed_by, text_in


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_shows_what_its_command_prints(name: str) -> None:
    shown = text_in((FOLDER / name).read_text(encoding="utf-8"))
    printed = re.sub(r"\s+", "", printed_by(PICTURES[name]))
    assert printed
    assert printed in shown, "run `python -m tools.make_pictures`"


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_fetches_nothing(name: str) -> None:
    svg = (FOLDER / name).read_text(encoding="utf-8")
    assert re.findall(r"https?://(?!www\.w3\.org/|www\.textualize\.io)", svg) == []
    assert "@font-face" not in svg


def test_every_picture_has_its_command() -> None:
    assert {path.name for path in FOLDER.iterdir()} == PICTURES.keys()
