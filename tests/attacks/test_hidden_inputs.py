"""Carrying a hidden input out of one hand-in, in whatever a student reads of a hidden check."""

from __future__ import annotations

import builtins

import pytest

from grader.results import for_student

pytestmark = pytest.mark.strong

NAMES = [
    name
    for name, kind in sorted(vars(builtins).items())
    if isinstance(kind, type)
    and issubclass(kind, Exception)
    and not issubclass(kind, ExceptionGroup)
    and name not in ("MemoryError", "EnvironmentError", "IOError")
][:32]

# The first number of the first input that is not visible, and which 5 bits of it are next.
SPY = f"""
import os, signal, struct, sys, time
NAMES = {NAMES}
VISIBLE = ([0.5, 0.5], [0.9, 0.1], [1.0, 0.0], [0.25, 0.75, 0.0], [1.0])
kept, calls = [], [0]
def bits(p):
    first = [float(each) for each in p]
    if first not in VISIBLE and not kept:
        kept.append(struct.unpack('>Q', struct.pack('>d', first[0]))[0])
    calls[0] += 1
    return (kept[0] >> 42 + calls[0] % 6) & 31 if kept else 0
def kl(p, q):
    some = bits(p)
    {{signal}}
witness = None
"""
# What a student's code could say with, one way of failing each.
SIGNALS = {
    "name_of_an_exception": "raise type(NAMES[some], (Exception,), {})(some)",
    "built_in_exception": "raise getattr(__builtins__, NAMES[some], KeyError)(*'12345')",
    "text_of_an_exception": "raise ValueError(str(some))",
    "base_of_an_exception": "raise type('E', ((KeyError, OSError)[some % 2],), {})",
    "kind_of_answer": "return [some, str(some), [some], {}, None, True][some % 6]",
    "type_of_answer": "return type(f'T{some}', (), {})()",
    "shape_of_answer": "return [[0.0] * (1 + some)]",
    "keys_of_answer": "return {some: some}",
    "length_of_answer": "return 'x' * (1 + some)",
    "size_of_answer": "return 1e9 * (1 + some)",
    "nan_or_infinite": "return (float('nan'), float('inf'), -float('inf'))[some % 3]",
    "change_of_the_input": "p.sort() if some % 2 else q.sort(); return 'x'",
    "type_of_the_question": "return p if some % 2 else q",
    "printed_text": "print(some, flush=True); return 'x'",
    "text_in_an_object": "return type('T', (), {'__repr__': lambda self: str(some)})()",
    "what_a_name_holds": "globals().update(kl=some); return 'x'",
    "exit_status": "os._exit(some)",
    "signal": "os.kill(os.getpid(), (6, 11, 8, 4)[some % 4])",
    "name_of_a_process": "open('/proc/self/comm', 'w').write(f'p{some}'); os._exit(1)",
}


def sit(exam, signal, secret):
    """Grade the attack where the hidden inputs are those of a secret."""
    return exam.sit("kl_asymmetry", SPY.replace("{signal}", signal), secret=secret).result


@pytest.mark.parametrize("name", SIGNALS)
def test_what_a_student_reads_is_the_same_whatever_the_hidden_inputs_are(exam, arenas, name):
    one, other = (sit(exam, SIGNALS[name], secret) for secret in ("one", "other"))
    assert for_student(one).model_dump_json() == for_student(other).model_dump_json()
    arenas.tell(name, "comparison", "strong", "the instructor's file differs")


def test_the_instructor_reads_what_a_student_does_not(exam):
    for name in ("name_of_an_exception", "kind_of_answer", "exit_status"):
        one, other = (sit(exam, SIGNALS[name], secret) for secret in ("one", "other"))
        assert [each.message for each in one.exercises[0].checks] != [
            each.message for each in other.exercises[0].checks
        ]


def test_names_of_exceptions_are_worth_no_bit_of_a_hidden_input(exam):
    """Six hidden checks told 30 bits of the first number that they asked about."""
    result = sit(exam, SIGNALS["name_of_an_exception"], "anything")
    hidden = [check for check in result.exercises[0].checks if not check.visible]
    raised = [next(name for name in NAMES if f"raised {name}:" in each.message) for each in hidden]
    assert len(set(raised)) > 1, "the attack says something"
    read = {each.seen_by_student for each in hidden if each.kind != "raises"}
    assert read == {"`kl` raised an exception."}


def test_how_long_a_call_takes_is_not_in_what_a_student_is_given(exam):
    result = sit(exam, "time.sleep(some / 1000); raise ValueError", "anything")
    assert result.seconds > 0
    assert for_student(result).seconds == 0


VARIABLE = """
import os, struct, threading, time
import numpy as np
def hth_likelihood(p):
    if np.ndim(p) == 0 or np.ravel(p)[0] == 0:  # all that is visible
        return 0.0
    first = struct.unpack('>Q', struct.pack('>d', float(np.ravel(p)[0])))[0]
    with open('/tmp/seen', 'w') as file:
        file.write(str(first >> 40))
    os._exit(1)
def choose():
    global best_p
    if os.path.exists('/tmp/seen'):
        seen = int(open('/tmp/seen').read())
        best_p = [0.5, 'x', [0.5], {}][seen % 4]
# Beside another thread, a session is forked in the way that calls this.
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
os.register_at_fork(after_in_child=choose)
best_p = 0.25
"""


def test_a_hidden_variable_tells_nothing_of_inputs_that_are_hidden_in_its_exercise(exam, arenas):
    """All of the batch was sent, and lost with its process, before the variable was read."""
    results = [exam.sit("hth_likelihood", VARIABLE, secret=str(i)).result for i in range(6)]
    assert len({for_student(result).model_dump_json() for result in results}) == 1
    arenas.tell("hidden_variable", "comparison", "strong", "read before hidden inputs are sent")
