"""What answers the questions of checks without a sandbox."""
