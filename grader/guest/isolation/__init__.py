"""What shuts a session in."""
