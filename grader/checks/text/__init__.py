"""Text in checks: short answers, output, and remarks about wrong numbers."""
