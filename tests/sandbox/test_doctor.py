from __future__ import annotations

import sys
from pathlib import Path

import pytest

from grader.errors import SandboxError
from grader.sandbox import doctor
from grader.sandbox.engine import Isolation
from grader.sandbox.interpreter import Interpreter
from tests.sandbox.pythons import public_python


@pytest.mark.strong
def test_this_machine_can_give_every_tier():
    with public_python() as python:
        pieces = doctor.examine(str(python))
    assert [piece for piece in pieces if piece.tiers and not piece.ok] == []
    assert doctor.tiers(pieces) == tuple(Isolation)
    assert {piece.name for piece in pieces} >= {"bubblewrap", "Landlock", "seccomp", "namespaces"}
    assert all(piece.detail for piece in pieces)


@pytest.mark.parametrize(
    ("closed", "left"),
    [("", ("strong", "none")), ("home/python", ("none",))],
    ids=["a folder above it", "its own folder"],
)
def test_a_python_that_another_user_cannot_read_takes_tiers_away(
    tmp_path, monkeypatch, closed, left
):
    home = tmp_path / "home" / "python"
    home.mkdir(parents=True)
    (tmp_path / closed).chmod(0o700)
    found = Interpreter(Path(sys.executable), (home,), sys.version_info[:3])
    monkeypatch.setattr(doctor, "user_to_become", lambda: 70000)
    monkeypatch.setattr(doctor, "find_interpreter", lambda _: found)
    piece = doctor.way_to_python(None)
    assert (piece.name, piece.ok) == ("way to the Python", False)
    assert f"cannot enter `{tmp_path / closed}`".rstrip("/") in piece.detail
    assert "a Python in a public place such as /opt" in piece.remedy
    assert {tier.value for tier in Isolation if tier not in piece.tiers} == set(left)


def test_a_python_that_everybody_may_read_takes_no_tier_away(monkeypatch):
    monkeypatch.setattr(doctor, "user_to_become", lambda: None)
    assert doctor.way_to_python(None).ok


def test_a_python_that_is_not_there_is_named_in_both_pieces_about_it():
    pieces = {piece.name: piece for piece in doctor.examine("/nowhere/python")}
    for name in ("sandbox Python", "way to the Python"):
        assert not pieces[name].ok
        assert "/nowhere/python" in pieces[name].detail


@pytest.mark.strong
def test_a_tier_that_is_there_is_let_through():
    for isolation in Isolation:
        doctor.require(isolation)


def test_without_bubblewrap_strong_is_refused_with_the_way_to_get_it(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SandboxError, match=r"`strong`.*\n  bubblewrap .*apt install bubblewrap"):
        doctor.require(Isolation.STRONG)
    pieces = doctor.examine()
    assert Isolation.STRONG not in doctor.tiers(pieces)
    assert Isolation.NONE in doctor.tiers(pieces)


def test_without_scopes_basic_is_refused(monkeypatch):
    monkeypatch.setattr("grader.guest.isolation.landlock.abi", lambda: 5)
    with pytest.raises(SandboxError, match=r"`basic`.*\n  Landlock scopes .*Linux 6\.12"):
        doctor.require(Isolation.BASIC)


def test_without_landlock_both_confined_tiers_are_refused(monkeypatch):
    monkeypatch.setattr("grader.guest.isolation.landlock.abi", lambda: 0)
    assert doctor.tiers(doctor.examine()) == (Isolation.NONE,)


def test_an_architecture_without_a_filter_is_refused(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(SandboxError, match="no filter for riscv64"):
        doctor.require(Isolation.BASIC)


def test_another_system_is_left_with_none(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.delattr("os.pidfd_open")
    pieces = doctor.examine()
    assert doctor.tiers(pieces) == (Isolation.NONE,)
    assert "pidfd" in {piece.name for piece in pieces if not piece.ok}


def test_namespaces_that_are_refused_say_what_the_kernel_said(monkeypatch):
    monkeypatch.setattr(doctor, "NAMESPACES_TRIAL", "import sys; sys.exit('unshare: not today')")
    with pytest.raises(SandboxError, match="namespaces \\(unshare: not today\\)"):
        doctor.require(Isolation.STRONG)


def test_a_python_that_cannot_be_used_is_a_missing_piece():
    pieces = {piece.name: piece for piece in doctor.examine("python9")}
    assert not pieces["sandbox Python"].ok
    assert "no program `python9`" in pieces["sandbox Python"].detail
    assert "pip install numpy" in pieces["sandbox Python"].remedy


def test_a_program_that_does_not_end_or_start_is_told():
    assert not doctor.run(["/nowhere/at/all"]).ok
    assert doctor.run(["/bin/false"]).detail


def test_without_cgroups_every_tier_stays(monkeypatch):
    monkeypatch.setattr(doctor, "make_cgroup", lambda limit: None)
    pieces = doctor.examine()
    assert not {piece.name: piece for piece in pieces}["cgroup"].ok
    assert Isolation.NONE in doctor.tiers(pieces)
