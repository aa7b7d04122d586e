"""Cells run as they do in Jupyter, and none of them spoils those after it."""

from __future__ import annotations

import errno
import sys
import threading
import time
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TokenTransformBase, TransformerManager

from grader.guest.cell_runner import CellRunner, error_of, limit_of, prepare_shell
from grader.guest.limits.alarm import Alarm
from grader.guest.limits.capped_output import OutputBudget, OutputStream
from tests.clocks import own_clock


def test_the_last_expression_is_displayed(run):
    assert run("x = 1\nx + 1")["displayed"] == "2\n"


@pytest.mark.parametrize("source", ["1;", "None", "x = 1", "", "  \n", "# only a comment"])
def test_what_shows_nothing_in_jupyter_shows_nothing(run, source):
    outcome = run(source)
    assert (outcome["status"], outcome["stdout"], outcome["stderr"]) == ("ok", "", "")


def test_the_results_before_are_remembered(run):
    assert run("40", "_ + 2", "Out[1] + _2")["displayed"] == "82\n"


def test_the_notebook_is_the_main_module(run):
    source = "import sys\n__name__, sys.modules['__main__'].__dict__ is globals()"
    assert run(source)["displayed"] == "('__main__', True)\n"


def test_the_shell_is_there(run):
    assert "Shell" in run("type(get_ipython()).__name__")["displayed"]


def test_top_level_await_works_twice(run):
    source = "import asyncio\nawait asyncio.sleep(0)\n'woke'"
    assert run(source, source)["displayed"] == "'woke'\n"


def test_display_prints_the_text_of_a_rich_object(run):
    assert run("from IPython.display import HTML, display\ndisplay(HTML('<b>'), 3)")[
        "displayed"
    ].endswith("3\n")


def test_what_is_displayed_is_kept_apart_from_what_is_printed(run):
    outcome = run("from IPython.display import display\nprint(1)\ndisplay(2)\nprint(3)\n4")
    assert (outcome["stdout"], outcome["displayed"]) == ("1\n3\n", "2\n4\n")


def test_what_is_displayed_is_no_part_of_a_stream_that_is_redirected(run):
    source = "import contextlib, io\nkept = io.StringIO()\nwith contextlib.redirect_stdout(kept):"
    outcome = run(f"{source}\n    print(1)\n    display(2)\nkept.getvalue()")
    assert (outcome["stdout"], outcome["displayed"]) == ("", "2\n'1\\n'\n")


def test_a_display_without_text_shows_nothing(run):
    outcome = run("get_ipython().display_pub.publish({'image/png': 'AA'})")
    assert (outcome["status"], outcome["displayed"]) == ("ok", "")


def test_a_rich_result_is_printed_once(run):
    outcome = run(
        "class A:\n  def _repr_html_(self): return '<b>'\n  def __repr__(self): return 'A'\nA()"
    )
    assert outcome["displayed"] == "A\n"


def test_a_repr_that_raises_is_the_cell_s_error_and_costs_nothing_else(run):
    outcome = run("class A:\n  def __repr__(self):\n    return 1 / 0\ndisplay(A())\nprint('on')")
    assert (outcome["status"], outcome["error_type"]) == ("raised", "ZeroDivisionError")
    assert "line 3" in outcome["traceback"]
    assert (outcome["stdout"], outcome["stderr"]) == ("on\n", "")


def test_what_raised_and_was_cleared_is_no_error(run):
    source = "class A:\n  def __repr__(self): return 1 / 0\ndisplay(A())\n"
    assert run(source + IMPORT_CLEAR + "clear_output()")["status"] == "ok"


IMPORT_CLEAR = "from IPython.display import clear_output\n"


def test_what_is_cleared_makes_room_for_what_follows(shell):
    runner = CellRunner(shell, {"cell_s": 5.0, "output_bytes": 1000})
    source = "for i in range(100):\n  clear_output(wait=True)\n  print('é' * 50, i)\n"
    outcome = runner.run(0, IMPORT_CLEAR + source + "  display('y' * 20)")
    assert (outcome["stdout"], outcome["displayed"]) == ("é" * 50 + " 99\n", f"{'y' * 20!r}\n")
    assert outcome["dropped"] == 0
    runner.forget()


def test_a_display_that_is_replaced_tells_what_its_own_cell_shows_now(runner):
    runner.run(0, "handle = display('a', display_id=True)\ndisplay('plain')")
    runner.run(1, "display('b')")
    outcome = runner.run(2, "handle.update('c')\nhandle.display('d')")
    assert outcome["displayed"] == "'d'\n"
    assert outcome["redisplayed"] == {0: "'d'\n'plain'\n"}
    assert "redisplayed" not in runner.run(3, "1")


def test_a_display_that_is_replaced_stays_within_what_is_kept(shell):
    runner = CellRunner(shell, {"cell_s": 5.0, "output_bytes": 400})
    runner.run(0, "handle = display('a', display_id=True)")
    outcome = runner.run(1, "for n in range(1000): handle.update('b' * n)")
    assert len(outcome["redisplayed"][0]) <= 400
    runner.forget()


def test_help_for_a_pager_is_no_output_of_the_cell(run):
    outcome = run("len?\nlen??\n%pinfo len")
    assert (outcome["status"], outcome["stdout"], outcome["displayed"]) == ("ok", "", "")


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("%time 3", "3\n"),
        ("%%timeit -n1 -r1\n1", "per loop"),
        ("!echo hi", "hi\n"),
        ("!echo hi >&2", "hi\n"),
        ("!exit 3\n_exit_code", "3\n"),
        ("a = !echo x y\na", "['x y']\n"),
        ("get_ipython().getoutput('echo x', split=False)", "'x\\n'"),
        ("word = 'hi'\n!echo $word {word}", "hi hi\n"),
        ("%%writefile cell.txt\nhello", "cell.txt"),
        ("%matplotlib inline", ""),
        ("%matplotlib agg", ""),
        ("%gui qt", ""),
        ("%who", "empty"),
        ("len?", ""),
    ],
)
def test_magics_and_shell_commands_work(run, tmp_path, monkeypatch, source, printed):
    monkeypatch.chdir(tmp_path)
    outcome = run(source)
    assert outcome["status"] == "ok"
    assert printed in outcome["stdout"] + outcome["displayed"]


_IPYTHON_CELLS = (
    "x = 1\n%time x",
    "x = 1\n  \n  %time x",
    "x = %time 1",
    "x = \\\n%time 1",
    "x, y = 1, 2\nz =%time 1",
    "x = 1\nx = !true",
    "x = 1\n!!true",
    "if x != 1:\n    !true",
    "def f(x):\n    return x\n;f a b",
    "def f(x):\n    return x\n,f a b",
    "def f(x):\n    return x\n/f 1",
    "x = 1\nx??",
    "x = 1\n?x",
    "x = 1\nget_ipython().foo?",
)

_PYTHON_CELLS = (
    "x = 5 % 3\ny = (x\n% 2)",
    "x = '''\n%time\n!ls\n'''",
    "x = 1 != 2\n# what is x?",
    "text = f'{1!r} {2:%}'\nprint('really?')",
    "x = {'a': 1\n, 'b': 2\n}",
    "y = (4\n/ 2)",
)

_UNCLEAN_CELLS = (
    "\n\n  x = 1",
    "    x = 1\n    y = 2\n",
    "x = '''\n   \t\n'''",
    ">>> x = 1\n... y = 2",
    "In [1]: x = 1\n   ...: y = 2",
    "x = (1,\n   ...: 2)",
    "x = ...",
    "\x0cx = 1\n\x0c\n",
    "",
    " \n",
)


@pytest.mark.parametrize("source", _IPYTHON_CELLS + _PYTHON_CELLS + _UNCLEAN_CELLS)
def test_a_cell_reads_as_ipython_reads_it(shell, source):
    assert shell.transform_cell(source) == TransformerManager().transform_cell(source)


@pytest.mark.parametrize("source", _IPYTHON_CELLS)
def test_what_is_not_python_is_always_translated(shell, source):
    assert shell.transform_cell(source) != f"{source}\n"


def test_a_notebook_may_translate_its_tokens_itself(run, shell, monkeypatch):
    class Shout(TokenTransformBase):
        @classmethod
        def find(cls, tokens_by_line):
            found = [line[0] for line in tokens_by_line if line[0].string == "shout"]
            return cls(found[0].start) if found else None

        def transform(self, lines):
            return [line.replace("shout", "'LOUD'") for line in lines]

    transformers = shell.input_transformer_manager.token_transformers
    monkeypatch.setattr(
        shell.input_transformer_manager, "token_transformers", [*transformers, Shout]
    )
    assert run("x = 1\nshout")["displayed"] == "'LOUD'\n"


@pytest.mark.parametrize(
    "source",
    [
        "[i async for i in numbers()]",
        "async for i in numbers():\n    last = i\n[last]",
        "async with gate():\n    pass\n[0]",
    ],
)
def test_whatever_awaits_at_the_top_level_may(run, source):
    defines = """
import contextlib
async def numbers():
    yield 0
@contextlib.asynccontextmanager
async def gate():
    yield
"""
    assert run(defines, source)["displayed"] == "[0]\n"


def test_a_shell_command_that_floods_is_read_to_its_end_and_cut(run):
    outcome = run("!head -c 3000000 /dev/zero | tr '\\0' a\n'done'")
    assert outcome["stdout"].count("a") <= 1 << 20
    assert outcome["dropped"] > 0


def test_a_missing_magic_says_so(run):
    outcome = run("%no_such_magic")
    assert (outcome["status"], outcome["error_type"]) == ("raised", "UsageError")
    assert "no_such_magic" in outcome["error_message"]


@pytest.mark.parametrize("source", ["input('Name? ')", "import getpass\ngetpass.getpass()"])
def test_input_says_that_nobody_is_there(run, source):
    outcome = run(source)
    assert outcome["error_type"] == "StdinNotImplementedError"
    assert "nobody is there" in outcome["error_message"]


@pytest.mark.parametrize("source", ["exit", "exit()", "quit", "quit()"])
def test_exit_and_quit_end_nothing(run, source):
    assert run(source)["status"] == "ok"
    assert run("1 + 1")["displayed"] == "2\n"


def test_sys_exit_ends_its_cell_alone(run):
    outcome = run("import sys\nsys.exit(3)\nx = 1")
    assert (outcome["status"], outcome["error_type"]) == ("raised", "SystemExit")
    assert outcome["stderr"] == ""
    assert run("'x' in globals()")["displayed"] == "False\n"


def test_sys_exit_is_told_as_such_where_warnings_are_errors(run):
    source = "import sys, warnings\nwarnings.simplefilter('error')\nsys.exit()"
    assert run(source)["error_type"] == "SystemExit"


def test_what_gives_way_without_an_error_prints_nothing(shell, capsys):
    shell.showtraceback()
    assert capsys.readouterr().err == ""


def test_a_syntax_error_costs_its_cell_alone(run):
    outcome = run("x = 1", "x = (")
    assert (outcome["status"], outcome["error_type"]) == ("raised", "SyntaxError")
    assert "x = (" in outcome["traceback"]
    assert run("x")["displayed"] == "1\n"


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("before = 1\nreturn before\nafter = 1", "SyntaxError"),
        ("before = 1\nraise KeyError\nafter = 1", "KeyError"),
        ("before = 1\nraise KeyError\nafter", "KeyError"),
        (
            "before = 1\nimport asyncio\nawait asyncio.sleep(1, 1 / 0)\nafter = 1",
            "ZeroDivisionError",
        ),
    ],
)
def test_the_statements_before_the_one_at_fault_are_done_and_none_after_it(
    run, shell, source, error
):
    assert run(source)["error_type"] == error
    assert shell.user_ns["before"] == 1
    assert "after" not in shell.user_ns


def test_the_future_begins_where_it_is_imported(run):
    assert (
        run("x = 1\nfrom __future__ import annotations\ndef f(y: missing): pass")["status"] == "ok"
    )
    assert run("def g(y: missing): pass")["status"] == "ok"


def test_bad_indentation_is_a_syntax_error_too(run):
    assert run("x = 1\n  y = 2")["error_type"] == "IndentationError"


def test_a_cell_that_no_transformer_can_read_is_told(run):
    assert run("%%no_such_cell_magic\nx")["status"] == "raised"


def test_the_traceback_names_the_cells_and_nothing_of_the_machine(run):
    outcome = run("def f():\n    return 1 / 0", "import json\nf()")
    assert 'File "cell 2", line 2, in <module>' in outcome["traceback"]
    assert 'File "cell 1", line 2, in f\n    return 1 / 0' in outcome["traceback"]
    assert run("import json\njson.loads('{')")["traceback"].count("line") == 1


def test_endless_recursion_is_an_error_of_its_cell(run):
    outcome = run("def f(n): return f(n + 1)\nf(0)")
    assert outcome["error_type"] == "RecursionError"
    assert len(outcome["traceback"]) <= 4000


def test_the_source_of_a_function_can_be_inspected(run):
    assert (
        "return 5"
        in run("def f():\n    return 5", "import inspect\ninspect.getsource(f)")["displayed"]
    )


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "while True:\n  try:\n    pass\n  except Exception: pass",
        "import time\ntime.sleep(60)",
        "import asyncio\nawait asyncio.sleep(60)",
        "class A:\n  def __repr__(self):\n    while True: pass\nA()",
    ],
)
def test_a_cell_that_does_not_end_is_stopped(run, source):
    clock = own_clock()
    outcome = run(source, limit_s=0.1)
    assert (outcome["status"], outcome["limit"]) == ("timed_out", "cell")
    assert outcome["seconds"] >= 0.1
    assert clock.sample() < 2.0
    assert run("1 + 1")["displayed"] == "2\n"


def test_a_cell_that_swallows_its_interruption_still_timed_out(run):
    source = "import time\ntry:\n  time.sleep(60)\nexcept BaseException: pass"
    assert run(source, limit_s=0.1)["status"] == "timed_out"


def test_an_alarm_leaves_nothing_armed_behind():
    with Alarm(0.01) as alarm:
        pass
    time.sleep(0.03)
    assert not alarm.struck
    alarm._strike(0, None)
    assert not alarm.struck


def test_the_signal_of_an_alarm_that_comes_late_does_not_strike_the_next():
    with Alarm(10.0) as alarm:
        alarm._strike(0, None)
    assert not alarm.struck


def test_the_shell_itself_giving_way_costs_one_cell(runner, monkeypatch):
    monkeypatch.setattr(type(runner.shell), "run_cell", lambda *_, **__: 1 / 0)
    assert runner.run(0, "1")["error_type"] == "ZeroDivisionError"


def test_streams_are_kept_apart_and_given_back(run):
    before = sys.stdout
    outcome = run("import sys\nprint('out')\nprint('err', file=sys.stderr)")
    assert (outcome["stdout"], outcome["stderr"]) == ("out\n", "err\n")
    assert sys.stdout is before


def test_a_flood_is_cut_and_counted_and_leaves_room_for_later_cells(run):
    outcome = run("print('a' * 200_000_000)")
    assert len(outcome["stdout"]) + outcome["dropped"] == 200_000_001
    assert len(outcome["stdout"]) <= 1 << 20
    assert run("print('later')")["stdout"] == "later\n"


def test_output_that_is_no_text_is_refused_as_by_python():
    with pytest.raises(TypeError, match="must be str, not bytes"):
        OutputStream(OutputBudget(10)).write(b"x")


def test_a_cut_never_leaves_half_a_character():
    stream = OutputStream(OutputBudget(3))
    assert stream.writable()
    assert stream.write("ää") == 2
    assert stream.take()[0] == "ä"


def test_nothing_is_kept_without_a_budget():
    stream = OutputStream(OutputBudget(0))
    stream.write("abc")
    assert stream.take() == ("", 3)


@pytest.mark.parametrize(
    ("error", "limit"),
    [
        (MemoryError(), "memory"),
        (RuntimeError("can't start new thread"), "processes"),
        (OSError(errno.EFBIG, ""), "file size"),
        (OSError(errno.ENOSPC, ""), "disk"),
        (OSError(errno.EMFILE, ""), "open files"),
        (BlockingIOError(errno.EAGAIN, ""), "processes"),
        (OSError("no number"), ""),
        (ValueError(), ""),
    ],
)
def test_the_limit_behind_an_exception_is_named(error, limit):
    assert limit_of(error) == limit


def test_a_memory_error_names_the_limit_in_the_outcome(run):
    assert run("raise MemoryError")["limit"] == "memory"


class Unreadable(Exception):
    def __str__(self):
        raise ValueError


def test_a_message_that_cannot_be_read_is_replaced():
    assert error_of(Unreadable()) == (
        "Unreadable",
        "<its message cannot be read>",
        ("Unreadable", "Exception", "BaseException"),
    )


def test_what_a_function_held_when_memory_ran_out_is_free_again(run):
    run(
        "import weakref\n"
        "class Hog: pass\n"
        "def simulate():\n"
        "    global seen\n"
        "    hog = Hog()\n"
        "    seen = weakref.ref(hog)\n"
        "    raise MemoryError\n"
        "simulate()"
    )
    assert run("assert seen() is None")["status"] == "ok"


def test_a_message_has_no_memory_address():
    assert error_of(KeyError(object()))[1] == "<object object>"


def test_a_long_or_odd_message_is_cut_and_made_sendable():
    name, message, _ = error_of(ValueError("\ud800" + "x" * 1000))
    assert name == "ValueError"
    assert message.startswith("\\ud800x")
    assert len(message) == 500


def test_an_error_without_a_readable_traceback_has_none(run, monkeypatch):
    monkeypatch.setattr("grader.guest.cell_runner.traceback.extract_tb", lambda *_, **__: 1 / 0)
    assert run("1 / 0")["traceback"] == ""


def test_warming_leaves_no_names_threads_or_descriptors(shell):
    assert {"f", "display", "Markdown", "np", "asyncio", "_1"}.isdisjoint(shell.user_ns)
    assert threading.active_count() == 1
    before = list(Path("/proc/self/fd").iterdir())
    prepare_shell()
    assert len(list(Path("/proc/self/fd").iterdir())) == len(before)


def test_a_warm_shell_imports_nothing_more_for_an_ordinary_notebook(shell):
    before = set(sys.modules)
    runner = CellRunner(shell, {"cell_s": 5.0, "output_bytes": 1 << 20})
    for number, source in enumerate(
        [
            "x = 1",
            "x",
            "1 / 0",
            "x = (",
            "print(x)",
            "await __import__('asyncio').sleep(0)",
            "!true",
        ]
    ):
        runner.run(number, source)
    runner.forget()
    assert set(sys.modules) - before == set()
