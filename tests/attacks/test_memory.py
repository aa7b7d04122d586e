"""Attacks on memory: whatever the process holds is the student's, so it must hold nothing."""

from __future__ import annotations

import pytest

from grader.sandbox.engine import Isolation
from tests.attacks.attack import Attack, stands, tiers
from tests.attacks.course import GOOD

pytestmark = pytest.mark.strong

BOTH = ("strong", "basic")
PLANTED = "CANARY-PLANTED-" + "0123456789abcdef"
ITSELF = "the attack finds what it planted itself"

PLANT = """
planted = '-'.join(['CANARY', 'PLANTED', '0123456789abcdef'])
"""
SCAN = """
found = set()
spans = [line.split()[:2] for line in open('/proc/self/maps')]
for start, end in ([int(n, 16) for n in span.split('-')] for span, mode in spans if 'rw' in mode):
    if end - start <= 1 << 28:
        found |= set(canaries(ctypes.string_at(start, end - start)))
loot = sorted(found)
"""
OBJECTS = """
import gc
gc.unfreeze()
seen, found, queue = set(), set(), list(gc.get_objects())
while queue:
    thing = queue.pop()
    if id(thing) in seen:
        continue
    seen.add(id(thing))
    if type(thing) in (str, bytes, bytearray):
        data = thing.encode('utf-8', 'ignore') if type(thing) is str else bytes(thing)
        found |= set(canaries(data)) if b'CANARY-' in data else set()
    elif not gc.is_tracked(thing):
        continue
    queue += [t for t in gc.get_referents(thing) if type(t) in (str, bytes) or id(t) not in seen]
loot = sorted(found)
"""

ATTACKS = [
    Attack(
        name="read_the_own_memory",
        code=(PLANT, SCAN),
        stopped_by="processes",
        refused=rf"value=\['{PLANTED}'\]",
        at=("strong",),
        shown_by=ITSELF,
        limits={"cell_s": 10, "notebook_s": 20, "cpu_s": 20},
    ),
    Attack(
        name="read_all_objects",
        code=(
            PLANT,
            OBJECTS,
        ),
        stopped_by="processes",
        refused=rf"value=\['{PLANTED}'\]",
        at=BOTH,
        shown_by=ITSELF,
        limits={"cell_s": 10, "notebook_s": 20, "cpu_s": 20},
    ),
    Attack(
        name="read_the_frames_above",
        code="""
import sys
planted = '-'.join(['CANARY', 'PLANTED', '0123456789abcdef'])
frame, found, names = sys._getframe(), set(), []
while frame is not None:
    names.append(frame.f_code.co_name)
    for scope in (frame.f_locals, frame.f_globals):
        for value in list(scope.values()):
            inner = getattr(value, '__dict__', {})
            found |= set(canaries(attempt(str, [value, dict(inner)]).encode()))
    frame = frame.f_back
loot = [sorted(found), names[-1]]
""",
        stopped_by="processes",
        refused=PLANTED,
        at=BOTH,
        shown_by=ITSELF,
    ),
    Attack(
        name="find_modules_of_the_grader",
        code="""
import sys, importlib
trusted = ('grader', 'pydantic', 'yaml', 'typer', 'mpmath')
loot = [name for name in sys.modules if name.split('.')[0] in trusted]
held = [name for name in vars(sys.modules['grader']) if name[0] != '_']
print('loaded', loot, 'with', sorted(held))
loot = [attempt(importlib.import_module, f'grader.{name}') for name in ('grading', 'course')]
assert not any('<module' in found for found in loot), 'imported'
""",
        stopped_by="mount_view",
        # What is called `grader` inside stands for it, with two functions that do nothing.
        refused=r"(ModuleNotFoundError|PermissionError).*"
        r"loaded \['grader'\] with \['check', 'load_ipython_extension'\]",
        at=BOTH,
        why="where the grader is installed differs; read_solutions_by_path shows the layer",
    ),
    Attack(
        name="read_files_that_the_zygote_had_open",
        code="""
import linecache, sys
maps = attempt(read, '/proc/self/maps') + attempt(read, '/proc/self/mountinfo')
loot = [canaries(repr(linecache.cache).encode()), maps, sorted(sys.argv)]
""",
        stopped_by="processes",
        refused="read, and nothing of worth in it|PermissionError",
        at=BOTH,
        why="there is no layer to leave out: the zygote never opens a file of the course",
    ),
]


@pytest.mark.parametrize(("attack", "tier"), tiers(ATTACKS))
def test_attack(arenas, attack, tier):
    raid = stands(arenas, attack, tier)
    assert "CANARY" not in raid.report.replace(PLANTED, "")


@pytest.mark.parametrize("tier", BOTH)
def test_no_memory_is_handed_on_from_one_submission_to_the_next(arenas, tier):
    arena = arenas(Isolation(tier), limits={"cell_s": 10, "notebook_s": 20, "cpu_s": 20})
    note = "import sys, builtins, numpy\nnote = 'CANARY-' + 'NOTE-' + '0123456789abcdef'\n"
    left = arena.raid(note + "sys.note = builtins.note = numpy.note = note\nloot = note")
    assert "CANARY-NOTE" in left.report
    found = arena.raid(PLANT, SCAN if tier == "strong" else OBJECTS)
    assert PLANTED in found.report
    assert "CANARY-NOTE" not in found.report
    arenas.tell("hand_on_in_memory", "processes", tier, ITSELF)


def test_hidden_inputs_are_unknown_until_they_are_asked(arena):
    whisper = "def whisper(text):\n    open('/tmp/heard', 'a').write(text)\n    return text\n"
    raid = arena.raid("loot = os.listdir('/tmp')", answer=GOOD + whisper)
    assert "heard" not in raid.loot.value  # a checkout under /tmp shows its own folder there
    assert arena.secret.found_in(raid.report) == []
