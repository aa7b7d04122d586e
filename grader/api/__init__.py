"""What programs call: grade or check a notebook, grade a class; the command line calls the same.

Modules here import little, so that a sandbox can be started before all else is loaded.
"""
