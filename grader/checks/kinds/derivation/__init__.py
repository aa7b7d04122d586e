"""Derivations: a small language of formulas, and a check of each step.

The grader's own parser reads the language, and formulas are evaluated in decimal arithmetic. A
student's text never reaches ``eval`` or a computer algebra system. docs/derivations.md documents
the language.
"""
