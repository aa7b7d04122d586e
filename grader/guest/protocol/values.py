"""The values that cross the wire, and the answers that a session gives.

An answer is data, whatever happened: a function that raised, hung or killed its process is told
apart from one that returned by type, never by an exception on the trusted side.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Value: TypeAlias = Any
"""None, bool, int, float, complex, str, bytes, list, tuple, dict, set, ndarray or `Opaque`.

A set that is a key of a dict, or a member of a set, is a frozenset."""


Measure: TypeAlias = Literal["", "memory", "time"]


@dataclass(frozen=True, slots=True)
class Opaque:
    """Stands for an object that does not cross the wire.

    Attributes
    ----------
    type_name : str
        Name of its type, as the sandbox told it.
    text : str
        Its ``repr``, cut to 200 characters.
    """

    type_name: str
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of one call of a student's function.

    Attributes
    ----------
    args, kwargs : tuple
        The arguments; kwargs are pairs of name and value.
    measured : str
        What the call takes of: ``"memory"``, ``"time"``, or nothing. Where it is measured, the
        answer is a pair: what it returned, and the most memory that it took [byte], or its
        processor time [s].
    sent : list
        The call as it is sent, kept by who first worked it out: a class is asked the same calls.
    """

    args: tuple[Value, ...] = ()
    kwargs: tuple[tuple[str, Value], ...] = ()
    measured: Measure = field(default="", repr=False)
    sent: list[Any] = field(default_factory=list, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked about one name of a notebook.

    Attributes
    ----------
    name : str
        The function, or the variable.
    cases : tuple of Call or None
        The calls of the function; None asks for the variable.
    """

    name: str
    cases: tuple[Call, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Heard:
    """An answer to a call, with the beginning of what the call printed."""

    printed: str = field(default="", kw_only=True, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Returned(_Heard):
    """A variable was read, or a call returned.

    Attributes
    ----------
    value : Value
        What was read or returned.
    changed : tuple of str
        Arguments that the call changed in place: positions from 0, or keyword names.
    """

    value: Value
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Raised(_Heard):
    """A call raised; all of this is what the student's process says of it.

    Attributes
    ----------
    type_name, message : str
        Of the exception; the message is cut to 500 characters.
    bases : tuple of str
        Names of the exception's base classes.
    cell, line : int
        The last line of the notebook that led to it; 0 where there is none.
    where : str
        The same in words, made on the trusted side, with the line's text out of the notebook.
    """

    type_name: str
    message: str
    bases: tuple[str, ...] = ()
    cell: int = field(default=0, compare=False)
    line: int = field(default=0, compare=False)
    where: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Missing:
    """The notebook defines no such name, or, with `callable_wanted`, nothing that can be called."""

    name: str
    callable_wanted: bool = False


@dataclass(frozen=True, slots=True)
class TimedOut(_Heard):
    """No answer came within the limit; `limit` names it (``"call"``, ``"exercise"``, ``"cpu"``)."""

    seconds: float
    limit: str = "call"


@dataclass(frozen=True, slots=True)
class Died:
    """The process ended instead of answering; `how` says by what, for a person to read."""

    how: str


Answer: TypeAlias = Returned | Raised | Missing | TimedOut | Died
