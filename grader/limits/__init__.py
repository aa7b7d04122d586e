"""Limits that the grader sets itself while it judges answers."""
