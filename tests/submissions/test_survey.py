"""Who handed in what, in notebooks and folders."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from grader.errors import NotebookError, UsageError
from grader.submissions import Submission, find_submissions, survey_submissions
from grader.submissions.files import listing as listing_limits
from grader.text import safe_text
from tests.notebooks import notebook_bytes
from tests.submissions.downloads import aged, passed_over

GOOD = notebook_bytes(["x = 1"])


def put(path: Path, content: bytes = GOOD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def outcome(submission: Submission) -> str:
    """Return "read", or why not."""
    try:
        submission.read()
    except NotebookError as error:
        return str(error)
    return "read"


def outcomes(*paths: Path) -> dict[str, str]:
    found = find_submissions(paths)
    assert len({submission.student for submission in found}) == len(found)
    return {submission.student: outcome(submission) for submission in found}


def test_a_notebook_belongs_to_the_student_of_its_name(tmp_path):
    path = put(tmp_path / "Zoë Müller.ipynb")
    (found,) = find_submissions([path])
    assert (found.student, found.notebook) == ("Zoë Müller", str(path))
    assert found.read().name == "Zoë Müller.ipynb"


def test_a_folder_of_notebooks_is_sorted_by_name(tmp_path):
    for name in ("carl.ipynb", "Bob.IPYNB", "alice.ipynb.txt", "dora.ipynb.json"):
        put(tmp_path / name)
    assert list(outcomes(tmp_path)) == ["Bob", "alice", "carl", "dora"]


def test_a_folder_of_folders_takes_each_for_a_student(tmp_path):
    put(tmp_path / "bob" / "hw1.ipynb")
    put(tmp_path / "bob" / "data.csv", b"1,2")
    put(tmp_path / "alice" / "hw1" / "final" / "my homework.ipynb")
    found = find_submissions([tmp_path])
    assert [submission.student for submission in found] == ["alice", "bob"]
    assert found[0].notebook == f"{tmp_path}/alice/hw1/final/my homework.ipynb"
    assert all(outcome(submission) == "read" for submission in found)


def test_of_several_notebooks_in_a_students_folder_the_newest_counts(tmp_path):
    aged(put(tmp_path / "alice" / "draft.ipynb"), 1_000)
    aged(put(tmp_path / "alice" / "final" / "hw.ipynb"), 2_000)
    aged(put(tmp_path / "alice" / "hw (1).ipynb"), 1_000)
    put(tmp_path / "bob" / "hw.ipynb")
    alice, bob = find_submissions([tmp_path])
    assert (alice.student, alice.notebook) == ("alice", f"{tmp_path}/alice/final/hw.ipynb")
    why = "is an older file than the one that is graded"
    assert passed_over(alice) == {"draft.ipynb": why, "hw (1).ipynb": why}
    assert (bob.student, bob.hand_in) == ("bob", None)


@pytest.mark.parametrize(
    "names",
    [
        ["a.ipynb", "b.ipynb"],
        ["hw.ipynb", "hw (1).ipynb"],
        ["hw (9).ipynb", "hw (10).ipynb"],
        ["z/hw.ipynb", "z/hw-Copy2.ipynb"],
        ["hw.ipynb", "hw copy.ipynb", "hw copy 2.ipynb", "hw2.ipynb"],
        ["(1).ipynb", "hw.ipynb"],
    ],
)
def test_of_files_as_old_as_each_other_the_last_by_name_counts(tmp_path, names):
    for name in names:
        aged(put(tmp_path / "alice" / name), 1_000)
    (alice,) = find_submissions([tmp_path])
    assert alice.notebook.endswith(f"/{names[-1]}")
    why = "may be as new as the one that is graded, whose name sorts last"
    assert set(passed_over(alice).values()) == {why}


def test_a_notebook_of_a_folder_that_is_given_by_name_too_is_graded_once(tmp_path):
    put(tmp_path / "alice" / "a.ipynb")
    path = put(tmp_path / "alice" / "b.ipynb")
    survey = survey_submissions([tmp_path, path])
    assert [submission.student for submission in survey.submissions] == ["alice"]
    assert [ignored.why for ignored in survey.ignored] == ["is given twice"]


def test_a_student_with_too_many_notebooks_is_told_so(tmp_path):
    for number in range(21):
        put(tmp_path / "section1" / f"{number}.ipynb")
    put(tmp_path / "zoe.ipynb")
    found = outcomes(tmp_path)
    assert found["section1"].startswith("`section1` holds 21 notebooks; at most 20 are graded")
    assert found["zoe"] == "read"


def test_a_folder_without_a_notebook_is_an_unreadable_submission(tmp_path):
    put(tmp_path / "alice" / "hw1.py")
    put(tmp_path / "bob.ipynb")
    (tmp_path / "carl").mkdir()
    for name in "abcd":
        put(tmp_path / "dora" / f"{name}.pdf")
    assert outcomes(tmp_path) == {
        "alice": "`alice` holds no notebook: it holds `hw1.py` (a Python program). "
        "Hand in the .ipynb file.",
        "bob": "read",
        "carl": "`carl` holds no notebook: it is empty. Hand in the .ipynb file.",
        "dora": "`dora` holds no notebook: it holds `a.pdf` (a PDF), `b.pdf` (a PDF), "
        "`c.pdf` (a PDF) and more. Hand in the .ipynb file.",
    }


def test_an_unreadable_file_does_not_keep_the_rest_from_being_read(tmp_path):
    put(tmp_path / "alice.ipynb", b"")
    put(tmp_path / "bob.ipynb")
    found = outcomes(tmp_path)
    assert found["alice"].startswith("`alice.ipynb` is empty")
    assert found["bob"] == "read"


def test_what_programs_leave_behind_is_passed_over_and_other_files_are_listed(tmp_path):
    put(tmp_path / "alice.ipynb")
    put(tmp_path / "bob" / "hw.ipynb")
    for noise in (".DS_Store", "._alice.ipynb", ".ipynb_checkpoints/alice-checkpoint.ipynb"):
        put(tmp_path / noise)
        put(tmp_path / "bob" / noise)
    put(tmp_path / "__MACOSX" / "bob.ipynb")
    put(tmp_path / "roster.csv", b"alice,bob")
    survey = survey_submissions([tmp_path])
    assert [submission.student for submission in survey.submissions] == ["alice", "bob"]
    assert [(ignored.path, ignored.why) for ignored in survey.ignored] == [
        (f"{tmp_path}/roster.csv", "is not a notebook, a zip or a folder")
    ]


def test_students_of_one_name_get_names_that_tell_them_apart(tmp_path):
    first = put(tmp_path / "section1" / "alice.ipynb").parent
    second = put(tmp_path / "section2" / "alice.ipynb").parent
    put(tmp_path / "section2" / "bob.ipynb")
    assert list(outcomes(first, second)) == ["section1/alice", "section2/alice", "bob"]
    students = [put(tmp_path / name / "hw.ipynb") for name in ("carl", "dora")]
    assert list(outcomes(*students)) == ["carl/hw", "dora/hw"]


def test_names_that_still_clash_are_numbered(tmp_path):
    put(tmp_path / "alice.ipynb")
    put(tmp_path / "alice.ipynb.txt")
    put(tmp_path / "alice" / "hw.ipynb")
    root = tmp_path.name
    assert list(outcomes(tmp_path)) == [f"{root}/alice", f"{root}/alice (2)", f"{root}/alice (3)"]


def test_what_is_given_twice_is_graded_once(tmp_path):
    path = put(tmp_path / "alice.ipynb")
    survey = survey_submissions([tmp_path, path, tmp_path / "." / "alice.ipynb"])
    assert [submission.student for submission in survey.submissions] == ["alice"]
    assert [ignored.why for ignored in survey.ignored] == ["is given twice"] * 2


def test_the_order_of_the_paths_is_kept(tmp_path):
    paths = [put(tmp_path / f"{name}.ipynb") for name in ("b", "a", "c")]
    assert list(outcomes(*paths)) == ["b", "a", "c"]


def test_the_working_folder_can_be_given(tmp_path, monkeypatch):
    put(tmp_path / "alice.ipynb")
    monkeypatch.chdir(tmp_path)
    (found,) = find_submissions([Path()])
    assert (found.student, outcome(found)) == ("alice", "read")
    monkeypatch.chdir(put(tmp_path / "inner" / "alice.ipynb").parent)
    assert list(outcomes(Path(".."), Path())) == ["alice", "inner"]
    both = [Path("../alice.ipynb"), Path("alice.ipynb")]
    assert list(outcomes(*both)) == [f"{tmp_path.name}/alice", "inner/alice"]


def test_a_file_named_by_its_suffix_alone_keeps_its_name(tmp_path):
    assert outcomes(put(tmp_path / ".ipynb")) == {".ipynb": "read"}


def test_a_path_that_is_not_there_is_a_wrong_call(tmp_path):
    with pytest.raises(UsageError, match=r"`.*/nowhere` does not exist"):
        find_submissions([tmp_path / "nowhere"])


def test_an_empty_folder_is_nothing_alone_and_a_student_among_others(tmp_path):
    (tmp_path / "alice").mkdir()
    put(tmp_path / "bob" / "hw.ipynb")
    assert find_submissions([tmp_path / "alice"]) == []
    assert outcomes(tmp_path / "alice", tmp_path / "bob") == {
        "hw": "read",
        "alice": "`alice` holds no notebook: it is empty. Hand in the .ipynb file.",
    }


def test_any_file_that_is_given_by_name_is_read_or_refused_with_a_reason(tmp_path):
    assert outcomes(put(tmp_path / "alice.json"), put(tmp_path / "bob.py", b"import os")) == {
        "alice.json": "read",
        "bob.py": "`bob.py` is a script or plain text, not a notebook. "
        "Hand in the .ipynb file that it was made from.",
    }


def test_links_are_read_within_a_students_folder_only(tmp_path):
    class_folder = tmp_path / "class"
    put(tmp_path / "solution.ipynb")
    put(class_folder / "alice" / "hw.ipynb")
    for student, target in {
        "bob": "../alice/hw.ipynb",
        "carl": "../../solution.ipynb",
        "dora": "/etc/passwd",
        "eve": "elsewhere.ipynb",
        "fay": "hw.ipynb",
    }.items():
        (class_folder / student).mkdir()
        (class_folder / student / "hw.ipynb").symlink_to(target)
    put(class_folder / "gus" / ".real.ipynb")
    (class_folder / "gus" / "hw.ipynb").symlink_to(".real.ipynb")
    (class_folder / "hal").symlink_to("alice")
    (class_folder / "ida.ipynb").symlink_to("../solution.ipynb")
    (class_folder / "jon.txt").symlink_to("jon.txt")
    leads_out = "`hw.ipynb` is a link that leads out of its folder; hand in the file itself"
    found = outcomes(class_folder)
    assert [found.pop(name) for name in ("bob", "carl", "dora")] == [leads_out] * 3
    assert found.pop("ida") == leads_out.replace("hw.", "ida.")
    assert "`hw.ipynb` does not exist" in found.pop("eve")
    assert "`hw.ipynb` cannot be opened" in found.pop("fay")
    assert found.pop("hal").startswith("`hal` is a link to a folder, which is not followed.")
    assert found == {"alice": "read", "gus": "read"}


def test_a_link_to_a_folder_beside_a_notebook_is_only_listed(tmp_path):
    put(tmp_path / "alice" / "hw.ipynb")
    (tmp_path / "alice" / "more").symlink_to("/")
    survey = survey_submissions([tmp_path])
    assert [submission.student for submission in survey.submissions] == ["alice"]
    assert [ignored.path for ignored in survey.ignored] == [f"{tmp_path}/alice/more"]


def test_a_fifo_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "alice.ipynb")
    os.mkfifo(tmp_path / "bob.zip")
    put(tmp_path / "carl.ipynb")
    found = outcomes(tmp_path)
    assert found["alice"].startswith("`alice.ipynb` is not an ordinary file")
    assert found["bob"].startswith("`bob.zip` is not an ordinary file")
    assert found["carl"] == "read"


def test_a_folder_too_deep_or_too_full_costs_only_its_student(tmp_path, monkeypatch):
    monkeypatch.setattr(listing_limits, "_LIMIT_ITEMS", 30)
    put(tmp_path / "alice" / "/".join("d" * 25) / "hw.ipynb")
    for number in range(31):
        put(tmp_path / "bob" / f"{number}.txt")
    put(tmp_path / "carl" / "hw.ipynb")
    found = outcomes(tmp_path)
    assert found["alice"].startswith("`d` is more than 20 folders deep.")
    assert found["bob"].startswith("`bob` holds more than 30 files.")
    assert found["carl"] == "read"


def test_a_folder_that_cannot_be_listed_costs_only_its_student(tmp_path, monkeypatch):
    put(tmp_path / "alice" / "hw.ipynb")
    put(tmp_path / "bob" / "hw.ipynb")
    real_scandir = os.scandir

    def refuse(path):
        if Path(path).name == "alice":
            raise PermissionError(13, "Permission denied")
        return real_scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)  # root may list every folder
    assert outcomes(tmp_path) == {
        "alice": "`alice` cannot be listed (Permission denied). Hand it in again.",
        "bob": "read",
    }
    with pytest.raises(UsageError, match="alice` cannot be listed: Permission denied"):
        find_submissions([tmp_path / "alice"])


def test_names_are_kept_as_they_are_and_can_be_written_and_shown(tmp_path):
    raw_names = ["a\x1b[2Jb", "x\ny", "gpj\u202e", "=1+1", "é" * 100]
    for name in raw_names:
        put(tmp_path / f"{name}.ipynb")
    put(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.ipynb")))
    found = find_submissions([tmp_path])
    students = [submission.student for submission in found]
    assert set(students) == {*raw_names, r"caf\udce9"}
    for submission in found:
        assert outcome(submission) == "read"
        assert safe_text(submission.student).isprintable()
        assert (submission.student + submission.notebook).encode()


def test_a_submission_is_small_and_is_read_where_it_is_sent(tmp_path):
    path = put(tmp_path / "alice.ipynb", notebook_bytes(["x = 1", "#" * 100_000]))
    sent = pickle.dumps(find_submissions([path])[0])
    assert len(sent) < 1000
    assert len(pickle.loads(sent).read().cells) == 2


def test_a_notebook_over_the_limit_or_gone_is_refused_when_it_is_read(tmp_path):
    path = put(tmp_path / "alice.ipynb")
    (found,) = find_submissions([tmp_path])
    with pytest.raises(NotebookError, match=r"`alice\.ipynb` is larger than 10 bytes"):
        found.read(limit_bytes=10)
    path.unlink()
    with pytest.raises(NotebookError, match=r"`alice\.ipynb` does not exist"):
        found.read()
