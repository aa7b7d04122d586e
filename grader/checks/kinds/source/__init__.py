"""The check of what an answer's code uses."""
