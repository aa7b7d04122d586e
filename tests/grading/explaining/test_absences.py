"""What a student reads who looks for something that is not there."""

from __future__ import annotations

import pytest

from grader.grading.explaining.absences import Absences
from grader.grading.working_folder import WorkingFolder
from grader.guest.protocol.values import Raised
from grader.sandbox.outcome import CellOutcome
from grader.sandbox.settings import SandboxSettings

FOLDER = WorkingFolder(
    {"points.csv": b"1", "data/week1.csv": b"2", "helpers.py": b""},
    {"big.csv": "it is larger than 8 MiB", "mine.py": "its name is too long"},
)
COURSE = SandboxSettings(packages=("scipy", "pandas"))
ALONE = SandboxSettings(student_files=False)
WHEN = "when your work is graded"
ELSEWHERE = "is a path on another machine: give the file's name alone"


def of_cell(error: str, source: str = "", settings: SandboxSettings = COURSE) -> str:
    kind, _, message = error.partition(": ")
    raised = CellOutcome(index=0, status="raised", error_type=kind, error_message=message)
    return Absences(FOLDER, settings).advice([raised], [source]).get(0, message).rstrip(".")


def no_file(path: str, settings: SandboxSettings = COURSE) -> str:
    text = f"FileNotFoundError: [Errno 2] No such file or directory: '{path}'"
    return of_cell(text, settings=settings)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("other.csv", f"`other.csv` is missing {WHEN}: hand it in beside the notebook"),
        ("./other.csv", f"`./other.csv` is missing {WHEN}: hand it in beside the notebook"),
        ("Points.csv", "There is `points.csv`: upper and lower case count"),
        ("week1.csv", "There is `data/week1.csv`"),
        ("big.csv", f"`big.csv` was handed in, but is left out {WHEN}: it is larger than 8 MiB"),
        (
            "C:\\\\Users\\\\me\\\\points.csv",
            (f"`C:\\\\Users\\\\me\\\\points.csv` {ELSEWHERE}; `points.csv` is there"),
        ),
        (
            "/content/drive/x.csv",
            (f"`/content/drive/x.csv` {ELSEWHERE}; hand `x.csv` in beside the notebook"),
        ),
        (
            "out/log.txt",
            (
                f"`out/log.txt` is missing {WHEN}: hand it in beside the notebook, or make the "
                "folder `out` first (`os.makedirs`)"
            ),
        ),
        ("week2.ipynb", f"Other notebooks are missing {WHEN}: put what you need into a .py file"),
        ("ffmpeg", f"`ffmpeg` is missing {WHEN}"),
    ],
)
def test_a_file_that_is_not_there_says_what_to_do(path, told):
    assert no_file(path) == told


def test_a_course_that_takes_notebooks_alone_asks_for_no_file():
    assert (
        no_file("x.csv", ALONE)
        == f"`x.csv` is missing {WHEN}: your course accepts the notebook only"
    )


def test_a_file_that_was_there_as_the_notebook_began_is_not_explained():
    assert no_file("points.csv") == "[Errno 2] No such file or directory: 'points.csv'"


@pytest.mark.parametrize(
    "error",
    [
        "FileNotFoundError: x.csv not found.",
        "Exception: File `'x.csv'` not found.",
        "FileNotFoundError: No such file: '/home/student/x.csv'",
    ],
)
def test_libraries_say_it_in_their_own_words(error):
    assert "hand" in of_cell(error)


@pytest.mark.parametrize(
    ("module", "told"),
    [
        (
            "seaborn",
            (
                "`seaborn` is not installed where your work is graded (installed: numpy, scipy, "
                "pandas)"
            ),
        ),
        (
            "my_code",
            (
                "`my_code` is not installed where your work is graded (installed: numpy, scipy, "
                "pandas); if it is a file of yours, hand in `my_code.py` beside the notebook"
            ),
        ),
        ("mine", f"`mine.py` was handed in, but is left out {WHEN}: its name is too long"),
        ("Helpers", "There is `helpers.py`: upper and lower case count"),
        ("pandas", "`pandas` is not installed here: run `pip install pandas`"),
    ],
)
def test_a_module_that_is_not_there_says_what_there_is(module, told):
    assert of_cell(f"ModuleNotFoundError: No module named '{module}'") == told


def test_a_course_that_states_no_packages_promises_none():
    told = of_cell("ModuleNotFoundError: No module named 'torch'", settings=SandboxSettings())
    assert (
        told
        == f"`torch` is not installed here, and your course does not say that it will be {WHEN}"
    )


def test_a_part_of_a_module_that_is_there_is_not_explained():
    error = "No module named 'helpers.more'"
    assert of_cell(f"ModuleNotFoundError: {error}") == error


def test_what_stands_below_in_the_cell_is_named_as_lost():
    tried = "try:\n    pass\nfinally:\n    from seaborn import x\n"
    source = f"import numpy\n{tried}\ndef f(): pass\ng = h = 1"
    told = of_cell("ModuleNotFoundError: No module named 'seaborn'", source)
    assert told.endswith(". The rest of the cell did not run; it defines `f`, `g`, `h`")
    many = "open('x.csv')\n" + "\n".join(f"n{number} = 1" for number in range(7))
    error = "FileNotFoundError: [Errno 2] No such file or directory: 'x.csv'"
    assert of_cell(error, many).endswith("`n0`, `n1`, `n2`, `n3`, `n4` and 2 more")


def test_names_are_shown_so_that_they_do_nothing():
    told = no_file("a\x1b[31m\u202e.csv")
    assert "\x1b" not in told.partition("'. ")[2]
    assert "\\x1b" in told


def test_a_function_says_it_too_and_other_exceptions_stay():
    missing = Raised(
        "FileNotFoundError", "[Errno 2] No such file or directory: 'x.csv'", ("OSError",)
    )
    derived = Raised(
        "OwnError", "No module named 'seaborn'", ("ModuleNotFoundError", "ImportError")
    )
    other = Raised("ValueError", "No such file or directory: 'x.csv'")
    told = [Absences(FOLDER, COURSE).in_answer(raised) for raised in (missing, derived, other)]
    assert told[0].message.endswith(
        "`x.csv` is missing when your work is graded: hand it in beside the notebook"
    )
    assert "`seaborn` is not installed" in told[1].message
    assert told[2] == other
