"""Grading one notebook."""
