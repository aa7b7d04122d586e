"""LaTeX in double quotes, which YAML reads as other characters; and what is meant as it stands."""

from __future__ import annotations

import pytest
import yaml

from grader.course import document as module
from grader.course.document import read_document

LOADERS = {"libyaml": getattr(yaml, "CSafeLoader", yaml.SafeLoader), "Python": yaml.SafeLoader}


def read(folder, text):
    path = folder / "exercise.yaml"
    path.write_text(text, encoding="utf-8")
    return read_document(path)


@pytest.fixture(params=LOADERS)
def _loader(request, monkeypatch):
    monkeypatch.setattr(module, "_Loader", LOADERS[request.param])


COMMANDS = {
    "frac": "a form feed",
    "beta": "a backspace",
    "vec": "a vertical tab",
    "alpha": "a bell character",
    "eta": "an escape character",
    "rho": "a carriage return",
    "theta": "a tab",
    "times": "a tab",
    "nabla": "a line break",
    "nu": "a line break",
    "neq": "a line break",
    "Phi": "not an escape",
    "Pi": "a paragraph separator",
    "Lambda": "a line separator",
    "sigma": "not an escape in YAML",
    "log": "not an escape in YAML",
    "xi": "not an escape in YAML",
    "underline": "not an escape in YAML",
    "mathbb": "not an escape in YAML",
}
COMMANDS["Phi"] = COMMANDS["Pi"]


@pytest.mark.usefixtures("_loader")
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("text", ['x: 1\ny: "$\\%s{x}$"\n', 'x:\n  - [1, "é 𝑥 \\%s"]\n'])
def test_latex_in_double_quotes_is_told_with_what_it_became(tmp_path, text, command):
    (fault,) = read(tmp_path, text % command).faults
    assert fault.line == 2
    assert fault.key in ("y", "x[0][1]")
    assert COMMANDS[command] in fault.message
    assert f"\\{command}" in fault.message
    assert fault.message.endswith("write LaTeX in single quotes ('...') or in a block (`|`)")


@pytest.mark.usefixtures("_loader")
def test_every_text_at_fault_is_told_at_once_with_whatever_else_is_wrong(tmp_path):
    text = 'a: "\\sigma"\nb: "\\frac and \\lambda"\nc: no\nd: "\\mu \\pi"\ne: fine\n'
    document = read(tmp_path, text)
    assert [(fault.line, fault.key) for fault in document.faults] == [
        (1, "a"),
        (2, "b"),
        (3, "c"),
        (4, "d"),
    ]
    assert document.value["e"] == "fine"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"a\nb"', "a\nb"),
        (r'"first line\nnext \t tab"', "first line\nnext \t tab"),
        (r'"a\r\nb"', "a\r\nb"),
        (r'"\\frac"', r"\frac"),
        (r'"\\\\nu"', r"\\nu"),
        (r'"\x0c \u03b1 \""', '\x0c α "'),
        (r"'\frac{1}{2} \nu'", r"\frac{1}{2} \nu"),
        (r"\frac{1}{2} \sigma", r"\frac{1}{2} \sigma"),
    ],
)
def test_what_is_meant_as_it_stands_is_kept(tmp_path, text, value):
    document = read(tmp_path, f"key: {text}\n")
    assert document.faults == []
    assert document.value == {"key": value}


def test_a_block_keeps_its_backslashes(tmp_path):
    document = read(tmp_path, "key: |\n  $\\frac{1}{2} \\nu \\sigma$\n")
    assert (document.faults, document.value) == ([], {"key": "$\\frac{1}{2} \\nu \\sigma$\n"})


def test_a_key_in_double_quotes_is_looked_at_too(tmp_path):
    (fault,) = read(tmp_path, '"\\Lambda": 1\n').faults
    assert "a line separator" in fault.message


@pytest.mark.usefixtures("_loader")
def test_a_text_that_never_ends_is_told_as_such(tmp_path):
    faults = read(tmp_path, 'a: "\\sigma\nb: 1\n').faults
    assert "cannot be read as YAML" in faults[-1].message


def test_a_file_of_nothing_but_such_escapes_is_given_up_in_the_end(tmp_path):
    text = "".join(f'k{number}: "\\sigma"\n' for number in range(200))
    faults = read(tmp_path, text).faults
    assert len(faults) == module.MAX_REPAIRS + 1
    assert "cannot be read as YAML" in faults[-1].message
