"""Limits on time, memory and output that a session enforces on itself."""
