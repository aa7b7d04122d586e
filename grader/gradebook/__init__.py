"""The gradebook: grades, manual marks, attempts and a log of a class, in a database."""
