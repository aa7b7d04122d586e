"""Trees of files as a platform's download has them, as a folder and as a zip."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.errors import NotebookError
from grader.submissions import RosterStudent, Submission, Survey, survey_submissions
from tests.notebooks import notebook_bytes

GOOD = notebook_bytes(["x = 1"])
FORMS = ("folder", "zip")


def notebook(text: str = "x = 1") -> bytes:
    return notebook_bytes([text])


def put_tree(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def zip_tree(files: Mapping[str, bytes], times: Mapping[str, tuple[int, ...]] | None = None):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (times or {}).get(name, (2026, 5, 1, 12, 0, 0)))
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def put(form: str, path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a download in one of the forms and return where it is."""
    if form == "folder":
        return put_tree(path, files)
    path.parent.mkdir(parents=True, exist_ok=True)
    archive = path.with_name(path.name + ".zip")
    archive.write_bytes(zip_tree(files))
    return archive


def surveyed(*paths: Path, roster: Sequence[RosterStudent] | None = None) -> Survey:
    found = survey_submissions(paths, roster)
    students = [submission.student for submission in found.submissions]
    assert len(set(students)) == len(students)
    return found


def students(survey: Survey) -> dict[str, Submission]:
    return {submission.student: submission for submission in survey.submissions}


def source_of(submission: Submission) -> str:
    """Return the code of the one cell, or why there is none."""
    try:
        return submission.read().cells[0].source
    except NotebookError as error:
        return str(error)


def passed_over(submission: Submission) -> dict[str, str]:
    """Return the names of the files that do not count, and why."""
    assert submission.hand_in is not None
    return {one.path.rsplit("/", 1)[-1]: one.why for one in submission.hand_in.passed_over}


def aged(path: Path, seconds: int) -> None:
    os.utime(path, (seconds, seconds))
