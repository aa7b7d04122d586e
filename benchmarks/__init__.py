"""What grading costs: this grader beside a bare fork, nbgrader and otter-grader."""
