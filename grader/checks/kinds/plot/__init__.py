"""The check of a figure."""
