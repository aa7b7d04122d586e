"""The check kind ``source``."""
