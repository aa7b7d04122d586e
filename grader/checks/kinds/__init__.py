"""The kinds of check, each a file or a folder."""
