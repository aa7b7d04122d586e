"""Automatic grading of Jupyter notebooks about the mathematics of machine learning."""

from grader.magic import check, load_ipython_extension

__all__ = ["__version__", "check", "load_ipython_extension"]

__version__ = "0.1.0"
