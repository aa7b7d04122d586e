"""The commands that error messages recommend for missing packages."""

from __future__ import annotations

import sys

import pytest

from grader import errors
from grader.errors import command_for_extras, command_to_install


@pytest.mark.parametrize(
    ("marker", "command"),
    [
        ("venvs/x/pipx_metadata.json", "pipx inject notebook-grader 'notebook-grader[plot,prove]'"),
        (".cache/x/pipx_metadata.json", "pip install 'notebook-grader[plot,prove]'"),
        ("uv-receipt.toml", "uv tool install notebook-grader --with 'notebook-grader[plot,prove]'"),
        ("pyvenv.cfg", "pip install 'notebook-grader[plot,prove]'"),
    ],
)
def test_the_command_is_for_what_installed_the_grader(tmp_path, monkeypatch, marker, command):
    (tmp_path / marker).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / marker).touch()
    monkeypatch.setattr(sys, "prefix", str((tmp_path / marker).parent))
    assert command_for_extras("prove", "plot") == command


def test_without_pip_the_command_is_uvs(monkeypatch):
    monkeypatch.setattr(errors, "find_spec", lambda _: None)
    monkeypatch.setattr(sys, "executable", "/venvs/my class/bin/python")
    command = "uv pip install --python '/venvs/my class/bin/python' seaborn"
    assert command_to_install("seaborn") == command
