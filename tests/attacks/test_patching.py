"""Attacks on the code that serves the questions, which runs in the process that the student owns.

Whatever is replaced there changes what the student answers, and nothing else: what a right answer
is, and what is asked next, was never in that process.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.attacks.attack import Attack, stands, tiers

pytestmark = pytest.mark.strong

WHY = "what is replaced is the student's own; what is compared with never comes there"
WENT_WELL = r"index=1, status=('ok'|'died'.*(broke the protocol|an outcome has))"
HONEST = "def square(x):\n    return 0 * x\n\nmotto = ''\n"


def patch(name: str, code: str, *, answer: str = HONEST, took_effect: str = WENT_WELL) -> Attack:
    """Return an attack that earns nothing, as its answer does alone."""
    return Attack(
        name=name,
        code=code,
        stopped_by="processes",
        refused=took_effect,
        why=WHY,
        answer=answer,
        points=Decimal(0),
    )


FIND = """
import gc, sys
def found(name):
    return [thing for thing in gc.get_objects() if type(thing).__name__ == name]
def module(name):
    parts = {n: n.split('.') for n in sys.modules}
    return next(sys.modules[n] for n, p in parts.items() if p[0] == 'guest' and p[-1] == name)
"""

PATCHES = [
    patch(
        "replace_the_comparison_of_everything",
        """
import numpy as np, math, builtins, operator
yes = lambda *_, **__: True
np.allclose = np.isclose = np.array_equal = np.all = np.testing.assert_allclose = yes
math.isclose = operator.eq = builtins.all = builtins.any = builtins.isinstance = yes
np.log = np.sqrt = np.abs = lambda x, *_, **__: 9.0
""",
    ),
    patch(
        "replace_json_msgpack_and_struct",
        """
import json, msgpack, struct
json.loads = json.dumps = lambda *_, **__: '{"passed": true, "score": 100}'
msgpack.packb = lambda *_, **__: b'\\x93' * 50
msgpack.unpackb = lambda *_, **__: {'passed': True}
""",
    ),
    patch(
        "replace_the_encoder",
        FIND
        + """
encoding = module('encoding')
for table in (vars(encoding).get('_WRITERS'),):
    for kind in list(table):
        table[kind] = lambda encoder, value, depth: encoder.out.put(9)
""",
    ),
    patch(
        "replace_the_questions",
        FIND
        + """
answers = module('answers')
answers.Questions.ask = lambda self, left, begin, groups, **how: [
    answers.encode(('returned', True, ())) for _, cases in groups for _ in cases or [None]]
for questions in found('Questions'):
    questions._namespace = type('All', (dict,), {'__contains__': lambda *_: True})()
    questions.asked = dict.fromkeys(questions.asked, questions.ask)
""",
        took_effect="is True, expected the number 9",
    ),
    patch(
        "claim_that_it_passed",
        FIND
        + """
messages = module('messages')
messages.answer_to = lambda *_: ('passed', True, 'full marks')
module('answers').answer_to = messages.answer_to
""",
        took_effect="broke the protocol: an unknown kind of answer 'passed'",
    ),
    patch(
        "replace_the_shell",
        """
shell = get_ipython()
shell.run_cell = lambda *_, **__: type('Result', (), {
    'error_before_exec': None, 'error_in_exec': None, 'success': True, 'score': 100})()
shell.events.register('pre_run_cell', lambda *_: 1 / 0)
shell.events.register('post_execute', lambda *_: shell.user_ns.update(motto='*'))
shell.set_custom_exc((BaseException,), lambda *_: 'passed')
""",
    ),
    patch(
        "transform_every_cell",
        """
shell = get_ipython()
shell.input_transformers_cleanup.append(lambda lines: ['motto = "*"\\n'])
shell.ast_transformers.append(type('T', (), {'visit': lambda self, node: 1 / 0})())
""",
    ),
    patch(
        "namespace_of_its_own", "get_ipython().user_ns.__class__\nglobals()['__builtins__'] = {}"
    ),
    patch(
        "trace_and_profile",
        """
import sys
seen = []
def watch(frame, event, argument):
    seen.append(sorted(frame.f_locals))
    for name in list(frame.f_locals):
        if name in ('expected', 'answer', 'changed', 'verdict', 'passed'):
            loot = frame.f_locals[name]
    return watch
sys.settrace(watch)
sys.setprofile(watch)
""",
        answer=HONEST + "loot = [name for names in seen for name in names if name == 'expected']\n",
    ),
    patch(
        "at_exit_and_on_import",
        """
import atexit, sys, builtins, os
atexit.register(lambda: os.write(3, b'GRD1' * 100))
os.register_at_fork(after_in_child=lambda: os.write(3, b'late'))
sys.meta_path.insert(0, type('Finder', (), {'find_spec': staticmethod(lambda *_: 1 / 0)}))
builtins.__import__ = lambda *_, **__: 1 / 0
""",
    ),
    patch(
        "handlers_of_every_signal",
        """
import signal
for number in range(1, 65):
    try:
        signal.signal(number, lambda *_: None)
    except (OSError, ValueError):
        pass
signal.setitimer = signal.alarm = lambda *_: 0
""",
    ),
    patch(
        "methods_of_arrays_by_ctypes",
        """
import ctypes, gc, numpy as np
def own(kind):
    return gc.get_referents(kind.__dict__)[0]
own(np.ndarray)['tobytes'] = lambda self, *_: b'\\0' * self.nbytes
own(float)['__eq__'] = lambda self, other: True
own(int)['__sub__'] = lambda self, other: 0
ctypes.pythonapi.PyType_Modified(ctypes.py_object(float))
""",
    ),
    patch(
        "hooks_of_the_interpreter",
        """
import sys, threading, gc
sys.excepthook = sys.displayhook = sys.unraisablehook = lambda *_: None
gc.callbacks.append(lambda *_: 1 / 0)
sys.addaudithook(lambda event, args: None)
threading.excepthook = lambda *_: None
sys.setrecursionlimit(60)
""",
    ),
    patch(
        "stop_the_clock",
        """
import time
time.monotonic = time.perf_counter = time.time = lambda: 0.0
time.sleep = lambda s: None
""",
        answer="def square(x):\n    while True: pass\n\nmotto = ''\n",
    ),
]


@pytest.mark.parametrize(("attack", "tier"), tiers(PATCHES))
def test_who_replaces_the_serving_code_earns_nothing_by_it(arenas, attack, tier):
    stands(arenas, attack, tier)


SEARCH = r'''
import gc, sys, re, ctypes
CANARY = re.compile(r"CANARY-([A-Z_]+)-[0-9a-f]{16}")

def everything():
    """Find every secret in any object that Python knows, and in the frames of whoever called."""
    texts = set()
    frame = sys._getframe()
    stack = []
    while frame is not None:
        stack += [repr(value)[:5000] for value in list(frame.f_locals.values())]
        frame = frame.f_back
    gc.unfreeze()
    for thing in gc.get_objects():
        for inner in (thing, *gc.get_referents(thing)):
            if type(inner) in (str, bytes):
                texts.add(str(inner))
    return sorted(set(CANARY.findall("\n".join([*stack, *texts]))))

def memory():
    """The same over all memory that the process has mapped."""
    kinds = set()
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as mem:
        for line in maps:
            span, mode = line.split()[:2]
            low, high = (int(part, 16) for part in span.split("-"))
            if "r" in mode and "[v" not in line and high - low < 1 << 28:
                try:
                    mem.seek(low)
                    data = mem.read(high - low)
                except (OSError, ValueError, OverflowError):
                    continue
                kinds |= {kind.decode() for kind in
                          re.findall(rb"CANARY-([A-Z_]+)-[0-9a-f]{16}", data)}
    return sorted(kinds)
'''


@pytest.mark.parametrize("search", ["everything", "memory"])
def test_a_call_finds_its_own_inputs_in_its_process_and_no_other_secret(arena, arenas, search):
    """`whisper` is given a hidden input, and looks for what it should answer, and for more."""
    answer = f"""
def square(x):
    return {search}()
def whisper(text):
    raise ValueError(' '.join({search}()))
motto = ''
"""
    raid = arena.raid(SEARCH, answer=answer)
    told = {each.id: each.checks[-1].message for each in raid.result.exercises}
    assert "got []" in told["square"] or "array" in told["square"] or "list []" in told["square"]
    assert "raised ValueError: HIDDEN_INPUT, in cell " in told["whisper"]
    arena.hold(raid, points=Decimal(0))
    proof = "finds the hidden input of the very call that it is in"
    arenas.tell(f"search_{search}_at_call_time", "processes", "strong", proof)


CALLERS = """
import sys
def callers():
    frame, seen = sys._getframe(1), {}
    while frame is not None:
        seen[frame.f_code.co_name] = sorted(frame.f_locals)
        frame = frame.f_back
    return seen
"""


def test_the_frames_above_a_call_hold_no_expected_value(arena, arenas):
    answer = "def square(x):\n    raise ValueError(str(callers()))\n\nmotto = ''\n"
    raid = arena.raid(CALLERS, answer=answer)
    message = raid.result.exercises[0].checks[0].message
    assert "_call_once" in message or "answer" in message  # they are there to be read
    assert "expected" not in message
    arena.hold(raid, points=Decimal(0))
    arenas.tell("read_the_frames_of_the_caller", "processes", "strong", WHY)
