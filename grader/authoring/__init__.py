"""What an author does with a course: prove its exercises, and release them to students."""
