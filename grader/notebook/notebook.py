"""A notebook as the grader uses it: its cells in document order, without outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["code", "markdown", "raw"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    r"""One cell.

    Attributes
    ----------
    index : int
        Its place in the document, counted from 0; identifies the cell.
    kind : str
        ``"code"``, ``"markdown"`` or ``"raw"``.
    source : str
        Its text. Lines end in ``\n``, and there are no lone surrogates.
    id : str or None
        From the file: it may be absent, and two cells may have the same.
    tags : tuple of str
        From the cell's metadata.
    exercise, part : str or None
        From the cell's metadata, as `grader release` writes them: the exercise, and the purpose of
        the cell (``prompt``, ``starter``, ``check``); untrusted.
    """

    index: int
    kind: Kind
    source: str
    id: str | None = None
    tags: tuple[str, ...] = ()
    exercise: str | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """A notebook that could be read.

    Attributes
    ----------
    name : str
        The file's name, for messages; untrusted.
    sha256 : str
        Of the file's bytes, in hexadecimal; includes the files next to it, if any.
    language : str
        Of its kernel, in lower case: ``"python"``.
    cells : tuple of Cell
        In document order, regardless of the order in which a student ran them.
    remarks : tuple of str
        Oddities of the file and how they were read, for a person.
    beside : Mapping of str to bytes
        Files handed in with it, by their paths below its folder; untrusted.
    left_out : Mapping of str to str
        Files that are not available when it runs, and why.
    """

    name: str
    sha256: str
    language: str
    cells: tuple[Cell, ...]
    remarks: tuple[str, ...] = ()
    beside: Mapping[str, bytes] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def code_cells(self) -> tuple[Cell, ...]:
        """The cells that are run, including empty ones."""
        return tuple(cell for cell in self.cells if cell.kind == "code")
