"""The versions of what runs inside, which grades rest on."""

from __future__ import annotations

import json
import platform
import sys

import numpy as np
import pytest

from grader.errors import SandboxError
from grader.sandbox.packages import guest_versions
from grader.sandbox.settings import SandboxSettings


@pytest.mark.parametrize("python", [None, sys.executable])
def test_python_numpy_and_what_is_preloaded_are_told(python):
    settings = SandboxSettings(python=python, preload=("matplotlib.pyplot", "json.decoder"))
    versions = guest_versions(settings)
    assert versions["python"] == platform.python_version()
    assert versions["numpy"] == np.__version__
    assert set(versions) == {"python", "numpy", "ipython", "matplotlib"}  # json is Python's own


def test_a_program_that_is_no_python_is_refused(tmp_path):
    fake = tmp_path / "python"
    told = json.dumps([str(fake), "/usr", "/usr", "/usr", "/usr", [3, 11, 0]])
    fake.write_text(f"#!/bin/sh\ncase \"$3\" in *metadata*) echo no;; *) echo '{told}';; esac\n")
    fake.chmod(0o755)
    with pytest.raises(SandboxError, match="does not report its versions"):
        guest_versions(SandboxSettings(python=str(fake)))
