"""A course full of secrets that no submission may learn, each a text that can be found again."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.course import Course, load_course

CANARY = re.compile(r"CANARY-\w+-[0-9a-f]{16}")

STARTER = "def square(x):\n    ...\n\nmotto = ''\n"
GOOD = "def square(x):\n    return x * x\n\nmotto = 'tell ' + 'nobody'\n"

EXERCISES = {
    "square": """\
id: square
title: Squares
unit: secrets
points: 3
prompt: Square a number.
starter: |
  def square(x):
      ...
defines: [square]
checks:
  - function: square
    name: A number
    points: 1
    visible: true
    cases: [{args: [3], expected: 9}]
  - function: square
    name: Any number
    points: 2
    given: {x: {normal: [0, 1]}}
    trials: 10
""",
    "whisper": """\
id: whisper
title: What is only asked
unit: secrets
points: 2
prompt: Say what is whispered.
starter: |
  def whisper(text):
      ...
defines: [whisper]
checks:
  - function: whisper
    name: Hidden input
    points: 2
    cases: [{args: ["@HIDDEN_INPUT@"], expected: "@EXPECTED@"}]
""",
    "motto": """\
id: motto
title: A motto
unit: secrets
points: 2
prompt: Set the motto.
starter: |
  motto = ''
defines: [motto]
checks:
  - value: motto
    name: The motto
    points: 2
    expected: "tell nobody"
""",
}
SOLUTIONS = {
    "square": "NOTE = '@REFERENCE@'\ndef square(x):\n    return x ** 2\n",
    "whisper": "def whisper(text):\n    return '@EXPECTED@'\n",
    "motto": "motto = 'tell nobody'\n",
}
UNITS = """\
title: Secrets
secret: "@COURSE_SECRET@"
units:
  - id: secrets
    title: Secrets
    exercises: [square, whisper, motto]
"""


@dataclass(frozen=True)
class Secrets:
    """Texts that exist on the trusted side alone, by what they stand for."""

    texts: Mapping[str, str]

    @classmethod
    def make(cls) -> Secrets:
        """Make fresh ones, so that no file of the repository holds them."""
        places = ("REFERENCE", "HIDDEN_INPUT", "EXPECTED", "COURSE_SECRET", "HOME", "ENVIRONMENT")
        return cls({place: f"CANARY-{place}-{secrets.token_hex(8)}" for place in places})

    def put_into(self, text: str) -> str:
        """Replace each placeholder by its secret."""
        for place, secret in self.texts.items():
            text = text.replace(f"@{place}@", secret)
        return text

    def found_in(self, text: str) -> list[str]:
        """Return what stands in a text, by what it stands for."""
        return [place for place, secret in self.texts.items() if secret in text]


def write_course(folder: Path, secret: Secrets) -> Course:
    """Write the course where every user of the machine may read it, and load it."""
    files = {"exercises/course.yaml": UNITS}
    for name, text in EXERCISES.items():
        files[f"exercises/secrets/{name}.yaml"] = text
        files[f"solutions/secrets/{name}/reference.py"] = SOLUTIONS[name]
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(secret.put_into(text), encoding="utf-8")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return load_course(folder)
