"""The check kind ``gradient``."""
