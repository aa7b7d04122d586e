"""`%check` and `check`: what a student sees inside a notebook."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from types import SimpleNamespace

import IPython
import nbformat
import pytest
from nbconvert.preprocessors import ExecutePreprocessor

import grader
from grader.bundle.packing import pack, pack_text
from grader.errors import NotebookError, UsageError
from grader.magic import check_names
from tests.bundle.bundles import CHECK as FROZEN_CHECK
from tests.bundle.bundles import EXERCISE, UNIT, bundle_of
from tests.course.tiny import EXERCISE as TINY
from tests.course.tiny import files

(STARTER,) = re.findall(r"^starter: \|\n((?:  .*\n)+)", files()[TINY], re.MULTILINE)
STARTER = textwrap.dedent(STARTER)


@pytest.fixture
def bundle(tmp_path):
    return bundle_of(tmp_path)


def right(p):
    return p * p


def wrong(p):
    return p + p


def test_a_right_answer_is_told_with_what_runs_later(bundle):
    report = check_names("two_heads", {"grader_checks": bundle, "two_heads": right})
    first, second, later = repr(report).splitlines()
    assert first.split() == ["Two", "heads", "in", "a", "row", "(two_heads)", "1", "/", "1"]
    assert second.split() == ["ok", "A", "fair", "coin", "1", "/", "1"]
    assert later == "2 more points are decided when it is graded."


def test_the_page_says_the_same_words_as_the_text(bundle):
    report = check_names("", {"grader_checks": bundle, "two_heads": wrong})
    page, text = report._repr_html_(), repr(report)
    for words in (
        "Two heads in a row (two_heads)",
        "FAIL",
        "A fair coin",
        "two_heads(0.5) is 1, expected 0.25 (off by 300 %).",
        "2 more points are decided when it is graded.",
    ):
        assert words in page
        assert words in text


def test_a_name_that_is_not_there_is_not_attempted(bundle):
    assert "not attempted yet" in repr(check_names("two_heads", {"grader_checks": bundle}))


def test_a_starter_that_was_run_and_left_is_not_attempted(bundle):
    names = {"grader_checks": bundle, "In": ["", STARTER]}
    exec(STARTER, names)
    assert "not attempted yet" in repr(check_names("two_heads", names))
    names["In"].append("def two_heads(p):\n    return p")
    exec(names["In"][-1], names)
    assert "FAIL" in repr(check_names("two_heads", names))


def test_a_name_that_is_nearly_right_is_told(bundle):
    names = {"grader_checks": bundle, "In": ["", "def twoHeads(p):\n    return p"]}
    told = repr(check_names("two_heads", names))
    assert "no answer found: `two_heads` is not defined; you have `twoHeads`." in told


def test_the_line_that_raised_is_told_without_the_number_of_a_cell(bundle, tmp_path):
    path = tmp_path / "answer.py"
    path.write_text("def two_heads(p):\n    return [p] - [p]\n")
    names = {"grader_checks": bundle}
    exec(compile(path.read_text(), str(path), "exec"), names)
    told = " ".join(repr(check_names("two_heads", names)).split())
    assert "'list' and 'list', in line 2 of the cell: `return [p] - [p]`." in told
    assert "Hint: Lists have no item-by-item arithmetic" in told


def test_exercises_that_nobody_touched_take_one_line(bundle):
    exercises = [{**EXERCISE, "id": name, "checks": [pack(FROZEN_CHECK)]} for name in ("a", "b")]
    two = pack_text({**UNIT, "exercises": exercises})
    report = check_names("", {"grader_checks": two})
    assert repr(report) == "0 of 2 exercises attempted."
    assert "0 of 2 exercises attempted." in report._repr_html_()


def test_an_exercise_without_checks_of_its_own_says_when_they_run():
    bundle = pack_text({**UNIT, "exercises": [{**EXERCISE, "later": ["A proof"]}]})
    report = check_names("two_heads", {"grader_checks": bundle})
    told = "3 more points are decided when it is graded, among them: A proof."
    assert repr(report) == f"Two heads (two_heads)\n{told}"
    assert told in report._repr_html_()
    assert "0 / 0" not in report._repr_html_()


def test_an_exercise_that_is_checked_whole_speaks_of_no_more():
    whole = {**EXERCISE, "points": "1", "checks": [pack(FROZEN_CHECK)]}
    bundle = pack_text({**UNIT, "exercises": [whole]})
    report = check_names("", {"grader_checks": bundle, "two_heads": right})
    assert repr(report).endswith("1 / 1")
    assert "when it is graded" not in report._repr_html_()


def test_what_a_function_prints_while_it_is_asked_is_shown(bundle, capsys):
    def prints(p):
        print("p * p =", p * p)

    report = check_names("two_heads", {"grader_checks": bundle, "two_heads": prints})
    assert "It printed 'p * p = 0.25'." in repr(report)
    assert "It printed &#x27;p * p = 0.25&#x27;." in report._repr_html_()
    assert capsys.readouterr().out == ""


def test_a_function_that_hangs_is_cut_off_and_prints_nothing(bundle, monkeypatch, capsys):
    monkeypatch.setattr("grader.magic.CALL_S", 0.2)

    def hangs(p):
        print("working")
        while True:
            pass

    told = repr(check_names("two_heads", {"grader_checks": bundle, "two_heads": hangs}))
    assert "timed out after 0.2 s (endless loop?)" in told
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("names", [{}, {"grader_checks": 5}])
def test_a_set_up_cell_that_was_not_run_is_told(names):
    with pytest.raises(UsageError, match=r"run the set-up cell at the top"):
        check_names("two_heads", names)


def test_an_exercise_that_is_not_there_is_told_with_the_nearest(bundle):
    with pytest.raises(UsageError, match=r"no exercise `two_head`; did you mean `two_heads`\?"):
        check_names("two_head", {"grader_checks": bundle})


TWO = {
    **UNIT,
    "exercises": [
        {**EXERCISE, "id": "coin", "title": "A fair coin", "defines": ["flip", "p"]},
        {**EXERCISE, "id": "kl_asymmetry", "title": "Not a distance", "defines": ["kl"]},
    ],
}


@pytest.fixture(scope="module")
def two():
    return {"grader_checks": pack_text(TWO)}


def ids(report):
    return [result.id for result, _ in report.found]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["coin", "kl_asymmetry"]),
        ("  ", ["coin", "kl_asymmetry"]),
        (None, ["coin", "kl_asymmetry"]),
        ([], ["coin", "kl_asymmetry"]),
        ("kl_asymmetry coin", ["coin", "kl_asymmetry"]),
        ("coin, coin", ["coin"]),
        ('"coin"', ["coin"]),
        ("`kl_asymmetry`", ["kl_asymmetry"]),
        ("coin()", ["coin"]),
        ("not a distance", ["kl_asymmetry"]),
        (["coin"], ["coin"]),
        (("kl_asymmetry", " coin "), ["coin", "kl_asymmetry"]),
    ],
)
def test_exercises_are_named_in_any_way_that_is_plain(two, asked, found):
    assert ids(check_names(asked, two)) == found


def refused(asked, names):
    with pytest.raises(UsageError) as caught:
        check_names(asked, names)
    return str(caught.value)


@pytest.mark.parametrize("asked", ["coim kl_asymetry", ["coim", "kl_asymetry"]])
def test_each_of_several_misspelt_names_is_told_with_the_nearest(two, asked):
    assert refused(asked, two).splitlines() == [
        "The notebook has no exercise `coim`; did you mean `coin`?",
        "The notebook has no exercise `kl_asymetry`; did you mean `kl_asymmetry`?",
    ]


def test_of_several_names_only_the_wrong_ones_are_told_and_each_once(two):
    told = refused("coin zzz zzz", two)
    assert told == "The notebook has no exercise `zzz`; known: `coin`, `kl_asymmetry`."


def test_a_unit_and_a_name_that_students_define_are_no_exercises(two):
    assert "is the unit, not an exercise; to check all of it, give no name" in refused(
        UNIT["unit"], two
    )
    assert refused("kl", two) == (
        "`kl` is a name that you define, not an exercise; did you mean `kl_asymmetry`?"
    )
    assert "did you mean `coin`?" in refused("flpi", two)


def test_a_function_is_no_name_and_the_exercise_that_asks_for_it_is_told(two):
    def kl(p, q):
        return 0

    assert refused(kl, two) == (
        '`check` takes the name of an exercise in quotes, such as `check("kl_asymmetry")`, but '
        "this is the function `kl`."
    )


@pytest.mark.parametrize(
    ("asked", "what"),
    [(5, "a value of type int"), ([right], "a value of type list"), (len, "a value of type")],
)
def test_what_is_no_name_at_all_is_told(two, asked, what):
    told = refused(asked, two)
    assert 'such as `check("coin")`' in told
    assert f"this is {what}" in told


def test_a_hostile_name_cannot_write_into_the_page(two):
    told = refused("\x1b[31m" + "x" * 500, two)
    assert "\x1b" not in told
    assert len(told) < 200


def test_a_damaged_set_up_cell_is_told():
    with pytest.raises(NotebookError, match="Take the set-up cell from a fresh copy"):
        check_names("", {"grader_checks": "AAAA"})


# Where the names are


def test_plain_python_checks_the_program_that_runs(bundle, monkeypatch):
    monkeypatch.setattr(IPython, "get_ipython", lambda: None)
    main = SimpleNamespace(grader_checks=bundle, two_heads=right)
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert "1 / 1" in repr(grader.check("two_heads"))


def test_plain_python_in_a_kernel_checks_its_names(bundle, monkeypatch):
    shell = SimpleNamespace(user_ns={"grader_checks": bundle, "two_heads": wrong})
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    assert "FAIL" in repr(grader.check(" two_heads "))


def test_plain_python_needs_no_ipython(bundle, monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython")
    main = SimpleNamespace(grader_checks=bundle, two_heads=right)
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert "1 / 1" in repr(grader.check())


class Shell:
    """What an extension is given."""

    def __init__(self, **names):
        self.user_ns = names
        self.magics = {}
        self.display_formatter = SimpleNamespace(format=lambda obj: ({"text/plain": repr(obj)}, {}))

    def register_magic_function(self, function, kind, name):
        self.magics[kind, name] = function


def test_the_magic_displays_its_report_and_returns_nothing(bundle, capsys):
    shell = Shell(grader_checks=bundle, two_heads=right)
    grader.load_ipython_extension(shell)
    assert shell.magics["line", "check"]("two_heads ") is None
    assert "ok   A fair coin" in capsys.readouterr().out


def test_the_magic_tells_a_wrong_call_without_a_traceback(bundle):
    shell = Shell(grader_checks=bundle)
    grader.load_ipython_extension(shell)
    with pytest.raises(IPython.core.error.UsageError, match="no exercise `three_heads`"):
        shell.magics["line", "check"]("three_heads")


def test_answers_under_a_shared_name_are_put_together_after_each_cell():
    shell = Shell()
    hooks = []
    shell.events = SimpleNamespace(register=lambda name, hook: hooks.append((name, hook)))
    grader.load_ipython_extension(shell, ["answers"])
    ((name, hook),) = hooks
    assert name == "post_run_cell"
    for answers in ({"a": 1, "b": 2}, {"b": 3}, 5):
        shell.user_ns["answers"] = answers
        hook(None)
        if answers != 5:
            kept = shell.user_ns["answers"]
    assert kept == {"a": 1, "b": 3}
    assert shell.user_ns["answers"] == 5


def test_importing_the_grader_loads_next_to_nothing():
    script = (
        "import sys, grader; print({'numpy', 'pydantic', 'rich', 'IPython'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


# In a real kernel


def run(*sources):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    ExecutePreprocessor(timeout=60, allow_errors=True).preprocess(notebook)
    return [cell.outputs for cell in notebook.cells]


def test_a_kernel_shows_a_page_with_text_beside_it(bundle):
    outputs = run(
        f'grader_checks = "{bundle}"',
        "%load_ext grader",
        "def two_heads(p):\n    return p + p",
        "%check two_heads",
        "from grader import check\ncheck('two_heads')",
        "%check",
        "%check tow_heads",
    )
    for (output,) in outputs[3:6]:
        assert "FAIL A fair coin" in output.data["text/plain"]
        assert "grader-result" in output.data["text/html"]
    (refused,) = outputs[6]
    assert (refused.output_type, refused.name) == ("stream", "stderr")
    assert "did you mean `two_heads`?" in refused.text
