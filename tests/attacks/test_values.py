"""Plain values that are wrong, and that broadcasting, NaN or coercion would let through.

The counter-proof of each is a comparison, of those that graders are commonly written with, which
accepts it.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from tests.attacks.exam import reference
from tests.attacks.naive import convinced

pytestmark = pytest.mark.strong

# What `square(3)`, which is 9, returns.
VALUES = {
    "empty_array": "np.array([])",
    "empty_list": "[]",
    "empty_axes": "np.zeros((0, 3, 0))",
    "one_entry": "np.array([9.0])",
    "one_entry_in_a_list": "[9.0]",
    "column": "np.full((4, 1), 9.0)",
    "many_of_it": "np.full((3, 5), 9.0)",
    "nan": "float('nan')",
    "all_nan": "np.full(3, np.nan)",
    "complex_nan": "complex(np.nan, 9)",
    "text": "'9.0'",
    "text_that_holds_it": "'9 or whatever else'",
    "bytes": "b'9'",
    "array_of_text": "np.array(['9.0'])",
    "set_of_guesses": "{9.0, 4.0, 1.0}",
    "list_of_guesses": "list(range(100))",
    "dict_of_guesses": "{9.0: 9.0, 4.0: 4.0}",
    "range_of_guesses": "range(100)",
    "nearly": "9.0001",
    "complex_with_a_small_part": "9 + 1e-3j",
    "structured": "np.array([(9.0,)], dtype=[('a', 'f8')])",
    "void": "np.void(b'9')",
    "time": "np.timedelta64(9, 's')",
    "object_array": "np.array([9.0, None], dtype=object)",
    "masked_nine": "np.ma.masked_equal([9.0], 9.0)",
    "type": "float",
    "infinity": "float('inf')",
    "interval": "(8.0, 10.0)",
    "huge": "10 ** 400",
    "tiny": "5e-324",
}
# What not even a naive comparison accepts; it is tried all the same.
UNCONVINCING = {
    *("array_of_text", "complex_with_a_small_part", "huge", "infinity", "interval", "nearly"),
    *("structured", "text_that_holds_it", "time", "tiny", "type"),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_wrong_value_earns_nothing(arena, arenas, name):
    answer = f"import numpy as np\ndef square(x):\n    return {VALUES[name]}\nmotto = ''\n"
    raid = arena.raid(answer=answer)
    assert {check.status for each in raid.result.exercises for check in each.checks} == {"fail"}
    arena.hold(raid, points=Decimal(0))
    proof = f"accepted by `{victim(name)}`" if victim(name) else "wrong to any comparison"
    arenas.tell(f"value_{name}", "comparison", "strong", proof)


def test_naive_comparisons_accept_most_of_them():
    assert {name for name in VALUES if victim(name) is None} == UNCONVINCING


def victim(name: str) -> str | None:
    value = eval(VALUES[name], {"np": np})
    return convinced(value, "9.0") if isinstance(value, str) else convinced(value, 9.0)


@pytest.mark.parametrize(
    ("name", "expression"),
    [("true_for_one", "True"), ("one_for_true", "np.array([1, 0])"), ("false_for_zero", "False")],
)
def test_truth_is_no_number_and_no_number_is_truth(arena, arenas, name, expression):
    answer = f"import numpy as np\ndef square(x):\n    return {expression}\nmotto = True\n"
    arena.hold(arena.raid(answer=answer), points=Decimal(0))
    arenas.tell(f"value_{name}", "comparison", "strong", "accepted by `actual == expected`")
    assert convinced(eval(expression, {"np": np}), {"True": 1, "False": 0}.get(expression, True))


# Inputs that are changed

RUINS = {
    "in_place": "p[:] = q[:] = 0.5",
    "through_a_view": "p.T.reshape(-1)[...] = q[::-1][::-1][...] = 0.5",
    "by_ctypes": "import ctypes; ctypes.memset(p.ctypes.data, 0, p.nbytes)",
    "by_a_flag": "p.setflags(write=True); p.sort(); q.sort()",
    "out_argument": "np.divide(p, p, out=p, where=p > 0)",
    "in_a_list": "p.clear()",
    "shape_of_it": "p.shape = (1, -1)",
}


@pytest.mark.parametrize("how", RUINS)
def test_who_changes_the_inputs_gains_nothing_and_spoils_nothing(exam, arenas, how):
    """The right answer comes first; the check that is asked next must get its own inputs."""
    meddling = f"""
right = kl
def kl(p, q):
    answer = right(p, q)
    try:
        {RUINS[how]}
    except Exception:
        pass
    return answer
"""
    honest = exam.sit("kl_asymmetry", reference("kl_asymmetry"))
    sat = exam.sit("kl_asymmetry", "import numpy as np", reference("kl_asymmetry"), meddling)
    assert sat.score < honest.score == 10
    assert "in place" in sat.result.model_dump_json()
    assert "A pair that proves it" in sat.passed
    arenas.tell(
        f"change_inputs_{how}", "comparison", "strong", "arguments are looked at afterwards"
    )


def test_inputs_that_a_thread_changes_later_are_its_own_copies(exam, arenas):
    late = """
import threading, time
right, kept = kl, []
def spoil():
    while True:
        for array in list(kept):
            array[:] = 0
threading.Thread(target=spoil, daemon=True).start()
def kl(p, q):
    kept.extend(x for x in (p, q) if hasattr(x, 'dtype'))
    return right(list(p), list(q))
"""
    wrong = "def kl(p, q):\n    return sum(p)\n"
    sat = exam.sit("kl_asymmetry", reference("kl_asymmetry"), wrong, late)
    plain = exam.sit("kl_asymmetry", reference("kl_asymmetry"), wrong)
    assert sat.score <= plain.score
    arenas.tell(
        "change_inputs_later", "processes", "strong", "expected values are worked out before"
    )


def test_an_answer_that_a_thread_changes_after_it_is_returned_is_one_wrong_answer(exam, arenas):
    """The bytes that were sent are compared; what the array holds later is nobody's concern."""
    flicker = """
import numpy as np, threading
answer = np.zeros(())
def change():
    while True:
        for value in (0.5108256237659907, 0.3680642071684971, 1.0):
            answer[...] = value
threading.Thread(target=change, daemon=True).start()
def kl(p, q):
    return answer
"""
    sat = exam.sit("kl_asymmetry", flicker)
    assert not {"Random distributions", "Nothing is lost on the truth"} & set(sat.passed)
    arenas.tell("answer_that_flickers", "comparison", "strong", "what was sent is what counts")
