from __future__ import annotations

import os
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from grader.errors import SandboxError
from grader.guest.protocol.launch_plan import Plan
from grader.sandbox.bubblewrap import bubblewrap
from grader.sandbox.cgroup import Cgroup, make_cgroup
from grader.sandbox.engine import Isolation
from grader.sandbox.filesystem_view import FilesystemView, build_view
from grader.sandbox.interpreter import (
    find_interpreter,
    guest_folder,
    interpreter,
    msgpack_folder,
)
from grader.sandbox.runtime_packages import RuntimePackages, closed_to_others, provide_packages
from grader.sandbox.unprivileged_user import user_to_become


def plan(**changes) -> Plan:
    given = {
        "tier": "strong",
        "limits": {},
        "msgpack": "/grader/msgpack",
        "uid": None,
        "readable": (),
        "home": "/home/student",
    }
    return Plan(**(given | changes))


def seen(isolation: Isolation, *hidden: Path) -> FilesystemView:
    programs = Path(__file__).parent  # any folder
    packages = RuntimePackages(guest=guest_folder(), msgpack=msgpack_folder(), programs=programs)
    return build_view(find_interpreter(None), isolation, hidden, packages)


def test_the_grader_s_own_python_is_the_default():
    found = find_interpreter(None)
    assert found.executable == Path(sys.executable)
    assert Path(sys.prefix) in found.prefixes


def test_another_python_is_asked_for_its_folders():
    found = find_interpreter(sys.executable)
    assert found.prefixes == find_interpreter(None).prefixes
    assert found.version == sys.version_info[:3]


def test_a_python_that_is_too_old_is_refused():
    with pytest.raises(SandboxError, match=r"older than Python 3\.11"):
        interpreter("/usr/bin/python3.9", ["/usr"], [3, 9, 1])


def test_the_links_to_a_python_are_followed(tmp_path):
    (tmp_path / "python").symlink_to("python3")
    (tmp_path / "python3").symlink_to("/usr/bin/env")
    found = interpreter(str(tmp_path / "python"), ["/usr"], [3, 11, 0])
    assert found.links == (tmp_path / "python", tmp_path / "python3", Path("/usr/bin/env"))


def test_only_the_environment_of_a_checkout_is_shown():
    view = seen(Isolation.STRONG)
    checkout = Path(__file__).resolve().parents[2]
    assert checkout not in [source for source, _ in view.folders]
    assert Path("/grader/guest") in [place for _, place in view.folders]


def test_at_basic_something_hidden_cannot_be_covered():
    inside = Path(sys.prefix) / "lib"
    with pytest.raises(SandboxError, match="must stay hidden"):
        seen(Isolation.BASIC, inside)
    assert seen(Isolation.STRONG, inside).masked == (inside,)


def test_a_grader_in_the_python_that_is_shown_is_covered(monkeypatch):
    assert seen(Isolation.STRONG).masked == ()
    package = Path(pytest.__file__).parent  # one that stands where the wheel puts the grader
    monkeypatch.setattr("grader.sandbox.filesystem_view.guest_folder", lambda: package / "guest")
    assert seen(Isolation.STRONG).masked == (package,)
    assert seen(Isolation.BASIC).masked == ()


@pytest.mark.parametrize("shown", [True, False])
def test_a_package_that_others_cannot_reach_is_lent_as_a_copy(tmp_path, monkeypatch, shown):
    closed = tmp_path / "closed"
    shutil.copytree(guest_folder(), closed / "guest")
    closed.chmod(0o700)
    monkeypatch.setattr("grader.sandbox.runtime_packages.guest_folder", lambda: closed / "guest")
    with ExitStack() as stack:
        assert provide_packages(stack, to_others=True, shown=True).guest == closed / "guest"
        (closed / "guest").chmod(0o700)
        packages = provide_packages(stack, to_others=True, shown=shown)
        assert packages.guest != closed / "guest"
        assert (packages.guest / "zygote.py").stat().st_mode & 0o777 == 0o644
        assert packages.guest.parent.stat().st_mode & 0o777 == 0o755
        assert closed_to_others(packages.guest) is None
        assert provide_packages(stack, to_others=False, shown=shown).guest == closed / "guest"
    assert not packages.guest.exists()


def test_as_an_ordinary_user_bubblewrap_makes_the_user_namespace(tmp_path):
    view = seen(Isolation.STRONG)
    ordinary = bubblewrap("bwrap", plan(), view, tmp_path, 5)
    root = bubblewrap("bwrap", plan(uid=70000), view, tmp_path, 5)
    assert "--unshare-user" in ordinary
    assert "--unshare-user" not in root
    assert "--dev" not in ordinary + root
    assert "--unshare-net" in root
    assert "--unshare-net" not in bubblewrap("bwrap", plan(without=("network",)), view, tmp_path, 5)


def test_folders_on_the_way_are_made_before_what_stands_in_them(tmp_path):
    view = seen(Isolation.STRONG)
    call = bubblewrap("bwrap", plan(), view, tmp_path, 5)
    assert call.index("/grader") < call.index("/grader/guest")


@pytest.mark.parametrize(
    ("uid_map", "first", "last"),
    [
        ("0 0 4294967295", 0x40000000, 0x7FFFFFFF),
        ("0 100000 65536", 20_000, 60_000),
    ],
)
def test_root_becomes_a_user_that_its_namespace_knows(tmp_path, monkeypatch, uid_map, first, last):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    (tmp_path / "uid_map").write_text(uid_map)
    users = {user_to_become(tmp_path / "uid_map") for _ in range(5)}
    assert len(users) == 5
    assert all(first <= user < last for user in users)


def test_who_is_not_root_or_root_of_one_user_stays_who_they_are(tmp_path, monkeypatch):
    (tmp_path / "uid_map").write_text("0 1000 1")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert user_to_become(tmp_path / "uid_map") is None
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert user_to_become() is None


def test_a_folder_that_is_no_cgroup_gives_none(tmp_path):
    assert make_cgroup(1024, tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    assert make_cgroup(1024, tmp_path / "missing") is None


def test_a_cgroup_of_version_1_has_a_folder_for_memory_and_one_for_its_share(tmp_path, monkeypatch):
    monkeypatch.setattr("pathlib.Path.exists", lambda path: True)
    for name in ("memory", "cpu"):
        (tmp_path / name).mkdir()
    cgroup = make_cgroup(1024, tmp_path)
    memory, share = cgroup.folders
    assert (memory / "memory.limit_in_bytes").read_text() == "1024\n"
    assert (share / "cpu.shares").read_text() == "1024\n"


def test_the_share_counts_beside_what_else_is_in_the_graders_own_cgroup(tmp_path, monkeypatch):
    monkeypatch.setattr("grader.sandbox.cgroup.CGROUPS", tmp_path / "own")
    (tmp_path / "own").write_text("7:memory:/\n3:cpu,cpuacct:/box/of: mine\n0::/\n")
    place = tmp_path / "cpu" / "box" / "of: mine"
    for folder in (place, tmp_path / "memory"):
        folder.mkdir(parents=True)
    monkeypatch.setattr("pathlib.Path.exists", lambda path: True)
    assert make_cgroup(1024, tmp_path).folders[1].parent == place


def test_a_cgroup_of_version_2_is_one_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("pathlib.Path.exists", lambda path: True)
    (folder,) = make_cgroup(1024, tmp_path).folders
    assert (folder / "memory.max").read_text() == "1024\n"


def test_without_memory_to_limit_no_share_is_left_behind(tmp_path):
    for name in ("memory", "cpu"):
        (tmp_path / name).mkdir()
    assert make_cgroup(1024, tmp_path) is None
    assert [path for path in tmp_path.rglob("*") if path.name.startswith("notebook")] == []


def test_a_cgroup_that_is_used_stays(tmp_path, monkeypatch):
    monkeypatch.setattr("grader.sandbox.cgroup.EMPTY_WITHIN_S", 0.03)
    (tmp_path / "busy").mkdir()
    cgroup = Cgroup((tmp_path / "busy",))
    cgroup.add(os.getpid())
    cgroup.remove()
    assert (tmp_path / "busy" / "cgroup.procs").read_text() == f"{os.getpid()}\n"


def test_cgroups_of_graders_that_were_killed_are_removed(tmp_path):
    orphan, live = (tmp_path / f"notebook-grader-{pid}-0" for pid in (2**22 + 1, os.getpid()))
    orphan.mkdir()
    live.mkdir()
    make_cgroup(1024, tmp_path)
    assert list(tmp_path.iterdir()) == [live]


def test_a_cgroup_is_removed_when_its_last_process_is_gone(tmp_path):
    (tmp_path / "empty").mkdir()
    Cgroup((tmp_path / "empty",)).remove()
    assert list(tmp_path.iterdir()) == []
