"""Expressions that authors write in exercises: assertions and formulas."""
