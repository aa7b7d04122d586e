"""What students have is told in one order, whatever the database."""

from __future__ import annotations

from grader.course import load_course
from grader.gradebook.database.book import open_gradebook
from grader.gradebook.people import import_roster
from grader.gradebook.reporting import report
from grader.submissions import RosterStudent
from tests.course import tiny


def test_students_are_reported_in_the_order_of_their_ids_bytes(address, tmp_path):
    course = load_course(tiny.write(tmp_path / "course", tiny.files()))
    ids = ["Zoe", "ada", "Bob", "Ärmel", *(f"s{number}" for number in range(60))]
    people = [RosterStudent(id=each) for each in ids]
    with open_gradebook(address) as book:
        book.write(lambda c: import_roster(c, people, who="eve"))
        told = book.read(lambda c: [each.student for each in report(c, course)])
    assert told == sorted(ids)
