"""The check kind ``plot``."""
