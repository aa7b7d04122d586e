"""Platforms for submissions, known by the form of their downloads; one file each."""
