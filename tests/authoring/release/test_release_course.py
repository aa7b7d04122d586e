"""Writing released notebooks: what they hold of a course, and what they write over."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path

import pytest

from grader.authoring.release.release_course import prepare_releases, write_releases
from grader.bundle import bundle_in_notebook
from grader.bundle.packing import unpack, unpack_text
from grader.course import load_course
from grader.errors import CourseError, UsageError
from grader.grading.attribution import PLACE_FOR_TEXT
from grader.notebook import read_notebook
from tests.authoring.release.released import cells_of_part, document, run_in_kernel
from tests.course.tiny import COURSE, EXERCISE, REFERENCE, changed, files, write
from tests.notebooks import code_cell

QUIZ = """\
id: a_quiz
title: A quiz
unit: coins
points: 2
prompt: Answer two questions.
defines: [answers]
checks:
  - quiz: answers
    question: likelier
    ask: Which is likelier?
    name: Which is likelier
    points: 1
    visible: true
    choices: {a: "two heads", b: "heads, then tails", c: "neither"}
    answer: c
  - quiz: answers
    question: share
    ask: What share of fair flips is heads?
    name: The share
    points: 1
    answer: 0.5
"""


def with_quiz() -> dict[str, str]:
    texts = changed(COURSE, "[two_heads]", "[two_heads, a_quiz]")
    return {
        **texts,
        "exercises/coins/a_quiz.yaml": QUIZ,
        "solutions/coins/a_quiz/reference.py": 'answers = {"likelier": "c", "share": 0.5}\n',
    }


def releases_of(folder: Path, texts=None, **how):
    return prepare_releases(load_course(write(folder, texts or files())), **how)


def unpacked(content: bytes) -> bytes:
    """Return what the bundle of a notebook holds."""
    text = bundle_in_notebook(read_notebook(content))
    return zlib.decompress(base64.b64decode(text))


def notebook_of(folder: Path, texts=None, **how):
    (release,) = releases_of(folder, texts, **how)
    return document(release.content)


def test_the_cells_say_what_they_are_for(tmp_path):
    parts = [dict(cell.metadata.grader) for cell in notebook_of(tmp_path).cells]
    two_heads = [{"exercise": "two_heads", "part": p} for p in ("prompt", "starter", "check")]
    assert parts == [{"part": "title"}, {"part": "setup"}, *two_heads]


def test_the_prompt_has_title_points_and_formulas(tmp_path):
    (prompt,) = cells_of_part(notebook_of(tmp_path), "prompt")
    assert prompt.source.startswith("## 1. Two heads in a row (3 points)\n\nWrite `two_heads(p)`")
    assert r"$P(\text{heads}) = p$" in prompt.source


def test_what_students_may_not_lose_is_locked(tmp_path):
    for cell in notebook_of(tmp_path).cells:
        assert cell.metadata.deletable is False
        assert cell.metadata.get("editable", True) is (cell.metadata.grader.part == "starter")


def test_an_instructor_has_the_reference_what_is_checked_and_the_mistakes(tmp_path):
    notebook = notebook_of(tmp_path, solutions=True)
    (solution,) = cells_of_part(notebook, "solution")
    assert solution.source == "def two_heads(p):\n    return p * p"
    (notes,) = cells_of_part(notebook, "notes")
    assert "- Any coin: 2 (function, hidden)" in notes.source
    assert "- `sum_not_product` (gets 0): Both flips must show heads." in notes.source
    assert cells_of_part(notebook, "starter") == []


def test_a_score_that_no_author_stated_is_not_told(tmp_path):
    texts = changed(EXERCISE, "    score: 0\n", "")
    (notes,) = cells_of_part(notebook_of(tmp_path, texts, solutions=True), "notes")
    assert "- `sum_not_product`: Both" in notes.source


def test_an_instructor_reads_why_an_answer_is_right_and_a_student_does_not(tmp_path):
    texts = with_quiz()
    quiz = "exercises/coins/a_quiz.yaml"
    texts[quiz] = texts[quiz].replace("answer: c\n", "answer: c\n    explanation: Both are 1/4.\n")
    _, notes = cells_of_part(notebook_of(tmp_path, texts, solutions=True), "notes")
    assert "- Which is likelier: 1 (quiz, visible). Both are 1/4.\n" in notes.source
    (release,) = releases_of(tmp_path, texts)
    assert b"Both are 1/4" not in release.content
    assert b"Both are 1/4" not in unpacked(release.content)


def test_an_exercise_without_mistakes_speaks_of_none(tmp_path):
    notes = cells_of_part(notebook_of(tmp_path, with_quiz(), solutions=True), "notes")
    assert ["mistake" in cell.source for cell in notes] == [True, False]


def test_the_questions_of_a_quiz_stand_below_its_prompt(tmp_path):
    _, prompt = cells_of_part(notebook_of(tmp_path, with_quiz()), "prompt")
    assert "Which is likelier?" in prompt.source
    assert "- `a`: two heads\n- `b`: heads, then tails\n- `c`: neither" in prompt.source
    assert "What share of fair flips is heads?" in prompt.source


def test_what_is_right_in_a_quiz_is_not_in_the_notebook(tmp_path):
    (release,) = releases_of(tmp_path, with_quiz())
    unit = unpack_text(bundle_in_notebook(read_notebook(release.content)))
    (check,) = [unpack(check) for check in unit["exercises"][1]["checks"]]
    assert "answer" not in check["keys"]
    assert check["keys"]["choices"] == {"a": "two heads", "b": "heads, then tails", "c": "neither"}


def test_quizzes_that_share_a_name_keep_the_answers_of_each(tmp_path):
    texts = with_quiz()
    texts[COURSE] = texts[COURSE].replace("a_quiz]", "a_quiz, another_quiz]")
    other = QUIZ.replace("a_quiz", "another_quiz").replace("question: ", "question: other_")
    answers = texts["solutions/coins/a_quiz/reference.py"]
    texts["exercises/coins/another_quiz.yaml"] = other
    texts["solutions/coins/another_quiz/reference.py"] = (
        'answers = {"other_likelier": "c", "other_share": 0.5}\n'
    )
    (release,) = releases_of(tmp_path, texts)
    notebook = json.loads(release.content)
    starters = [c for c in notebook["cells"] if c["metadata"]["grader"]["part"] == "starter"]
    starters[1]["source"] = answers
    starters[2]["source"] = texts["solutions/coins/another_quiz/reference.py"]
    notebook["cells"].append(code_cell("%check", id="all"))
    ran = run_in_kernel(json.dumps(notebook).encode())
    text = ran.cells[-1].outputs[0].data["text/plain"]
    assert text.count("Your answer is ") == 2
    assert "There is no answer" not in text


def test_each_student_has_the_choices_in_an_order_of_their_own(tmp_path):
    names = [f"student {number}" for number in range(8)]
    texts = with_quiz()
    releases = releases_of(tmp_path, texts, students=names)
    assert [str(r.path) for r in releases] == [f"{name}/coins.ipynb" for name in names]
    prompts = {cells_of_part(document(r.content), "prompt")[1].source for r in releases}
    assert 1 < len(prompts) <= 6
    again = releases_of(tmp_path, texts, students=names)
    assert [r.content for r in again] == [r.content for r in releases]


@pytest.mark.parametrize("name", ["..", ".", "a/b", "a\\b", "a\nb", 'a"b'])
def test_a_student_whose_name_is_no_folder_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="cannot be the name of a folder"):
        releases_of(tmp_path, students=[name])


def test_an_exercise_without_a_starter_says_what_to_define(tmp_path):
    texts = changed(EXERCISE, "starter: |\n  def two_heads(p):\n      ...\n", "")
    (starter,) = cells_of_part(notebook_of(tmp_path, texts), "starter")
    assert (starter.cell_type, starter.source) == ("code", "# Define `two_heads`.")


ESSAY = """\
id: an_essay
title: An essay
unit: coins
points: 2
prompt: Say it in words.
defines: []
checks:
  - manual: your words
    name: The words
    points: 2
    criteria: [{name: They are right, points: 2}]
"""
PRINTED = """\
id: an_essay
title: A number
unit: coins
points: 2
prompt: Print 1.
defines: []
checks:
  - output: printed
    name: The number
    points: 2
    equals: "1"
"""


@pytest.mark.parametrize(
    ("exercise", "kind", "source"),
    [
        (ESSAY, "markdown", PLACE_FOR_TEXT),
        (PRINTED, "code", "# Write your answer in this cell."),
    ],
)
def test_what_defines_no_name_has_a_place_of_its_own(tmp_path, exercise, kind, source):
    texts = changed(COURSE, "[two_heads]", "[two_heads, an_essay]")
    texts["exercises/coins/an_essay.yaml"] = exercise
    texts["solutions/coins/an_essay/reference.py"] = "print(1)\n"
    _, starter = cells_of_part(notebook_of(tmp_path, texts), "starter")
    assert (starter.cell_type, starter.source) == (kind, source)


def test_a_unit_that_is_not_there_is_told_with_the_nearest(tmp_path):
    with pytest.raises(UsageError, match=r"no unit `coin`; did you mean `coins`\?"):
        releases_of(tmp_path, units=["coin"])


def test_a_visible_check_at_fault_is_told(tmp_path):
    with pytest.raises(CourseError, match="A fair coin"):
        releases_of(tmp_path, changed(REFERENCE, "p * p", "p + p"))


def test_a_blank_that_is_left_is_told(tmp_path):
    with pytest.raises(CourseError, match=r"two_heads.yaml:2: a blank is left here"):
        releases_of(tmp_path, changed(EXERCISE, "title: Two", "title: FILL_IN Two"))


HELPED = """\
import math
LIMIT = 1
def _square(p):
    return p * p
def two_heads(p):
    return _square(p)
"""


def with_second(reference: str) -> dict[str, str]:
    """Return a course with a second exercise, whose reference is this."""
    texts = with_quiz()
    texts[REFERENCE] = HELPED
    return texts | {"solutions/coins/a_quiz/reference.py": reference}


ANSWERS = 'answers = {"likelier": "c", "share": 0.5}\n'


@pytest.mark.parametrize(
    "code",
    [
        "def _square(p):\n    return p",
        "LIMIT = 2",
        "import cmath as math",
        "class two_heads_: pass\nfor LIMIT in range(3): pass",
        "async def _square(p): pass",
    ],
)
def test_two_references_that_give_a_name_two_meanings_are_told(tmp_path, code):
    texts = with_second(f"# A comment\n{code}\n{ANSWERS}")
    with pytest.raises(CourseError, match=r"a_quiz/reference.py:\d: the reference of `two_heads`"):
        releases_of(tmp_path, texts, solutions=True)
    assert releases_of(tmp_path, texts)  # which holds no reference


def test_two_references_may_share_a_helper_that_is_the_same(tmp_path):
    texts = with_second(f"import math\ndef _square(p):\n    return p * p\n{ANSWERS}")
    assert releases_of(tmp_path, texts, solutions=True)


def test_where_the_grader_is_not_installed_the_notebook_runs_and_says_how_to_get_it(tmp_path):
    (release,) = releases_of(tmp_path)
    notebook = json.loads(release.content)
    hidden = code_cell("import sys\nsys.modules['grader'] = None", id="hidden")
    notebook["cells"].insert(0, hidden)
    ran = run_in_kernel(json.dumps(notebook).encode())
    for part in ("setup", "check"):
        (cell,) = cells_of_part(ran, part)
        (output,) = cell.outputs
        assert "run `%pip install notebook-grader`, then this cell again" in output.text


# Writing


def test_releasing_twice_writes_once(tmp_path):
    releases, out = releases_of(tmp_path / "course"), tmp_path / "out"
    (first,) = write_releases(releases, out)
    (again,) = write_releases(releases, out)
    assert (first.status, again.status) == ("new", "unchanged")
    assert [path.name for path in out.iterdir()] == ["coins.ipynb"]
    assert first.path.read_bytes() == releases[0].content


def test_a_notebook_as_it_was_released_is_replaced(tmp_path):
    out = tmp_path / "out"
    write_releases(releases_of(tmp_path / "one"), out)
    later = releases_of(tmp_path / "two", changed(COURSE, "title: Coins", "title: Many coins"))
    (done,) = write_releases(later, out)
    assert done.status == "replaced"
    assert "# Many coins" in done.path.read_text()


def spoilt(content: bytes) -> dict[str, bytes]:
    edited = json.loads(content)
    edited["cells"][3]["source"] = ["def two_heads(p): return p"]
    undigested = json.loads(content)
    undigested["metadata"]["grader"] = {"digest": 5}
    return {
        "edited": json.dumps(edited).encode(),
        "another digest": json.dumps(undigested).encode(),
        "no digest": b'{"metadata": {"grader": {}}}',
        "no grader": b'{"metadata": {}}',
        "a list": b"[]",
        "no JSON": b"mine",
        "deep": b"[" * 100_000,
        "no text": b"\xff\xfe\x00",
    }


@pytest.mark.parametrize("how", spoilt(b'{"cells": [0, 0, 0, {}], "metadata": {}}'))
def test_what_a_person_wrote_is_not_written_over_unless_forced(tmp_path, how):
    (release,) = releases_of(tmp_path / "course")
    theirs = spoilt(release.content)[how]
    path = tmp_path / "out" / "coins.ipynb"
    path.parent.mkdir()
    path.write_bytes(theirs)
    with pytest.raises(UsageError, match=r"coins.ipynb was not made by `grader release`, or was"):
        write_releases([release], tmp_path / "out")
    assert path.read_bytes() == theirs
    (done,) = write_releases([release], tmp_path / "out", force=True)
    assert (done.status, path.read_bytes()) == ("replaced", release.content)


def test_where_one_file_is_in_the_way_none_is_written(tmp_path):
    releases = releases_of(tmp_path / "course", students=["ada", "bob"])
    in_the_way = tmp_path / "out" / "bob" / "coins.ipynb"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_text("mine")
    with pytest.raises(UsageError):
        write_releases(releases, tmp_path / "out")
    assert not (tmp_path / "out" / "ada").exists()


def test_a_folder_in_the_way_is_told(tmp_path):
    (tmp_path / "coins.ipynb").mkdir()
    with pytest.raises(UsageError, match=r"coins.ipynb cannot be overwritten: Is a directory"):
        write_releases(releases_of(tmp_path / "course"), tmp_path)


def test_a_file_where_the_folder_should_be_is_told(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match=r"coins.ipynb cannot be overwritten"):
        write_releases(releases_of(tmp_path / "course"), tmp_path / "out")


def test_a_disk_that_is_full_leaves_no_half_notebook(tmp_path, monkeypatch):
    releases = releases_of(tmp_path / "course")

    def full(path, content):
        path.open("wb").close()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UsageError, match="No space left on device"):
        write_releases(releases, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
