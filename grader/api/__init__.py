"""The Python API; the command line calls the same functions.

Modules here import little, so that a sandbox can start before everything else is loaded.
"""
