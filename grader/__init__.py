"""Automatic grading of Jupyter notebooks about the mathematics of machine learning."""

__version__ = "0.1.0"
