"""What stands for pip and the like says of what it is asked to install."""

from __future__ import annotations

import sys
from importlib.metadata import version

import pytest

from grader.guest.programs.installers import NAMES, answer, main

NOTHING = "Nothing is installed while your work is graded"
NUMPY = f"numpy {version('numpy')}"


def said(text: str) -> tuple[str, int] | None:
    name, *arguments = text.split()
    return answer(name, arguments)


@pytest.mark.parametrize(
    "command",
    [
        "pip install numpy",
        "pip3 install -q numpy",
        "pip install -qU numpy",
        "pip install --quiet --upgrade numpy --user",
        "pip install numpy>=1.20,<99",
        "pip install NumPy[extra]~=2.0",
        "pip install numpy;python_version>'3'",
        "pip install --no-deps --break-system-packages numpy",
        "pip --disable-pip-version-check --timeout 5 install numpy",
        "pip install --index-url https://host/simple numpy -t /tmp/x",
        "conda install -c conda-forge -y numpy",
        "conda install conda-forge::numpy -n base",
        "mamba install numpy",
        "uv pip install --system numpy",
        "uv add numpy",
        "easy_install numpy",
    ],
)
def test_what_is_there_is_named_with_its_version(command):
    text, status = said(command)
    assert text.lower() == f"{NOTHING}: {NUMPY} is there.".lower()
    assert status == 0


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("pip install nosuch", "nosuch is not there"),
        ("pip install --no-index nosuch", "nosuch is not there"),
        ("pip install nosuch==1.0 numpy", f"nosuch is not there, {NUMPY} is there"),
        ("pip install numpy nosuch nosuch", f"nosuch is not there, {NUMPY} is there"),
        ("pip install numpy==1.0", f"{NUMPY} is there, not numpy==1.0"),
        ("pip install numpy<1", f"{NUMPY} is there, not numpy<1"),
        ("conda install numpy=1.0", f"{NUMPY} is there, not numpy=1.0"),
        ("pip install git+https://host/ada/nosuch.git@main", "nosuch is not there"),
        ("pip install git+https://host/x#egg=nosuch", "nosuch is not there"),
        ("pip install https://host/nosuch-1.0-py3-none-any.whl", "nosuch is not there"),
        ("pip install nosuch@https://host/x.zip", "nosuch is not there"),
        ("pip install -e git+https://host/x#egg=nosuch", "nosuch is not there"),
        ("apt-get -qq install -y no-such-program", "there is no program no-such-program"),
        ("pip install \x1b[2Jnosuch", None),
    ],
)
def test_what_is_not_there_is_named_and_fails_as_pip_does(command, told):
    text, status = said(command)
    assert "\x1b" not in text
    if told is not None:
        assert (text, status) == (f"{NOTHING}: {told}.", 1)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("pip install notebook-grader", "notebook-grader is not needed here"),
        ("pip install Notebook_Grader[jupyter]==9", "Notebook_Grader is not needed here"),
        ("pip install json", "json is there"),
        ("pip install PIL", "PIL is there"),
        ("apt install sh", "sh is there"),
        (f"conda install python={sys.version_info[0]}", None),
    ],
)
def test_what_needs_no_installing_is_fine(command, told):
    text, status = said(command)
    assert status == 0
    if told is not None:
        assert text == f"{NOTHING}: {told}."


@pytest.mark.parametrize(
    "command", ["pip install", "pip install .", "pip install -e .", "pip3 install -r no.txt"]
)
def test_without_a_name_no_name_is_told(command):
    assert said(command) == (f"{NOTHING}.", 0)


@pytest.mark.parametrize(
    ("command", "done"),
    [
        ("pip uninstall -y numpy", "removed"),
        ("apt-get remove sh", "removed"),
        ("apt-get update", "updated"),
        ("brew upgrade", "updated"),
    ],
)
def test_nothing_is_removed_or_updated_either(command, done):
    assert said(command) == (f"Nothing is {done} while your work is graded.", 0)


@pytest.mark.parametrize(
    "command",
    ["pip list", "pip --version", "pip", "pip show numpy", "conda list", "apt list", "uv"],
)
def test_what_changes_nothing_is_left_to_the_real_program(command):
    assert said(command) is None


def test_a_file_of_requirements_is_read(tmp_path):
    (tmp_path / "more.txt").write_text("nosuch-either\n")
    lines = [
        "# what we need",
        "--index-url https://host/simple",
        f"numpy=={version('numpy')} \\",
        "    --hash=sha256:00",
        "nosuch[all]>=1  # why",
        f"-r {tmp_path / 'more.txt'}",
    ]
    file = tmp_path / "requirements.txt"
    file.write_text("\n".join(lines))
    expected = f"{NOTHING}: nosuch is not there, nosuch-either is not there, {NUMPY} is there."
    for command in (f"pip install -r {file}", f"pip install -qr {file}"):
        assert said(command) == (expected, 1)


def test_files_that_read_one_another_end(tmp_path):
    file = tmp_path / "loop.txt"
    file.write_text(f"-r {file}\nnosuch\n")
    assert said(f"pip install -r {file}") == (f"{NOTHING}: nosuch is not there.", 1)


def test_many_packages_are_told_in_a_line_of_bounded_length():
    names = [f"nosuch{number}" * 50 for number in range(1000)]
    text, status = answer("pip", ["install", "numpy", *names])
    assert (status, len(text) < 1000, "\n" in text) == (1, True, False)
    assert text.endswith("and 991 more.")


def test_a_real_program_that_is_not_there_is_named(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "/nowhere")
    assert main("/programs/conda", ["list"]) == 127
    assert main("/programs/sudo", ["-E", "no-such-\x1b-program", "x"]) == 127
    assert main("/programs/sudo", []) == 1
    told = "{} is not there where your work is graded.\n"
    assert capsys.readouterr().out == told.format("conda") + told.format("no-such--program")


def test_a_real_program_is_not_looked_for_where_this_one_stands(monkeypatch, tmp_path):
    called = []
    for folder in ("own", "real"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "conda").write_text("#!/bin/sh\n")
        (tmp_path / folder / "conda").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'own'}:{tmp_path / 'real'}")
    monkeypatch.setattr("os.execv", lambda program, words: called.append((program, words)))
    main(str(tmp_path / "own" / "conda"), ["list", "--json"])
    real = str(tmp_path / "real" / "conda")
    assert called == [(real, [real, "list", "--json"])]


def test_every_name_of_pip_is_stood_for():
    assert {"pip", "pip3", f"pip3.{sys.version_info[1]}", "conda", "uv", "apt-get"} <= set(NAMES)
