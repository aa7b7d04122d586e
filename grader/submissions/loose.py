"""Files that a platform lists one by one, and that lay beside a notebook before it did.

A download of Canvas or Moodle without folders has a student's ``data.csv`` under a name that the
platform made. It lies beside the notebook under the student's own name again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from grader.submissions.files.beside import Beside
from grader.submissions.newest import Candidate

# A student's second `data.csv` becomes `data-1.csv` in Canvas.
_REPEATED = re.compile(r"(?P<base>.+)-(?P<number>\d{1,2})(?P<suffix>\.[^./]+)?", re.DOTALL)


def loose_files(candidates: Sequence[Candidate]) -> tuple[Beside, ...]:
    """Return the files among what is one student's, by the student's own names.

    Of several uploads of one file the newest counts.

    Parameters
    ----------
    candidates : sequence of Candidate
        Notebooks and files, all of one student.
    """
    attempts = {each.claim.attempt for each in candidates if each.file is None}
    files = [each for each in candidates if each.file is not None]
    names = {each.claim.file for each in files}
    newest: dict[str, Candidate] = {}
    for each in files:
        name = _own_name(each, names, attempts)
        other = newest.get(name)
        if other is None or (other.claim.upload or 0) < (each.claim.upload or 0):
            newest[name] = each
    return tuple(
        Beside(name, each.notebook, each.file)
        for name, each in sorted(newest.items())
        if each.file is not None
    )


def _own_name(
    candidate: Candidate, names: Collection[str], attempts: Collection[int | None]
) -> str:
    """Return a file's name before Canvas told it from an earlier upload of the same.

    ``data-1.csv`` may be the student's own name, unless there is ``data.csv`` too, or the notebook
    beside it was told from an earlier one in the same way.
    """
    name = candidate.claim.file
    match = _REPEATED.fullmatch(name) if candidate.claim.platform == "canvas" else None
    if match is None:
        return name
    base = match["base"] + (match["suffix"] or "")
    return base if base in names or int(match["number"]) + 1 in attempts else name
