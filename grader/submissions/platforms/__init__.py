"""Platforms that students hand in on, by what their downloads look like; a file each."""
