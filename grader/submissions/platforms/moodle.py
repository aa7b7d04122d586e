"""Names that Moodle gives to folders and files when all submissions are downloaded.

``Jane Doe_12345_assignsubmission_file_/hw1.ipynb``: the full name, the number of the participant in
this assignment, and the kind of submission; typed text is called ``onlinetext``. Without folders,
the file's name follows. Newer versions leave out the last underscore, and the default team has no
number.

The grading worksheet states the time of each submission, in the language and the time zone of the
person who downloaded it.

References
----------
Moodle, ``mod/assign/classes/downloader.php``, `get_student_prefix` and
`load_submissionplugin_filelist`; ``mod/assign/gradingtable.php``, `col_timesubmitted` and
`col_recordid`. The headers are the strings ``lastmodifiedsubmission``, ``fullname`` and ``email``
of its language packs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import MappingProxyType

from grader.submissions.authorship import Authorship
from grader.submissions.files.file_names import whole_letters
from grader.submissions.platforms.base import Platform

_NAME = re.compile(
    r"(?P<name>.+?)(?:_(?P<number>\d+))?_assignsubmission_[a-z]+(?:_(?P<file>.*))?", re.DOTALL
)
_PARTICIPANT = re.compile(r"\D*?(?P<number>\d+)")


class Moodle(Platform):
    """Moodle, whose names are unmistakable."""

    name = "moodle"
    columns = MappingProxyType(
        {
            "time": (
                "lastmodifiedsubmission", "zuletztgeändertabgabe",
                "dernièremodificationtravailremis", "últimamodificaciónentrega",
                "ultimamodificaconsegna", "laatstgewijzigdinzending", "darreramodificaciótramesa",
                "últimaatualizaçãosubmissão", "últimamodificaçãoenvio",
                "senastmodifieratinlämning", "ultimamodificarearăspunsului",
                "sondüzenlemegönderim", "poslednízměnaodevzdanýúkol", "последнееизменениеответ",
                "востаннєзмінюваласяздача", "востаннєзмінювалосяздача", "最終更新日時提出",
                "上次修改作业",
            ),
            "name": (
                "vollständigername", "nomcomplet", "nombrecompleto", "nomecompleto", "nome",
                "volledigenaam", "fullständigtnamn", "userfullname", "numecomplet", "tamadı",
                "полноеимя",
            ),
            "email": (
                "emailadresse", "adressedecourriel", "direccióndecorreo", "indirizzoemail",
                "emailadres", "adreçaelectrònica", "endereçodeemail", "epostadress",
                "epostadresi", "adresadeemail", "адресэлектроннойпочты",
            ),
        }
    )  # fmt: skip

    def parse_name(self, name: str) -> Authorship | None:
        """Return what the name of a folder or file states; None if it has another form.

        Examples
        --------
        >>> Moodle().parse_name("Jane Doe_12345_assignsubmission_file_").student
        'Jane Doe'
        """
        match = _NAME.fullmatch(whole_letters(name))
        if match is None:
            return None
        who, number = match["name"], match["number"]
        return Authorship(
            student=who,
            longer=f"{who}_{number}" if number else "",
            platform=self.name,
            person=(self.name, f"{who}_{number or ''}"),
            known_as=(number, f"Participant {number}", f"{who}_{number}") if number else (),
            name=who,
            file=match["file"] or "",
        )

    def student_number(self, row: Sequence[str]) -> str:
        """Return the number of the participant from the first column of the worksheet."""
        match = _PARTICIPANT.fullmatch(row[0])
        return match["number"] if match else ""
