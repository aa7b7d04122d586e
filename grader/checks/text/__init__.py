"""Text in checks: labels, output, and sentences."""
