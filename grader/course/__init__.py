"""Reading a course from its files."""

from grader.course.loading import load_course
from grader.course.model import Course, Equivalent, Exercise, Mistake, Unit
from grader.course.programs import (
    Program,
    load_program,
    names_given_to,
    read_program,
    rerun_of,
    run_program,
    student_of_program,
    student_of_source,
)
from grader.course.yaml_keys import Policy

__all__ = [
    "Course",
    "Equivalent",
    "Exercise",
    "Mistake",
    "Policy",
    "Program",
    "Unit",
    "load_course",
    "load_program",
    "names_given_to",
    "read_program",
    "rerun_of",
    "run_program",
    "student_of_program",
    "student_of_source",
]
