"""The layers that isolate a session."""
