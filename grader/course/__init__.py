"""Reading a course from its files."""

from grader.course.json_schema import course_schema, exercise_schema
from grader.course.loading import load_course
from grader.course.model import Course, Equivalent, Exercise, Mistake, Unit
from grader.course.programs import (
    load_program,
    names_given_to,
    read_program,
    rerun_of,
    run_program,
)
from grader.course.students import Program, student_of_program, student_of_source
from grader.course.yaml_keys import Policy

__all__ = [
    "Course",
    "Equivalent",
    "Exercise",
    "Mistake",
    "Policy",
    "Program",
    "Unit",
    "course_schema",
    "exercise_schema",
    "load_course",
    "load_program",
    "names_given_to",
    "read_program",
    "rerun_of",
    "run_program",
    "student_of_program",
    "student_of_source",
]
