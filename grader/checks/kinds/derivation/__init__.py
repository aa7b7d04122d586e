"""The algebra of derivations: a small language of formulas, and a judge of their steps.

The language is read by a parser of our own and evaluated in decimal arithmetic; no text of a
student is ever given to ``eval`` or to a computer algebra system. docs/derivations.md is the
language's page.
"""
