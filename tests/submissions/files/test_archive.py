"""Zips: who handed in what in them, and what a hostile one may cost."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import NotebookError
from grader.submissions import find_submissions, survey_submissions
from grader.submissions.files import archive as archive_limits
from tests.notebooks import code_cell, notebook_bytes
from tests.submissions.test_survey import GOOD, outcome, outcomes, put


def zipped(members: Iterable[tuple[str | zipfile.ZipInfo, bytes]], **options) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def entry(name: str, *, mode: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def class_zip(tmp_path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    return put(tmp_path / "class.zip", zipped([*members, ("good.ipynb", GOOD)]))


def patched(content: bytes, old: bytes, new: bytes) -> bytes:
    assert content.count(old) == 2  # the name stands before the member and in the directory
    return content.replace(old, new)


def test_a_zip_is_read_as_a_folder_is(tmp_path):
    path = class_zip(
        tmp_path,
        ("carl/deep/hw.ipynb", GOOD),
        ("carl/data.csv", b"1"),
        ("bob/", b""),
        ("bob/hw.ipynb", GOOD),
        ("alice/a.ipynb", GOOD),
        ("dora/hw.pdf", b""),
        ("eve/", b""),
        ("__MACOSX/bob/._hw.ipynb", b""),
        ("bob/.ipynb_checkpoints/hw-checkpoint.ipynb", GOOD),
        ("roster.csv", b""),
    )
    assert outcomes(path) == {
        "alice": "read",
        "bob": "read",
        "carl": "read",
        "dora": "`dora` holds no notebook: it holds `hw.pdf` (a PDF). Hand in the .ipynb file.",
        "eve": "`eve` holds no notebook: it is empty. Hand in the .ipynb file.",
        "good": "read",
    }
    survey = survey_submissions([path])
    assert survey.submissions[1].notebook == f"{path}/bob/hw.ipynb"
    assert survey.submissions[3].notebook == f"{path}/dora"
    assert [ignored.path for ignored in survey.ignored] == [f"{path}/roster.csv"]


def test_a_zip_in_a_folder_is_a_student(tmp_path):
    put(tmp_path / "alice.zip", zipped([("hw1/hw.ipynb", GOOD), ("data.csv", b"")]))
    put(tmp_path / "bob.ipynb.zip", zipped([("bob.ipynb", GOOD)]))
    put(tmp_path / "carl" / "hw.ZIP", zipped([("hw.ipynb", GOOD)]))
    put(tmp_path / "dora.zip", zipped([]))
    put(tmp_path / "eve" / "hw.ipynb")
    put(tmp_path / "eve" / "data.zip", b"no zip")
    found = find_submissions([tmp_path])
    assert {submission.student: submission.notebook for submission in found} == {
        "alice": f"{tmp_path}/alice.zip/hw1/hw.ipynb",
        "bob": f"{tmp_path}/bob.ipynb.zip/bob.ipynb",
        "carl": f"{tmp_path}/carl/hw.ZIP/hw.ipynb",
        "dora": f"{tmp_path}/dora.zip",
        "eve": f"{tmp_path}/eve/hw.ipynb",
    }
    assert (
        outcome(found[3]) == "`dora.zip` holds no notebook: it is empty. Hand in the .ipynb file."
    )
    ignored = survey_submissions([tmp_path]).ignored
    assert [(one.path, one.why[:27]) for one in ignored] == [
        (f"{tmp_path}/eve/data.zip", "cannot be unpacked: its zip")
    ]


def test_the_folder_that_a_class_was_packed_in_is_seen_through(tmp_path):
    wrapped = [("hw1/", b""), ("hw1/bob.ipynb", GOOD), ("hw1/alice/x.ipynb", GOOD)]
    assert list(outcomes(put(tmp_path / "hw1.zip", zipped(wrapped)))) == ["alice", "bob"]
    alone = zipped([("alice/hw.ipynb", GOOD)])
    assert list(outcomes(put(tmp_path / "alice.zip", alone))) == ["alice"]


def test_zips_of_students_given_one_by_one_are_told_apart(tmp_path):
    paths = [put(tmp_path / f"{name}.zip", zipped([("hw.ipynb", GOOD)])) for name in ("a", "b")]
    empty = put(tmp_path / "c.zip", zipped([]))
    assert outcomes(*paths, empty) == {
        "a/hw": "read",
        "b/hw": "read",
        "c": "`c.zip` holds no notebook: it is empty. Hand in the .ipynb file.",
    }


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("../../eve.ipynb", "eve"),
        ("/etc/eve.ipynb", "etc"),
        ("..\\eve.ipynb", "eve"),
        ("C:\\eve\\hw.ipynb", "C:"),
        ("eve/../good.ipynb", "eve"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused_and_nothing_is_written(tmp_path, name, student):
    path = class_zip(tmp_path, (name, GOOD))
    before = sorted(tmp_path.rglob("*"))
    found = outcomes(path)
    assert "has a name in its zip that leads elsewhere" in found[student]
    assert found["good"] == "read"
    assert sorted(tmp_path.rglob("*")) == before


def test_names_with_backslashes_of_windows_are_folders(tmp_path):
    assert outcomes(class_zip(tmp_path, ("eve\\hw.ipynb", GOOD)))["eve"] == "read"


def test_a_name_with_a_nul_is_refused(tmp_path):
    content = zipped([("eve.ipynb_.txt", GOOD), ("good.ipynb", GOOD)])
    path = put(tmp_path / "class.zip", patched(content, b"eve.ipynb_", b"eve.ipynb\0"))
    found = outcomes(path)
    assert "leads elsewhere" in found["eve"]
    assert found["good"] == "read"


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_special_files_in_a_zip_are_refused(tmp_path, mode):
    found = outcomes(class_zip(tmp_path, (entry("eve.ipynb", mode=mode | 0o777), b"/etc/passwd")))
    assert found["eve"].startswith("`eve.ipynb` is a link or a special file in its zip.")
    assert found["good"] == "read"


def test_an_encrypted_member_is_refused(tmp_path):
    content = bytearray(zipped([("eve.ipynb", GOOD), ("good.ipynb", GOOD)]))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    content[content.index(b"PK\x03\x04") + 6] |= 1
    found = outcomes(put(tmp_path / "class.zip", bytes(content)))
    assert found["eve"].startswith("`eve.ipynb` is encrypted with a password.")
    assert found["good"] == "read"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_a_limit_are_refused(tmp_path, method):
    info = entry("eve.ipynb")
    info.compress_type = method
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, GOOD, compress_type=method)
        archive.writestr("good.ipynb", GOOD)
    found = outcomes(put(tmp_path / "class.zip", buffer.getvalue()))
    assert found["eve"].startswith("`eve.ipynb` is packed with an unusual compression method.")
    assert found["good"] == "read"


def test_a_zip_in_a_zip_is_refused(tmp_path):
    inner = zipped([("hw.ipynb", GOOD)])
    found = outcomes(class_zip(tmp_path, ("eve.zip", inner), ("bob/hw.zip", inner)))
    reason = "is a zip within a zip. Unpack the outer one, and grade the resulting folder."
    assert found == {"eve": f"`eve.zip` {reason}", "bob": f"`hw.zip` {reason}", "good": "read"}


def test_a_zip_in_a_students_zip_is_the_students_to_unpack(tmp_path):
    put(tmp_path / "ada.zip", zipped([("hw.zip", zipped([("hw.ipynb", GOOD)]))]))
    reason = "is a zip within a zip. Unpack it and hand in the .ipynb file."
    assert outcomes(tmp_path) == {"ada": f"`hw.zip` {reason}"}


def test_a_damaged_member_costs_only_itself(tmp_path):
    stored = entry("eve.ipynb")
    stored.compress_type = zipfile.ZIP_STORED
    content = bytearray(zipped([(stored, GOOD), ("good.ipynb", GOOD)]))
    content[content.index(GOOD) + 10] ^= 1
    found = outcomes(put(tmp_path / "class.zip", bytes(content)))
    assert found["eve"].startswith("`eve.ipynb` cannot be unpacked: its zip is damaged.")
    assert found["good"] == "read"


def test_a_bomb_is_stopped_at_the_limit_whatever_its_header_says(tmp_path):
    zeros = b" " * 4_000_000
    content = zipped([("eve.ipynb", zeros), ("good.ipynb", GOOD)])
    path = put(tmp_path / "class.zip", content)
    (bomb, good) = find_submissions([path])
    with pytest.raises(NotebookError, match="is larger than 1,000,000 bytes"):
        bomb.read(limit_bytes=1_000_000)
    assert good.read().cells
    lying = patched(content, struct.pack("<L", 4_000_000), struct.pack("<L", 10))
    path.write_bytes(lying)
    assert "its zip is damaged" in outcome(find_submissions([path])[0])


def test_of_a_bomb_no_more_than_the_limit_is_unpacked(tmp_path):
    path = put(tmp_path / "class.zip", zipped([("eve.ipynb", b" " * 4_000_000)]))
    assert len(archive_limits.read_member(path, 0, 100_000)) == 100_001


def test_too_many_entries_are_refused_by_count_and_by_the_size_of_the_directory(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(archive_limits, "LIMIT_ENTRIES", 3)
    put(tmp_path / "eve.zip", zipped([(f"{number}.ipynb", b"") for number in range(4)]))
    put(tmp_path / "good.ipynb")
    found = outcomes(tmp_path)
    assert found["eve"] == "`eve.zip` holds more than 3 files. Hand in the .ipynb file alone."
    monkeypatch.setattr(archive_limits, "LIMIT_ENTRIES", 10_000)
    monkeypatch.setattr(archive_limits, "_LIMIT_DIRECTORY_BYTES", 200)
    assert "holds more than 10,000 files" in outcomes(tmp_path)["eve"]
    assert found["good"] == "read"


def test_a_name_that_is_very_long_is_refused(tmp_path):
    found = outcomes(class_zip(tmp_path, (f"{'e' * 1000}.ipynb", GOOD)))
    assert "has a name of more than 255 characters" in found["e" * 1000]
    assert found["good"] == "read"


@pytest.mark.parametrize("name", ["a\x1b[2J", "x\ny", "gpj\u202e", "Zoë", "数学"])
def test_strange_names_are_kept(tmp_path, name):
    assert outcomes(class_zip(tmp_path, (f"{name}.ipynb", GOOD)))[name] == "read"


def test_names_in_utf8_without_the_flag_and_in_code_page_437_are_read(tmp_path):
    content = zipped([("Zo??.ipynb", GOOD), ("M?ller.ipynb", GOOD)])
    content = patched(content, b"Zo??", "Zoë".encode())
    content = patched(content, b"M?ller", b"M\x81ller")
    assert list(outcomes(put(tmp_path / "class.zip", content))) == ["Müller", "Zoë"]


def test_two_members_of_one_name_are_both_read(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zipped([("eve.ipynb", GOOD), ("eve.ipynb", notebook_bytes(["a", "b"]))])
    found = find_submissions([put(tmp_path / "class.zip", content)])
    assert [submission.student for submission in found] == ["class/eve", "class/eve (2)"]
    assert [len(submission.read().cells) for submission in found] == [1, 2]


@pytest.mark.parametrize("content", [b"", b"no zip", zipped([("a.ipynb", GOOD)])[:-30]])
def test_a_file_that_is_no_zip_is_one_unreadable_submission(tmp_path, content):
    put(tmp_path / "eve.zip", content)
    put(tmp_path / "good.ipynb")
    found = outcomes(tmp_path)
    assert found["eve"].startswith("`eve.zip` cannot be unpacked: its zip is damaged. Make the zip")
    assert found["good"] == "read"
    assert list(outcomes(tmp_path / "eve.zip")) == ["eve"]


def test_a_zip_that_was_exchanged_since_it_was_listed_gives_nobody_anothers_notebook(tmp_path):
    path = put(tmp_path / "class.zip", zipped([("eve.ipynb", GOOD), ("bob.ipynb", GOOD)]))
    bob, eve = find_submissions([path])
    path.write_bytes(zipped([("ann.ipynb", GOOD), ("bob.ipynb", GOOD), ("eve.ipynb", GOOD)]))
    changed = "is in a zip that has changed since it was listed. Grade it again."
    assert outcome(bob) == f"`bob.ipynb` {changed}"
    assert outcome(eve) == f"`eve.ipynb` {changed}"


def far_away(content: bytes) -> bytes:
    """Return a zip that keeps the offset of its one member in 64 bits."""
    central, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry, tail = bytearray(content[central:end]), bytearray(content[end:])
    struct.pack_into("<H", entry, 30, 12)
    struct.pack_into("<L", entry, 42, 0xFFFF_FFFF)
    entry += struct.pack("<HHQ", 1, 8, 0)
    struct.pack_into("<L", tail, 12, len(entry))
    return content[:central] + bytes(entry) + bytes(tail)


def test_a_zip_with_something_in_front_or_of_64_bits_is_read(tmp_path):
    path = put(
        tmp_path / "class.zip", b"#!/bin/sh\n" + zipped([("a.ipynb", GOOD), ("b.ipynb", GOOD)])
    )
    assert outcomes(path) == {"a": "read", "b": "read"}
    assert outcomes(put(tmp_path / "far.zip", far_away(zipped([("a.ipynb", GOOD)])))) == {
        "a": "read"
    }


def test_a_far_zip_that_was_exchanged_is_looked_at_again(tmp_path):
    path = put(tmp_path / "far.zip", far_away(zipped([("eve.ipynb", GOOD)])))
    (eve,) = find_submissions([path])
    path.write_bytes(zipped([(entry("eve.ipynb", mode=stat.S_IFLNK), b"/etc/passwd")]))
    assert "is a link or a special file" in outcome(eve)


def test_a_directory_that_claims_to_begin_elsewhere_is_damaged(tmp_path):
    content = bytearray(zipped([("eve.ipynb", GOOD)]))
    end = content.index(b"PK\x05\x06")
    (start,) = struct.unpack_from("<L", content, end + 16)
    struct.pack_into("<L", content, end + 16, start + 1)
    assert "its zip is damaged" in outcomes(put(tmp_path / "eve.zip", bytes(content)))["eve"]


def test_a_class_may_have_more_entries_than_a_student(tmp_path, monkeypatch):
    monkeypatch.setattr(archive_limits, "LIMIT_ENTRIES", 3)
    path = put(tmp_path / "class.zip", zipped([(f"{name}.ipynb", GOOD) for name in "abcde"]))
    assert len(outcomes(path)) == 5
    monkeypatch.setattr(archive_limits, "LIMIT_ENTRIES_OF_CLASS", 4)
    assert "holds more than 4 files" in outcomes(path)["class"]


def test_a_zip_that_links_out_of_the_students_folder_is_refused(tmp_path):
    put(tmp_path / "class" / "eve" / "notes.txt")
    put(tmp_path / "solutions.zip", zipped([("hw.ipynb", GOOD)]))
    (tmp_path / "class" / "eve" / "hw.zip").symlink_to(tmp_path / "solutions.zip")
    assert "is a link that leads out" in outcomes(tmp_path / "class")["eve"]


def test_entries_without_a_name_are_passed_over(tmp_path):
    path = class_zip(tmp_path, ("/", b""), ("..", b"x"))
    assert outcomes(path) == {"good": "read"}


ZIP = zipped([("alice/hw.ipynb", GOOD), ("é.ipynb", notebook_bytes([code_cell("é")]))])


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(ZIP)), st.integers(0, 4), st.binary(max_size=6))
def test_any_mutation_of_a_zip_gives_submissions_or_reasons(tmp_path_factory, at, length, new):
    path = tmp_path_factory.getbasetemp() / f"mutated-{os.getpid()}.zip"
    path.write_bytes(ZIP[:at] + new + ZIP[at + length :])
    for submission in find_submissions([path]):
        with contextlib.suppress(NotebookError):
            submission.read()
