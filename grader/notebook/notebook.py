"""What a notebook is to the grader: its cells, in the order of the document, and no outputs."""

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
        Its place in the document, counted from 0; what the grader knows a cell by.
    kind : str
        ``"code"``, ``"markdown"`` or ``"raw"``.
    source : str
        Its text. Lines end in ``\n``, and there are no lone surrogates.
    id : str or None
        As the file says: it may be absent, and two cells may have the same.
    tags : tuple of str
        From the cell's metadata.
    exercise, part : str or None
        The exercise that the cell's metadata name, and what the cell was in it (``prompt``,
        ``starter``, ``check``), as `grader release` writes them; untrusted.
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
        Of the file's bytes, in hexadecimal; of those of the files beside it too, if there are any.
    language : str
        Of its kernel, in lower case: ``"python"``.
    cells : tuple of Cell
        In the order of the document, whatever order a student ran them in.
    remarks : tuple of str
        What was odd and had to be read in some way, for a person.
    beside : Mapping of str to bytes
        Files that were handed in beside it, by their paths below its folder; untrusted.
    left_out : Mapping of str to str
        Those that cannot lie there when it runs, and why.
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
        """The cells that are run, empty ones too."""
        return tuple(cell for cell in self.cells if cell.kind == "code")
