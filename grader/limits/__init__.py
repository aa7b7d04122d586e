"""Limits on the grader's own process while it judges answers."""
