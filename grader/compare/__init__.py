"""Compares an answer with the expected value, and describes how they differ."""

from grader.compare.comparing import agree, compare, is_vacuous, noun_of
from grader.compare.describe import describe
from grader.compare.mismatch import Mismatch
from grader.compare.tolerance import Tolerance

__all__ = ["Mismatch", "Tolerance", "agree", "compare", "describe", "is_vacuous", "noun_of"]
