"""Showing that an exercise's checks accept right answers and refuse wrong ones."""
