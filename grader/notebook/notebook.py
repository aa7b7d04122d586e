"""What a notebook is to the grader: its cells, in the order of the document, and no outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Cell", "Kind", "Notebook"]

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
        Of the file's bytes, in hexadecimal.
    language : str
        Of its kernel, in lower case: ``"python"``.
    cells : tuple of Cell
        In the order of the document, whatever order a student ran them in.
    remarks : tuple of str
        What was odd and had to be read in some way, for a person.
    """

    name: str
    sha256: str
    language: str
    cells: tuple[Cell, ...]
    remarks: tuple[str, ...] = ()

    @property
    def code_cells(self) -> tuple[Cell, ...]:
        """The cells that are run, empty ones too."""
        return tuple(cell for cell in self.cells if cell.kind == "code")
