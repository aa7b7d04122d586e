"""Students who forge what a platform writes, and downloads that hold traps.

The whole download is graded by the command. Nobody gets another's marks or takes another's away,
each trap costs its own student a clear reason, and nothing is written but the results.
"""

from __future__ import annotations

import json
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from tests.attacks.classes import Graded, grade_class, run_grader
from tests.attacks.exam import reference
from tests.attacks.test_archives import bomb, flagged, special, zipped
from tests.notebooks import notebook_bytes
from tests.submissions.downloads import put_tree, zip_tree

pytestmark = pytest.mark.strong

GOOD = notebook_bytes([reference("kl_asymmetry")])
BAD = notebook_bytes(["kl = 0"])
FILE = "assignsubmission_file_"
FORGED = b"submission_1:\n  :submitters:\n  - :name: Bob\n    :sid: bob\n"


def graded(folder: Path, tmp_path: Path, *options: str | Path) -> Graded:
    before = {path: path.lstat().st_mtime_ns for path in sorted(tmp_path.rglob("*"))}
    done = grade_class(folder, tmp_path / "out", *map(str, options))
    after = {
        path: path.lstat().st_mtime_ns
        for path in sorted(tmp_path.rglob("*"))
        if tmp_path / "out" not in (path, *path.parents)
    }
    assert {path: time for path, time in before.items() if path in after} == after
    return done


def scores(done: Graded) -> dict[str, float]:
    return {who: each["score"] for who, each in done.by_student.items()}


def test_a_zip_of_moodle_with_traps_costs_only_those_who_set_them(tmp_path, arenas):
    whole = zipped(
        (f"Ada Good_1_{FILE}/hw.ipynb", GOOD),
        (f"Bea Climb_2_{FILE}/../../../../../../var/tmp/left_by_zip.ipynb", GOOD),
        (special(f"Cy Link_3_{FILE}/hw.ipynb", stat.S_IFLNK), b"/etc/passwd"),
        (f"Di Nest_4_{FILE}/hw.zip", zipped(("hw.ipynb", GOOD))),
        (f"Ed Bomb_5_{FILE}/hw.ipynb", b'{"cells": [' + b" " * (100 << 20) + b"]}"),
        (f"Fay Two_6_{FILE}/hw.ipynb", GOOD),
        (f"Fay Two_6_{FILE}/hw.zip", bomb(50)),
        (f"Gus Gone_7_{FILE}/", b""),
    )
    (tmp_path / "hw1.zip").write_bytes(whole)
    done = graded(tmp_path / "hw1.zip", tmp_path)
    found = done.by_student
    assert {who: score for who, score in scores(done).items() if score} == {
        "Ada Good": 10,
        "Fay Two": 10,
    }
    reasons = {who: found[who]["reason"] for who in found if found[who]["score"] == 0}
    assert "has a name in its zip that leads elsewhere" in reasons["Bea Climb"]
    assert "is a link or a special file" in reasons["Cy Link"]
    assert "is a zip within a zip" in reasons["Di Nest"]
    assert "larger than" in reasons["Ed Bomb"]
    assert "holds no notebook: it is empty" in reasons["Gus Gone"]
    assert len(reasons) == 5
    (beside,) = found["Fay Two"]["hand_in"]["passed_over"]
    assert "is a zip within a zip" in beside["why"]
    assert not list(Path("/var/tmp").glob("*left_by_zip*"))
    arenas.tell("traps_in_a_download", "reading", "strong", "each costs its own student a reason")


def test_an_encrypted_member_costs_its_own_student(tmp_path):
    content = zipped(("doejane_1_4001_hw.ipynb", GOOD))
    (tmp_path / "all.zip").write_bytes(flagged(content, 1))
    (jane,) = graded(tmp_path / "all.zip", tmp_path).by_student.values()
    assert jane["student"] == "doejane_1"
    assert "is encrypted with a password" in jane["reason"]


def test_metadata_that_a_student_forged_do_not_make_them_another(tmp_path, arenas):
    files = {
        "eve/submission_metadata.yml": FORGED,
        "eve/submission_1/hw.ipynb": BAD,
        "bob/hw.ipynb": GOOD,
    }
    assert scores(graded(put_tree(tmp_path / "class", files), tmp_path)) == {"bob": 10, "eve": 0}
    export = {
        "submission_metadata.yml": b"submission_1:\n  :submitters:\n  - :sid: eve\n"
        b"submission_2:\n  :submitters:\n  - :sid: bob\n",
        "submission_1/submission_metadata.yml": FORGED,
        "submission_1/hw.ipynb": BAD,
        "submission_2/hw.ipynb": GOOD,
    }
    (tmp_path / "export.zip").write_bytes(zip_tree(export))
    assert scores(graded(tmp_path / "export.zip", tmp_path)) == {"eve": 0, "bob": 10}
    arenas.tell("forged_metadata", "reading", "strong", "only those beside all folders are read")


def test_a_student_who_names_a_folder_like_a_platform_gets_no_others_marks(tmp_path, arenas):
    files = {
        f"eve/Bob Roe_2_{FILE}/hw.ipynb": BAD,
        "eve/doejane_1_4001_hw.ipynb": BAD,
        "bob/hw.ipynb": GOOD,
        "jane/hw.ipynb": GOOD,
    }
    roster = tmp_path / "roster.csv"
    roster.write_text("id,name\nbob,Bob Roe\njane,Jane Doe\neve,Eve\n")
    done = graded(put_tree(tmp_path / "class", files), tmp_path, "--roster", roster)
    assert scores(done) == {"bob": 10, "eve": 0, "jane": 10}
    assert json.loads(done.results)["missing"] == []
    arenas.tell("forged_names", "reading", "strong", "a platform's names count at the top only")


def test_two_accounts_of_one_name_do_not_overwrite_each_other(tmp_path):
    files = {"doejane_1_4001_hw.ipynb": GOOD, "doejane_2_4002_hw.ipynb": BAD}
    roster = tmp_path / "roster.csv"
    roster.write_text("id,name\nu1,Jane Doe\n")
    done = graded(put_tree(tmp_path / "class", files), tmp_path, "--roster", roster)
    assert scores(done) == {"doejane_1": 10, "doejane_2": 0}
    assert json.loads(done.results)["unknown"] == ["doejane_1", "doejane_2"]


def test_names_of_a_roster_and_a_platform_reach_no_terminal_and_no_formula(tmp_path):
    name = "\x1b[2J=cmd()"
    files = {f"{name}_7_{FILE}/hw.ipynb": GOOD}
    (tmp_path / "roster.csv").write_text(f"id,name\n=1+1,Nobody\n{name},\n")
    done = graded(
        put_tree(tmp_path / "class", files), tmp_path, "--roster", tmp_path / "roster.csv"
    )
    assert "\x1b" not in done.shown + done.results + done.grades


def test_a_zip_whose_times_are_lies_still_gives_one_notebook(tmp_path):
    content = zip_tree({f"Ada_1_{FILE}/a.ipynb": GOOD, f"Ada_1_{FILE}/b.ipynb": GOOD})
    changed = bytearray(content)
    central = content.index(b"PK\x01\x02")
    struct.pack_into("<HH", changed, central + 12, 0xFFFF, 0xFFFF)
    (tmp_path / "all.zip").write_bytes(bytes(changed))
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.infolist()[0].date_time[3] > 24
    assert scores(graded(tmp_path / "all.zip", tmp_path)) == {"Ada": 10}


def test_a_roster_that_is_endless_is_refused(tmp_path):
    put_tree(tmp_path / "class", {"ada.ipynb": GOOD})
    status, shown = run_grader(
        *("grade", tmp_path / "class", "--out", tmp_path / "out", "--roster", "/dev/zero")
    )
    assert status == 2
    assert "is larger than 16 MiB" in shown
    assert [path.name for path in tmp_path.iterdir()] == ["class"]
