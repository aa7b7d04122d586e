"""Reading a course from its files."""

from grader.course.entries import Policy
from grader.course.loading import load_course
from grader.course.model import Course, Exercise, Mistake, Unit
from grader.course.programs import load_program, names_given_to
from grader.course.schema import course_schema, exercise_schema

__all__ = [
    "Course",
    "Exercise",
    "Mistake",
    "Policy",
    "Unit",
    "course_schema",
    "exercise_schema",
    "load_course",
    "load_program",
    "names_given_to",
]
