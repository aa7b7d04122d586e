"""Comparing an answer with what was expected, and saying how they differ."""

from grader.compare.describe import describe
from grader.compare.mismatch import Mismatch
from grader.compare.tolerance import Tolerance
from grader.compare.values import agree, compare, is_vacuous, noun_of

__all__ = ["Mismatch", "Tolerance", "agree", "compare", "describe", "is_vacuous", "noun_of"]
