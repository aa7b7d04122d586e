"""The wire format between the grader and a session."""
