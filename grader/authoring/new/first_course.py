"""The files of a new course: one unit, one exercise that is proven, and what to do next."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from grader.authoring.new.scaffold import title_of, write_files
from grader.course.nearby import COURSE_FILE
from grader.errors import UsageError

UNIT, EXERCISE = "information", "entropy"

_COURSE = Template("""\
# docs/exercise-format.md of the grader has all keys.
title: $title

# Mixed into the seed of every hidden input: whoever has it, and the exercises, can work these out.
# It was drawn at random for this course. Keep it, and this folder, from students.
secret: $secret

units:
  - id: $unit
    title: Information
    exercises: [$exercise]
""")

_EXERCISE = Template(r"""# One exercise: what students read, what is checked, known mistakes.
# `grader prove $exercise` shows that they are good. docs/exercise-format.md of the grader has more.
id: $exercise
title: The entropy of a distribution
unit: $unit
points: 5
defines: [$exercise]

# Write LaTeX in a block like this one, or in single quotes; double quotes would eat backslashes.
prompt: |
  How surprised are we on average by what a distribution draws? Its entropy says so:

  $$$$H(p) = -\sum_i p_i \log p_i$$$$

  Write `$exercise(p)`: the entropy of the probabilities `p`, in nats (natural logarithm). An
  outcome of probability 0 adds nothing. Raise `ValueError` where `p` does not sum to 1.

# What a student starts from. Untouched, it gets no points.
starter: |
  def $exercise(p):
      ...

# |actual - expected| <= atol + rtol * |expected|, in every check that states no other.
tolerance: {rtol: 1.0e-6}

checks:
  # A visible check shows inputs and expected values, in the notebook too. What is not written down
  # comes from reference.py.
  - function: $exercise
    name: A fair coin and a fair die
    points: 1
    visible: true
    hint: For equal probabilities it is the logarithm of their number.
    cases:
      - args: [[0.5, 0.5]]  # one argument, which is a list: so it has brackets of its own
        expected: 0.6931471805599453
      - args: [[0.25, 0.25, 0.25, 0.25]]

  # A hidden check shows its name and its hint. Inputs are drawn, so that no answer can be typed in.
  - function: $exercise
    name: Any distribution
    points: 2
    hint: Does every outcome count with its own probability?
    given:
      n: {integers: [2, 8]}
      p: {distribution: n}
    args: [p]
    trials: 10
    forms: [array, list]

  - function: $exercise
    name: Outcomes that cannot happen
    points: 1
    hint: 0 times the logarithm of 0 is nan. What should such an outcome add?
    cases:
      - args: [[1.0, 0.0]]
      - args: [[0.5, 0.0, 0.5]]

  - raises: $exercise
    name: Not a distribution
    points: 1
    exception: ValueError
    hint: What do the probabilities sum to?
    cases:
      - args: [[0.5, 0.4]]
      - args: [[0.5, 0.6]]
    accepts:
      - args: [[0.3, 0.7]]
      - args: [[0.1, 0.2, 0.7]]

# Known wrong answers: solutions/$unit/$exercise/mistakes/<id>.py is the program of each. A student
# whose answers agree with it reads its title and its hint.
mistakes:
  - id: log2
    title: the logarithm to base 2
    score: 1
    hint: Your values are in bits. How many nats is a bit?
  - id: nan_on_zero
    title: 0 times log 0, which is nan
    score: 4
    hint: Which outcome makes the nan, and what should it add?
  - id: mean_not_sum
    title: a mean over the outcomes
    score: 1
    hint: Each outcome has its weight already. Do you divide by their number as well?
""")

_REFERENCE = """\
import numpy as np


def entropy(p):
    p = np.asarray(p, dtype=float)
    if not np.isclose(np.sum(p), 1):
        raise ValueError("the probabilities must sum to 1")
    seen = p[p > 0]
    return float(-np.sum(seen * np.log(seen)))
"""

_PLAIN_LOOP = """\
import math


def entropy(p):
    if abs(sum(p) - 1) > 1e-6:
        raise ValueError("no distribution")
    total = 0.0
    for probability in p:
        if probability > 0:
            total -= probability * math.log(probability)
    return total
"""

_LOG2 = _REFERENCE.replace("np.log(", "np.log2(")
_MEAN = _REFERENCE.replace("np.sum(seen", "np.mean(seen")

_NAN_ON_ZERO = """\
import numpy as np


def entropy(p):
    p = np.asarray(p, dtype=float)
    if not np.isclose(np.sum(p), 1):
        raise ValueError("the probabilities must sum to 1")
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(-np.sum(p * np.log(p)))
"""

_README = Template("""\
# $name

A course of notebooks that `grader` grades: one unit, `$unit`, with one exercise, `$exercise`.

    exercises/course.yaml                the units, and which exercises are in each
    exercises/$unit/$exercise.yaml    what a student reads, what is checked, known mistakes
    solutions/$unit/$exercise/        reference.py, accepted/ (other right answers), mistakes/

Run these in this folder:

    grader prove                         # are the checks any good? needs notebook-grader[prove]
    grader release                       # release/$unit.ipynb, for students to work in
    grader grade submissions/            # what they handed in: notebooks, folders or zips

Next:

1. Read `exercises/$unit/$exercise.yaml`; each part says what it is for. Change something, and
   run `grader prove $exercise` again.
2. Write an exercise of your own: `grader new exercise ID --unit $unit`, fill every `FILL_IN`, then
   `grader prove ID`. A unit that is not there yet is added.
3. Try it as a student: `grader release`, open the notebook, answer, and run the `%check` cells.
   Or without a browser: `grader check release/$unit.ipynb --course .`
4. Remove `$exercise` when you need it no more: its file, its folder in `solutions/`, and its id in
   `exercises/course.yaml`.

Students get what `grader release` writes, and never this folder: it holds the solutions, the hidden
checks and the secret that hidden inputs are drawn from.
""")


@dataclass(frozen=True, slots=True)
class NewCourse:
    """A new course, before it is written.

    Attributes
    ----------
    folder : Path
        Where it will be.
    files : Mapping of Path to str
        The text of each file.
    """

    folder: Path
    files: Mapping[Path, str]


def prepare_course_files(folder: Path, title: str = "") -> NewCourse:
    """Work out the files of a new course, and write nothing.

    Parameters
    ----------
    folder : Path
        Where it is to be; made where it is not there.
    title : str
        What people read; made of the folder's name where it is empty.

    Raises
    ------
    UsageError
        A course, or a file that is to be written, is there already.
    """
    _refuse_course(folder)
    name = title or title_of(folder.resolve().name.replace("-", "_")) or "A course"
    names = {
        "title": json.dumps(name, ensure_ascii=False),
        "name": " ".join(name.split()),
        "secret": json.dumps(secrets.token_urlsafe(24)),
        "unit": UNIT,
        "exercise": EXERCISE,
    }
    solutions = folder / "solutions" / UNIT / EXERCISE
    files = {
        folder / "README.md": _README.substitute(names),
        folder / "exercises" / UNIT / f"{EXERCISE}.yaml": _EXERCISE.substitute(names),
        solutions / "reference.py": _REFERENCE,
        solutions / "accepted" / "plain_loop.py": _PLAIN_LOOP,
        solutions / "mistakes" / "log2.py": _LOG2,
        solutions / "mistakes" / "nan_on_zero.py": _NAN_ON_ZERO,
        solutions / "mistakes" / "mean_not_sum.py": _MEAN,
        folder / COURSE_FILE: _COURSE.substitute(names),
    }
    for path in (folder / "exercises", folder / "solutions", *files):
        if path.exists() or path.is_symlink():
            raise UsageError(
                f"{path} is there already, and nothing is written over: name another folder, or "
                "move it away."
            )
    return NewCourse(folder, files)


def _refuse_course(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file: name a folder for the course.")
    if (folder / COURSE_FILE).is_file():
        raise UsageError(
            f"There is a course in {folder} already. To add to it: `grader new exercise ID --unit "
            f"UNIT --course {folder}`."
        )


def write_course(course: NewCourse) -> None:
    """Write the files of a new course, ``course.yaml`` last."""
    write_files(course.files)
