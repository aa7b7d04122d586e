"""The files of a new course: one unit with one proven exercise, and a README."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
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
    """Return the text of each file of a new course, ``course.yaml`` last, without writing any.

    Parameters
    ----------
    folder : Path
        Folder of the course; created if missing.
    title : str
        Title of the course; by default made from the folder's name.

    Raises
    ------
    UsageError
        A course, or one of the files, already exists.
    """
    name = title or title_of(folder.resolve().name.replace("-", "_")) or "A course"
    names = {
        "title": title_line(name),
        "name": " ".join(name.split()),
        "secret": secret_lines(),
    }
    programs = f"solutions/{UNIT}/{EXERCISE}"
    files = {
        "README.md": template("README.md").substitute(names),
        f"exercises/{UNIT}/{EXERCISE}.yaml": template("entropy.yaml").template,
        f"{programs}/reference.py": _REFERENCE,
        f"{programs}/accepted/plain_loop.py": _PLAIN_LOOP,
        f"{programs}/mistakes/log2.py": _LOG2,
        f"{programs}/mistakes/nan_on_zero.py": _NAN_ON_ZERO,
        f"{programs}/mistakes/mean_not_sum.py": _MEAN,
        COURSE_FILE.as_posix(): template("course.yaml").substitute(names),
    }
    return files_of_course(folder, files)


def title_line(title: str) -> str:
    """Return the line of ``course.yaml`` that states a title."""
    return f"title: {json.dumps(title, ensure_ascii=False)}"


def secret_lines() -> str:
    """Return the lines of ``course.yaml`` that state a random secret."""
    secret = json.dumps(secrets.token_urlsafe(24))
    return template("secret.yaml").substitute(secret=secret).rstrip()


def files_of_course(folder: Path, files: Mapping[str, str]) -> dict[Path, str]:
    """Return the text of each file by its full path, after checking that none exists.

    Parameters
    ----------
    folder : Path
        Folder of the course.
    files : Mapping of str to str
        Paths inside it, and the text of each file; ``course.yaml`` last.

    Raises
    ------
    UsageError
        A course, or one of the files, already exists.
    """
    _refuse_course(folder)
    placed = {folder / name: text for name, text in files.items()}
    for path in (folder / "exercises", folder / "solutions", *placed):
        if path.exists() or path.is_symlink():
            raise UsageError(
                f"{path} already exists and is not overwritten: name another folder, or "
                "move it away."
            )
    return placed


def _refuse_course(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file: name a folder for the course.")
    if (folder / COURSE_FILE).is_file():
        raise UsageError(
            f"There is a course in {folder} already. To add to it: `grader new exercise ID --unit "
            f"UNIT --course {folder}`."
        )
