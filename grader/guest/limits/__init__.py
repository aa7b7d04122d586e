"""Limits on time, memory and output that a session sets itself."""
