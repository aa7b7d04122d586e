"""Objects that lie about what they are: each would convince some comparison, and none does ours.

Values cross the wire by exact type, as bytes, and are compared on the other side; no method of a
student's object ever runs there. The counter-proof of each is a comparison, of those that graders
are commonly written with, which it does convince.
"""

from __future__ import annotations

from decimal import Decimal
from textwrap import dedent
from typing import Any

import pytest

from tests.attacks.naive import convinced

pytestmark = pytest.mark.strong

# Each defines `lie`, which stands for 0 and wants to pass for anything.
LIES = {
    "eq": """
        class Lie:
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __hash__(self): return 0
        lie = Lie()""",
    "reflected_operators": """
        class Lie:
            def __rsub__(self, other): return 0.0
            def __sub__(self, other): return 0.0
            def __abs__(self): return 0.0
            def __gt__(self, other): return False
        lie = Lie()""",
    "array_interface": """
        import numpy as np
        class Lie:
            data = np.zeros(0)
            @property
            def __array_interface__(self): return self.data.__array_interface__
        lie = Lie()""",
    "array_method": """
        import numpy as np
        class Lie:
            def __array__(self, dtype=None, copy=None): return np.zeros((0,))
        lie = Lie()""",
    "array_ufunc": """
        class Lie:
            def __array_ufunc__(self, ufunc, method, *inputs, **kwargs): return self
            def __bool__(self): return True
            def __le__(self, other): return self
        lie = Lie()""",
    "array_function": """
        class Lie:
            def __array_function__(self, func, types, args, kwargs): return True
        lie = Lie()""",
    "class_attribute": """
        class Lie:
            @property
            def __class__(self): return float
            def __eq__(self, other): return True
        lie = Lie()""",
    "getattr": """
        class Lie:
            def __getattr__(self, name): return lambda *_: 0.0
            def __eq__(self, other): return True
        lie = Lie()""",
    "float_subclass": """
        class Lie(float):
            def __eq__(self, other): return True
            def __sub__(self, other): return 0.0
            __hash__ = float.__hash__
        lie = Lie(0.0)""",
    "int_subclass": """
        class Lie(int):
            def __eq__(self, other): return True
            def __index__(self): return 9
            __hash__ = int.__hash__
        lie = Lie(0)""",
    "float_method": """
        import sys
        class Lie:
            def __float__(self): return float(sys.float_info.max)
            def __eq__(self, other): return True
        lie = Lie()""",
    "complex_subclass": """
        class Lie(complex):
            def __eq__(self, other): return True
            __hash__ = complex.__hash__
        lie = Lie(0)""",
    "ndarray_subclass": """
        import numpy as np
        class Lie(np.ndarray):
            __array_priority__ = 1e9
            def __eq__(self, other): return np.array(True)
            def __sub__(self, other): return np.array(0.0)
        lie = np.zeros(()).view(Lie)""",
    "numpy_scalar_subclass": """
        import numpy as np
        class Lie(np.float64):
            def __eq__(self, other): return True
            __hash__ = np.float64.__hash__
        lie = Lie(0)""",
    "masked": """
        import numpy as np
        lie = np.ma.masked_all((1,))""",
    "masked_subclass": """
        import numpy as np
        class Lie(np.ma.MaskedArray):
            def __eq__(self, other): return np.array(True)
        lie = np.ma.array([0.0]).view(Lie)""",
    "matrix_subclass": """
        import numpy as np
        class Lie(np.matrix):
            def __eq__(self, other): return np.array(True)
        lie = np.zeros((1, 1)).view(Lie)""",
    "object_array": """
        import numpy as np
        class Lie:
            def __eq__(self, other): return True
        lie = np.empty((), object)
        lie[()] = Lie()""",
    "iterates_for_ever": """
        class Lie:
            def __iter__(self): return self
            def __next__(self): return 0.0
            def __len__(self): return 1 << 40
            def __eq__(self, other): return True
        lie = Lie()""",
    "repr_raises": """
        class Lie:
            def __repr__(self): raise SystemExit('no')
            def __eq__(self, other): return True
        lie = Lie()""",
    "repr_hangs": """
        class Lie:
            def __repr__(self):
                while True: pass
            def __eq__(self, other): return True
        lie = Lie()""",
    "repr_is_huge": """
        class Lie:
            def __repr__(self): return 'x' * (1 << 26)
            def __eq__(self, other): return True
        lie = Lie()""",
    "repr_is_no_text": """
        class Lie(str):
            def __repr__(self): return self
            def encode(self, *_): return b'9.0'
            def __eq__(self, other): return True
            __hash__ = str.__hash__
        lie = Lie('0')""",
    "reduce": """
        class Lie:
            def __reduce__(self): return (eval, ("__import__('os')._exit(1)",))
            def __eq__(self, other): return True
        lie = Lie()""",
    "metaclass": """
        class Kind(type):
            __name__ = property(lambda kind: 'float')
            __module__ = property(lambda kind: 'builtins')
            def __eq__(kind, other): return True
            def __hash__(kind): return hash(float)
        class Lie(metaclass=Kind):
            def __eq__(self, other): return True
        lie = Lie()""",
    "list_subclass": """
        class Lie(list):
            def __eq__(self, other): return True
            def __contains__(self, item): return True
        lie = Lie()""",
    "dict_subclass": """
        class Lie(dict):
            def __eq__(self, other): return True
            def __contains__(self, item): return True
            def __getitem__(self, key): return key
        lie = Lie()""",
    "tuple_subclass": """
        class Lie(tuple):
            def __eq__(self, other): return True
            __hash__ = tuple.__hash__
        lie = Lie()""",
    "named_tuple_that_iterates_anew": """
        import collections
        class Lie(collections.namedtuple('Lie', 'a')):
            def __iter__(self): return iter([9.0])
            def __eq__(self, other): return True
            __hash__ = tuple.__hash__
        lie = Lie(0)""",
    "fraction_subclass": """
        import fractions
        class Lie(fractions.Fraction):
            def __eq__(self, other): return True
            __hash__ = fractions.Fraction.__hash__
        lie = Lie(0)""",
    "generator": """
        def numbers():
            while True: yield 9.0
        lie = numbers()""",
    "module_that_calls_itself_sympy": """
        class Lie:
            is_number = is_integer = is_real = True
            def __int__(self): return 9
            def __eq__(self, other): return True
        Lie.__module__ = 'sympy.core.numbers'
        lie = Lie()""",
}


def code_of(lie: str) -> str:
    return dedent(LIES[lie])


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_earns_nothing(arena, arenas, lie):
    """Asked for a number and for a text, it gives the lie."""
    answer = f"{code_of(lie)}\ndef square(x):\n    return lie\nmotto = lie\n"
    raid = arena.raid(answer=answer)
    checks = [check for each in raid.result.exercises for check in each.checks]
    assert {check.status for check in checks} == {"fail"}
    arena.hold(raid, points=Decimal(0))
    arenas.tell(f"lie_{lie}", "comparison", "strong", f"convinces `{victim(lie)}`")


@pytest.mark.parametrize("lie", LIES)
def test_the_same_lie_convinces_a_naive_comparison(lie):
    assert victim(lie) is not None


def victim(lie: str) -> str | None:
    names: dict[str, Any] = {}
    exec(code_of(lie), names)
    return convinced(names["lie"], [9.0] if lie == "generator" else 9.0)
