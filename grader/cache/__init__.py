"""Caches results between runs on this machine, as plain data in a private folder."""

from grader.cache.private_folder import Cache, hidden_from_sessions, open_cache

__all__ = ["Cache", "hidden_from_sessions", "open_cache"]
