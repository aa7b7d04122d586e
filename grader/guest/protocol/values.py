"""The values that can be sent, and the answers of a session.

An answer is always data: a function that raised, hung or killed its process gives an answer of
another type, never an exception on the trusted side.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from .encoding import Encoded

Value: TypeAlias = Any
"""None, bool, int, float, complex, str, bytes, list, tuple, dict, set, ndarray or `Opaque`.

A set that is a key of a dict, or a member of a set, is a frozenset."""


Measure: TypeAlias = Literal["", "memory", "time"]


@dataclass(frozen=True, slots=True)
class Opaque:
    """Placeholder for an object that cannot be sent.

    Attributes
    ----------
    type_name : str
        Name of its type, according to the sandbox.
    text : str
        Its ``repr``, cut to 200 characters.
    """

    type_name: str
    text: str


@dataclass(frozen=True, eq=False)
class Call:
    """The arguments of a call to a student's function; equal to itself alone.

    So a call is the key of its answer.

    Attributes
    ----------
    args, kwargs : tuple
        The arguments; kwargs as pairs of name and value.
    measured : str
        ``"memory"``, ``"time"`` or empty. If set, the answer is a pair: the result, and the peak
        memory [byte] or the processor time [s] of the call.
    """

    args: tuple[Value, ...] = ()
    kwargs: tuple[tuple[str, Value], ...] = ()
    measured: Measure = field(default="", repr=False)

    @property
    def plain(self) -> Value:
        """The call as a plain value."""
        whole = (self.args, self.kwargs)
        return (*whole, self.measured) if self.measured else whole

    @cached_property
    def encoded(self) -> Encoded:
        """The call as it is sent, worked out once: a class is asked the same calls.

        Raises
        ------
        WireError
            It cannot be sent.
        """
        from .encoding import encode  # which reads this module

        return encode(self.plain)


@dataclass(frozen=True, slots=True)
class Query:
    """A query about one name of a notebook.

    Attributes
    ----------
    name : str
        The function or variable.
    cases : tuple of Call or None
        The calls to make; None reads the variable.
    draws : bool
        Whether to return the figure that the calls draw, or that the variable holds.
    """

    name: str
    cases: tuple[Call, ...] | None = None
    draws: bool = False

    @property
    def keys(self) -> tuple[Key, ...]:
        """What finds each answer: the name with the call, or with None for the variable."""
        return tuple((self.name, case) for case in ((None,) if self.cases is None else self.cases))


Key: TypeAlias = tuple[str, Call | None]


@dataclass(frozen=True, slots=True)
class _Heard:
    """An answer to a call, with the start of the call's output."""

    printed: str = field(default="", kw_only=True, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Returned(_Heard):
    """A variable was read, or a call returned.

    Attributes
    ----------
    value : Value
        The value read or returned.
    changed : tuple of str
        Arguments that the call changed in place: positions from 0, or keyword names.
    """

    value: Value
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Raised(_Heard):
    """A call raised; all fields come from the student's process, except `where`.

    Attributes
    ----------
    type_name, message : str
        Of the exception; the message is cut to 500 characters.
    bases : tuple of str
        Names of the exception's base classes.
    cell, line : int
        The last line of the notebook that led to it; 0 for none.
    where : str
        The same as text, with the line of code; added on the trusted side.
    """

    type_name: str
    message: str
    bases: tuple[str, ...] = ()
    cell: int = field(default=0, compare=False)
    line: int = field(default=0, compare=False)
    where: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Missing:
    """The notebook does not define the name, or, with `callable_wanted`, it is not callable."""

    name: str
    callable_wanted: bool = False


@dataclass(frozen=True, slots=True)
class TimedOut(_Heard):
    """No answer within a limit, which `limit` names (``"call"``, ``"exercise"``, ``"cpu"``)."""

    seconds: float
    limit: str = "call"


@dataclass(frozen=True, slots=True)
class Died:
    """The process ended instead of answering; `how` describes it for people."""

    how: str


Answer: TypeAlias = Returned | Raised | Missing | TimedOut | Died
