"""A reference that names matplotlib and draws nothing does not load it."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from grader.course import load_program
from grader.course.deferred_imports import DEFERRING


def loaded(program: str, then: str) -> str:
    """Return what is printed of a program whose imports are deferred, in a new process."""
    script = f"""
    import sys
    from pathlib import Path
    from grader.course import run_program
    from grader.course.deferred_imports import DEFERRING
    names = run_program({program!r}, Path("reference.py"), DEFERRING)
    loaded = lambda: "matplotlib" in sys.modules
    print(loaded(), {then}, loaded())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


FORMS = {
    "import matplotlib.pyplot as plt": "plt",
    "from matplotlib import pyplot as plt": "plt",
    "import matplotlib.pyplot": "matplotlib.pyplot",
}


@pytest.mark.parametrize("form", FORMS)
def test_matplotlib_is_loaded_when_something_of_it_is_first_read(form):
    program = f"{form}\ndef f(x): return x + 1\ndef draw(): return {FORMS[form]}.get_fignums()\n"
    assert loaded(program, "names['f'](1)") == "False 2 False"
    assert loaded(program, "names['draw']()") == "False [] True"


def test_mpmath_is_loaded_when_something_of_it_is_first_read():
    program = "import mpmath\ndef f(x): return x + 1\ndef g(x): return mpmath.mpf(x)\n"
    then = "'mpmath' in sys.modules, names['f'](1), names['g'](2), 'mpmath' in sys.modules"
    assert loaded(program, then) == "False False 2 2.0 True False"


def test_what_is_written_into_it_reaches_the_module():
    program = "import matplotlib.pyplot as plt\ndef mark(): plt.marked = 1; return plt.marked\n"
    then = "names['mark']() and sys.modules['matplotlib.pyplot'].marked"
    assert loaded(program, then) == "False 1 True"


def test_every_other_import_is_done_at_once():
    program = "from matplotlib.figure import Figure\nimport math, json\nx = math.pi\n"
    assert loaded(program, "names['Figure'].__name__") == "True Figure True"


def test_where_it_is_not_installed_the_program_says_so_at_its_import(tmp_path, monkeypatch):
    path = tmp_path / "reference.py"
    path.write_text("import matplotlib.pyplot as plt\n")
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr("grader.course.deferred_imports.find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(Exception, match=r"reference.py:1: this program raised ModuleNotFoundError"):
        load_program(path, DEFERRING)
