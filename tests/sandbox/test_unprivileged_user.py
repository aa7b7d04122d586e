from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import grader
from tests.sandbox.probes import make_guest, public_folder
from tests.sandbox.pythons import public_python

ORDINARY = 45678
SCRIPT = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from grader.sandbox.engine import Isolation
from tests.sandbox.probes import probing, session
with probing(Path(sys.argv[2]), Isolation(sys.argv[3])) as zygote, session(zygote) as probe:
    print(os.getuid(), probe.ask("import os; result = os.getuid()"))
    print(probe.ask("open('/usr/x', 'w')").split(":")[0])
    probe.process.kill()
    print(probe.process.wait(10).signal)
"""


@pytest.fixture(scope="module")
def python():
    with public_python() as path:
        yield path


@pytest.mark.strong
@pytest.mark.skipif(os.geteuid() != 0, reason="every other test runs as an ordinary user then")
@pytest.mark.parametrize(("tier", "uid"), [("strong", 1000), ("basic", ORDINARY)])
def test_an_ordinary_user_can_start_sessions_too(tmp_path, python, tier, uid):
    public_folder(tmp_path)
    shutil.copytree(Path(grader.__file__).parent, tmp_path / "grader")
    shutil.copytree(Path(__file__).parent, tmp_path / "tests" / "sandbox")
    inside = make_guest(tmp_path)
    done = subprocess.run(
        [python, "-P", "-c", SCRIPT, tmp_path, inside, tier],
        user=ORDINARY,
        group=ORDINARY,
        extra_groups=[],
        cwd="/",
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    user, refusal, signal = done.stdout.splitlines()
    assert user == f"{ORDINARY} {uid}"
    assert refusal in ("OSError", "PermissionError")
    assert signal == "9"
