"""What one run leaves for the next on this machine: plain data in a private folder."""

from grader.cache.private_folder import Cache, open_cache

__all__ = ["Cache", "open_cache"]
