"""The outside end of the sandbox: what the trusted side starts, asks, limits and ends."""
