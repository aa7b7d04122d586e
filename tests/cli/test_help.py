"""What `--help` shows of each command, on narrow and on wide terminals."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise

import pytest
import typer

from grader.cli.app import COMMANDS, app
from grader.cli.help import first_sentence

GROUP = typer.main.get_command(app)
PARTS = {name: getattr(GROUP.get_command(None, name), "commands", {}) for name in COMMANDS}
CALLS = [
    (),
    *((name,) for name in COMMANDS),
    *((n, part) for n, ps in PARTS.items() for part in ps),
]
RAW = re.compile(r"<|>|\b(TEXT|PATH|INTEGER|BOOLEAN|bool|str|int|list\[)\b|\bEnum|x>=")


def shown(grader, monkeypatch, call, width):
    monkeypatch.setenv("COLUMNS", str(width))
    done = grader(*call, "--help")
    assert (done.status, done.err) == (0, "")
    return done.out


@pytest.fixture
def helped(grader, monkeypatch):
    return lambda call, width=80: shown(grader, monkeypatch, call, width)


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_help_fits_and_names_no_type_of_the_program(grader, monkeypatch, call, width):
    page = shown(grader, monkeypatch, call, width)
    assert max(map(len, page.splitlines())) <= width
    found = RAW.search(page.replace("--why TEXT", ""))
    assert found is None, found


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_prose_is_filled_line_by_line(helped, call):
    prose = [text.splitlines() for text in helped(call).split("\n\n")]
    for lines in prose:
        if all(re.match("  [^ -]", line) for line in lines) and "   " not in lines[0]:
            for line, below in pairwise(lines):
                assert len(line) + 1 + len(below.split()[0]) > 78


def test_every_command_is_listed_by_name_with_the_whole_of_what_it_does(helped):
    page = helped((), 100)
    for name in COMMANDS:
        assert re.search(rf"^  {name} +[A-Z].*", page, re.MULTILINE), name
    assert "Show, export, correct and verify the grades of a class." in page
    words = " ".join(page.split())
    assert (
        "Prove that right answers earn full points, and known mistakes exactly the stated" in words
    )


def test_the_page_says_of_each_command_what_its_own_help_begins_with():
    listed = {name: text for rows in GROUP.sections.values() for name, text in rows.items()}
    helps = {name: GROUP.get_command(None, name).help for name in COMMANDS}
    assert listed == {name: first_sentence(text) for name, text in helps.items()}


def test_the_page_is_shown_without_loading_a_command():
    heavy = ["numpy", "pydantic", "rich", "sqlalchemy", "IPython", "mpmath", "yaml"]
    program = (
        "import sys\nfrom grader.cli.app import run\nsys.argv = ['grader', '--help']\n"
        "try:\n    run()\nexcept SystemExit:\n    pass\n"
        f"print('loaded:', [name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "For a class:" in done.stdout
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_commands_are_grouped_by_who_uses_them(helped):
    page = helped(())
    order = ["For a class:", "  gradebook", "For one notebook:", "  check", "  new", "  doctor"]
    assert [page.index(part) for part in order] == sorted(page.index(part) for part in order)


def test_defaults_and_required_arguments_are_shown(helped):
    page = helped(("grade",))
    assert "SUBMISSIONS...  Notebooks, folders or zips. [required]" in page
    assert "[default: one per core]" in page
    assert "[default: 0]" in page
    assert "[default: current folder]" in page
    assert "Usage: grader grade [OPTIONS] SUBMISSIONS..." in page


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (("gradebok",), "No such command 'gradebok'. Did you mean 'gradebook'?"),
        (("gradebook", "shw"), "No such command 'shw'. Did you mean 'show'?"),
        (("xyz",), "No such command 'xyz'. There are: grade, regrade"),
        (("new", "unit"), "'unit' is not one of 'exercise', 'course'."),
        (("grade", "a.ipynb", "--isolaton", "none"), "--isolation"),
        (("grade", "a.ipynb", "--isolation", "some"), "'strong', 'basic', 'none'"),
    ],
)
def test_a_misspelt_call_is_refused_with_the_most_similar(grader, call, message):
    done = grader(*call)
    assert (done.status, done.out) == (2, "")
    assert message in done.err
