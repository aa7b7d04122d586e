"""Any .ipynb file that a student may hand in, read into cells, or a reason why not."""

from __future__ import annotations

from grader.notebook.file import open_regular, read_regular
from grader.notebook.notebook import Cell, Notebook
from grader.notebook.read import LIMIT_BYTES, read_notebook

__all__ = ["LIMIT_BYTES", "Cell", "Notebook", "open_regular", "read_notebook", "read_regular"]
