"""What Gradescope exports."""

from __future__ import annotations

import contextlib
import zipfile

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from grader.submissions.files.listing import Item
from grader.submissions.platforms import gradescope
from grader.submissions.platforms.gradescope import MetadataError, read_metadata
from tests.course.impatient import impatient
from tests.submissions.downloads import (
    FORMS,
    GOOD,
    notebook,
    put,
    put_tree,
    source_of,
    students,
    surveyed,
    zip_tree,
)

METADATA = """---
submission_4001:
  :submitters:
  - :name: Jane Doe
    :sid: '3031'
    :email: jane@example.edu
  :created_at: 2026-05-01 21:58:33.123456000 Z
  :score: 3.0
  :status: processed
  :results:
    tests:
    - name: a
      output: |-
        submission_4002:
          :submitters: []

        done
  :history:
  - :id: 1
    :created_at: 2026-04-30 10:00:00.000000000 Z
    :results:
    - 1
  - :id: 2
    :results: {}
submission_4002:
  :submitters:
  - :name: Bob Roe
    :sid:
    :email: bob@example.edu
  - :name: Ann Roe
    :sid: ''
    :email:
  :created_at: 2026-05-01 23:00:00.000000000 -07:00
"""


def exported(metadata: str = METADATA) -> dict[str, bytes]:
    return {
        "submission_metadata.yml": metadata.encode(),
        "submission_4001/hw1.ipynb": notebook("'jane'"),
        "submission_4002/work/hw1.ipynb": notebook("'roes'"),
        "submission_4002/data.csv": b"1",
    }


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("above", ["", "assignment_77_export/"])
def test_the_metadata_say_whose_each_folder_is(tmp_path, form, above):
    files = {above + name: content for name, content in exported().items()}
    survey = surveyed(put(form, tmp_path / "submissions", files))
    found = students(survey)
    assert {who: source_of(one) for who, one in found.items()} == {
        "3031": "'jane'",
        "bob@example.edu": "'roes'",
        "Ann Roe": "'roes'",
    }
    jane, bob, ann = (one.hand_in for one in found.values())
    assert (jane.platform, jane.name, jane.email) == ("gradescope", "Jane Doe", "jane@example.edu")
    assert (jane.attempt, jane.received.isoformat()) == (3, "2026-05-01T21:58:33.123456+00:00")
    assert (bob.attempt, bob.received.isoformat()) == (None, "2026-05-02T06:00:00+00:00")
    assert ann.email == ""
    assert survey.ignored == ()


def test_two_submissions_of_one_student_are_one_and_the_later_counts(tmp_path):
    metadata = "".join(
        f"submission_{number}:\n  :submitters:\n  - :name: Jane\n    :sid: '1'\n"
        f"  :created_at: 2026-05-0{day} 10:00:00 Z\n"
        for number, day in ((1, 3), (2, 1), (3, 2))
    )
    files = {f"submission_{number}/hw.ipynb": notebook(str(number)) for number in (1, 2, 3)}
    place = put_tree(tmp_path, files | {"submission_metadata.yml": metadata.encode()})
    (jane,) = surveyed(place).submissions
    assert source_of(jane) == "1"
    assert {one.why for one in jane.hand_in.passed_over} == {"came before the one that is graded"}


def test_students_of_one_name_alone_are_told_apart(tmp_path):
    record = "submission_{}:\n  :submitters:\n  - :name: Jane\n"
    metadata = record.format(1) + record.format(2)
    files = {f"submission_{number}/hw.ipynb": GOOD for number in (1, 2)}
    place = put_tree(tmp_path, files | {"submission_metadata.yml": metadata.encode()})
    assert list(students(surveyed(place))) == ["Jane (submission_1)", "Jane (submission_2)"]


def test_what_metadata_and_folders_do_not_share_is_not_lost(tmp_path):
    metadata = """
submission_1:
  :submitters: []
submission_2: nothing
submission_3:
  :submitters:
  - Jane
submission_9:
  :submitters:
  - :name: Gone
    :sid: '9'
"""
    files = {f"submission_{number}/hw.ipynb": GOOD for number in (1, 2, 3, 4)}
    place = put_tree(tmp_path, files | {"submission_metadata.yml": metadata.encode()})
    survey = surveyed(place)
    found = students(survey)
    assert list(found) == ["submission_1", "submission_2", "submission_3", "submission_4", "9"]
    assert [one.why for one in survey.ignored] == [
        f"names no student for `submission_{number}`, so it is graded under that name. "
        "Export it again."
        for number in (1, 2, 3, 4)
    ]
    assert source_of(found["9"]) == "`submission_9` is not in the export. Export it again."


BAD = {
    "is not valid YAML": "a: [1",
    "does not map folders to submissions": "- 1",
    "is nested too deeply": "a: " + "[" * 10_000 + "]" * 10_000,
    "contains a YAML alias, which is not allowed": "a: &a [1]\nb: *a",
}


LOADERS = {
    "libyaml": getattr(yaml, "CSafeLoader", yaml.SafeLoader),
    "Python": yaml.SafeLoader,
    "impatient": impatient(depth=30, words="No, thank you"),
}


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("why", BAD)
def test_metadata_that_cannot_be_read_cost_the_names_alone(tmp_path, monkeypatch, why, loader):
    monkeypatch.setattr(gradescope, "_LOADER", LOADERS[loader])
    survey = surveyed(put_tree(tmp_path, exported(BAD[why])))
    assert list(students(survey)) == ["submission_4001", "submission_4002"]
    (one,) = survey.ignored
    assert one.path == f"{tmp_path}/submission_metadata.yml"
    assert one.why == (
        f"{why}, so students are called by the names of their folders. Export it again."
    )


def test_metadata_over_the_limit_or_behind_a_link_are_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(gradescope, "_LIMIT_BYTES", 100)
    (one,) = surveyed(put_tree(tmp_path / "a", exported())).ignored
    assert one.why.startswith("is larger than")
    place = put_tree(tmp_path / "b", exported())
    (place / "submission_metadata.yml").unlink()
    (place / "submission_metadata.yml").symlink_to(tmp_path / "a" / "submission_metadata.yml")
    (one,) = surveyed(place).ignored
    assert one.why.startswith("is a link that leads out of its folder")


def test_a_link_in_a_zip_in_place_of_the_metadata_is_not_read(tmp_path):
    archive = tmp_path / "export.zip"
    archive.write_bytes(zip_tree(exported()))
    link = zipfile.ZipInfo("submission_metadata.yml")
    link.external_attr = 0o120777 << 16
    files = exported()
    files.pop("submission_metadata.yml")
    archive.write_bytes(zip_tree(files))
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr(link, "/etc/passwd")
    survey = surveyed(archive)
    assert list(students(survey)) == ["submission_4001", "submission_4002"]
    assert survey.ignored[0].why.startswith("is a link or a special file in its zip.")


def test_metadata_that_a_student_handed_in_say_nothing(tmp_path):
    forged = b"hw:\n  :submitters:\n  - :sid: bob\n"
    files = {
        "alice/submission_metadata.yml": forged,
        "alice/hw/x.ipynb": notebook("'alice'"),
        "bob/x.ipynb": notebook("'bob'"),
    }
    found = students(surveyed(put_tree(tmp_path, files)))
    assert {who: source_of(one) for who, one in found.items()} == {
        "alice": "'alice'",
        "bob": "'bob'",
    }


class Text:
    """A source that holds a text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def content(self, limit_bytes: int) -> bytes:
        return self.text.encode()


def read(text: str):
    return read_metadata(Item(("m.yml",), "m.yml", "other", file=Text(text)))


PLAIN = st.text(st.characters(codec="utf-8", categories=["L", "N", "Zs"]), max_size=20)
SUBMITTER = st.fixed_dictionaries({":name": PLAIN, ":sid": PLAIN, ":email": PLAIN})


@given(st.dictionaries(PLAIN, st.lists(SUBMITTER, max_size=3), max_size=5))
def test_every_submission_has_a_student(tree):
    text = yaml.safe_dump({name: {":submitters": each} for name, each in tree.items()})
    authorships = read(text)
    assert {name: len(each) for name, each in authorships.items()} == {
        name: len(each) for name, each in tree.items()
    }
    assert (
        all(authorship.student for each in authorships.values() for authorship in each)
        or "" in tree
    )


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(MetadataError):
        assert isinstance(read(text), dict)
