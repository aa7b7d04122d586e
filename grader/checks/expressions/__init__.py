"""Assertions and formulas that authors write as expressions."""
