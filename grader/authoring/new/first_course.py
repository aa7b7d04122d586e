"""The files of a new course: one unit, one exercise that is proven, and what to do next."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from grader.authoring.new.scaffold import template, title_of
from grader.course.nearby import COURSE_FILE
from grader.errors import UsageError

UNIT, EXERCISE = "information", "entropy"

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


def prepare_course_files(folder: Path, title: str = "") -> dict[Path, str]:
    """Return the text of each file of a new course, ``course.yaml`` last; write nothing.

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
    }
    solutions = folder / "solutions" / UNIT / EXERCISE
    files = {
        folder / "README.md": template("README.md").substitute(names),
        folder / "exercises" / UNIT / f"{EXERCISE}.yaml": template("entropy.yaml").template,
        solutions / "reference.py": _REFERENCE,
        solutions / "accepted" / "plain_loop.py": _PLAIN_LOOP,
        solutions / "mistakes" / "log2.py": _LOG2,
        solutions / "mistakes" / "nan_on_zero.py": _NAN_ON_ZERO,
        solutions / "mistakes" / "mean_not_sum.py": _MEAN,
        folder / COURSE_FILE: template("course.yaml").substitute(names),
    }
    for path in (folder / "exercises", folder / "solutions", *files):
        if path.exists() or path.is_symlink():
            raise UsageError(
                f"{path} is there already, and nothing is written over: name another folder, or "
                "move it away."
            )
    return files


def _refuse_course(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file: name a folder for the course.")
    if (folder / COURSE_FILE).is_file():
        raise UsageError(
            f"There is a course in {folder} already. To add to it: `grader new exercise ID --unit "
            f"UNIT --course {folder}`."
        )
