"""The kinds of checks, a file or a folder each."""
