"""How the tests run a command of the benchmarks."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_benchmarks(*options, timeout=300):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
