"""docs/limits.md has every limit, with its default."""

import re
from pathlib import Path

from grader.sandbox.settings import Limits

PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
SIZES = {"MiB": 1024**2, "GiB": 1024**3}


def test_every_limit_is_there_with_its_default():
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+(?: [MG]iB)?) \|", PAGE, re.MULTILINE))
    stated = {}
    for name, text in rows.items():
        number, _, unit = text.partition(" ")
        stated[name] = float(number) * SIZES.get(unit, 1)
    assert stated == {name: float(field.default) for name, field in Limits.model_fields.items()}
