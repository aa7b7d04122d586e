"""Starting a course or an exercise."""
