"""The names that Moodle gives to folders and files when all submissions are downloaded.

``Jane Doe_12345_assignsubmission_file_/hw1.ipynb``: the full name, the number of the participant in
this assignment, and what kind of submission it is; text that was typed is called ``onlinetext``.
Without folders, the file's name follows. Newer versions leave out the last underscore, and a team
that is none has no number.

References
----------
Moodle, ``mod/assign/classes/downloader.php``, `get_student_prefix` and
`load_submissionplugin_filelist`.
"""

from __future__ import annotations

import re

from grader.submissions.claim import Claim
from grader.submissions.files.names import whole_letters

_NAME = re.compile(
    r"(?P<name>.+?)(?:_(?P<number>\d+))?_assignsubmission_[a-z]+(?:_(?P<file>.*))?", re.DOTALL
)


def parse_moodle(name: str) -> Claim | None:
    """Return what the name of a folder or file of a Moodle download says, or None.

    Examples
    --------
    >>> parse_moodle("Jane Doe_12345_assignsubmission_file_").student
    'Jane Doe'
    """
    match = _NAME.fullmatch(whole_letters(name))
    if match is None:
        return None
    who, number = match["name"], match["number"]
    return Claim(
        student=who,
        longer=f"{who}_{number}" if number else "",
        platform="moodle",
        person=("moodle", f"{who}_{number or ''}"),
        known_as=(number, f"Participant {number}", f"{who}_{number}") if number else (),
        name=who,
        file=match["file"] or "",
    )
