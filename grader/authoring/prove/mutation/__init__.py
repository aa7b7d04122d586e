"""Mutants of a reference: small changes, each of which the checks of its exercise should catch."""

from grader.authoring.prove.mutation.mutants import Mutant, make_mutants

__all__ = ["Mutant", "make_mutants"]
