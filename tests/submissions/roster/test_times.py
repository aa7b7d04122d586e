"""When hand-ins came, as tables of platforms and people say."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest

from grader.errors import TimesError, UsageError
from grader.submissions import RosterStudent, load_times, survey_submissions, times_in_roster
from tests.submissions.downloads import GOOD, notebook, put_tree, students

ENGLISH = (
    "Identifier,Full name,ID number,Email address,Status,Group,Grade,Maximum grade,"
    '"Grade can be changed","Last modified (submission)","Last modified (grade)",'
    '"Feedback comments"\r\n'
    'Participant 101,"Jane Doe",,jane@example.edu,"Submitted for grading - ",,,"10.00",Yes,'
    '"Wednesday, 10 June 2026, 2:14 PM",-,\r\n'
    'Participant 102,"Bob Roe",,bob@example.edu,"No submission",,,"10.00",Yes,-,-,\r\n'
    'Participant 103,"Zoë Poe",,zoe@example.edu,"Submitted for grading - 1 day late",,,"10.00",'
    'Yes,"Thursday, 11 June 2026, 12:05 AM",-,\r\n'
)
GERMAN = (
    'ID,"Vollständiger Name",E-Mail-Adresse,Status,Bewertung,Bestwertung,'
    '"Bewertung kann geändert werden","Zuletzt geändert (Abgabe)","Zuletzt geändert (Bewertung)",'
    '"Feedback als Kommentar"\n'
    'Teilnehmer/in101,"Jane Doe",jane@example.edu,"Zur Bewertung abgegeben",,"10,00",Ja,'
    '"Mittwoch, 10. Juni 2026, 14:14",-,\n'
    'Teilnehmer/in103,"Zoë Poe",zoe@example.edu,"Zur Bewertung abgegeben",,"10,00",Ja,'
    '"Donnerstag, 11. Juni 2026, 00:05",-,\n'
)
DOWNLOAD = {
    "Jane Doe_101_assignsubmission_file_/hw.ipynb": notebook("'jane'"),
    "Zoë Poe_103_assignsubmission_file_/hw.ipynb": notebook("'zoë'"),
}
# In Berlin it is summer: 14:14 there is 12:14 in UTC.
JANE, ZOE = datetime(2026, 6, 10, 12, 14, tzinfo=UTC), datetime(2026, 6, 10, 22, 5, tzinfo=UTC)


def table(tmp_path, text, encoding="utf-8", name="times.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def read(tmp_path, text, zone="Europe/Berlin", **options):
    return load_times(table(tmp_path, text, **options), zone)


def came(folder, times, roster=None):
    survey = survey_submissions([folder], roster, (), times)
    return {
        who: one.hand_in and one.hand_in.received for who, one in students(survey).items()
    }, survey.unused_times


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ENGLISH, "utf-8"),
        (ENGLISH, "utf-8-sig"),
        (ENGLISH, "utf-16"),
        (GERMAN, "utf-8-sig"),
        (GERMAN.replace('",', '";').replace("ID,", "ID;"), "utf-8"),
    ],
    ids=["english", "mark", "utf-16", "german", "broken"],
)
def test_the_worksheet_of_moodle_says_when_its_download_came(tmp_path, text, encoding):
    if "ID;" in text:  # with semicolons, as a spreadsheet in Germany saves it
        text = GERMAN.replace(",", ";").replace("Mittwoch;", "Mittwoch,")
        text = text.replace("Donnerstag;", "Donnerstag,").replace("Juni 2026;", "Juni 2026,")
    folder = put_tree(tmp_path / "download", DOWNLOAD)
    times, unused = came(folder, read(tmp_path, text, encoding=encoding))
    assert times == {"Jane Doe": JANE, "Zoë Poe": ZOE}
    assert unused == ()


@pytest.mark.parametrize(
    ("header", "written"),
    [
        ("Last modified (submission)", "Wednesday, 10 June 2026, 2:14 PM"),
        ("Zuletzt geändert (Abgabe)", "Mittwoch, 10. Juni 2026, 14:14"),
        ("Dernière modification (travail remis)", "mercredi 10 juin 2026, 14:14"),
        ("Última modificación (entrega)", "miércoles, 10 de junio de 2026, 14:14"),
        ("Última modificación (entrega)", "mércores, 10 de xuño de 2026, 2:14 PM"),
        ("Ultima modifica (consegna)", "mercoledì, 10 giugno 2026, 14:14"),
        ("Laatst gewijzigd (inzending)", "woensdag, 10 juni 2026, 14:14"),
        ("Darrera modificació (tramesa)", "dimecres, 10 juny 2026, 14:14"),
        ("Última atualização (submissão)", "Quarta-feira, 10 de Junho de 2026 às 14:14"),
        ("Senast modifierat (inlämning)", "onsdag, 10 juni 2026, 14:14"),
        ("Ultima modificare (a răspunsului)", "miercuri, 10 iunie 2026, 14:14"),
        ("Son düzenleme (gönderim)", "Çarşamba, 10 Haziran 2026, 2:14 Öğleden sonra"),
        ("Poslední změna (odevzdaný úkol)", "středa, 10. června 2026, 14.14"),
        ("Последнее изменение (ответ)", "среда, 10 июня 2026, 14:14"),
        ("Востаннє змінювалося (здача)", "середа 10 червня 2026 14:14 PM"),
        ("最終更新日時 (提出)", "2026年 06月 10日(水曜日) 14:14"),
        ("上次修改（作业）", "2026年06月10日 星期三 14:14"),
    ],
)
def test_a_worksheet_is_read_in_the_language_of_who_downloaded_it(tmp_path, header, written):
    text = f'Nr,Name,"{unicodedata.normalize("NFD", header)}",x\nAny/one101,Jane,"{written}",-\n'
    (found,) = read(tmp_path, text)
    assert (found.at, found.number) == (JANE, "101")


def test_students_of_one_name_are_told_apart_by_their_participant_numbers(tmp_path):
    files = {f"Jane Doe_{n}_assignsubmission_file_/hw.ipynb": notebook(str(n)) for n in (101, 103)}
    text = ENGLISH.replace("Zoë Poe", "Jane Doe")
    times, _ = came(put_tree(tmp_path / "d", files), read(tmp_path, text))
    assert times == {"Jane Doe_101": JANE, "Jane Doe_103": ZOE}


def test_a_participant_number_is_not_taken_for_an_id_elsewhere(tmp_path):
    times, unused = came(put_tree(tmp_path / "d", {"101.ipynb": GOOD}), read(tmp_path, ENGLISH))
    assert times == {"101": None}
    assert unused == ("Jane Doe", "Zoë Poe")


def test_by_way_of_the_roster_a_time_finds_its_student(tmp_path):
    roster = [RosterStudent(id="s1", name="Doe, Jane", email="JANE@example.edu")]
    folder = put_tree(tmp_path / "d", {"s1.ipynb": GOOD, "s2.ipynb": GOOD})
    times, unused = came(folder, read(tmp_path, ENGLISH), roster)
    assert times == {"s1": JANE, "s2": None}
    assert unused == ("Zoë Poe",)


@pytest.mark.parametrize(
    "text",
    [
        "id,time\njane,2026-06-10 14:14\n",
        "Student;Submitted at\njane;10.06.2026 14:14\n",
        "SID\tSubmission Time\njane\t2026-06-10 05:14:00 -0700\n",  # Gradescope's table of grades
        "email,received\njane,2026-06-10T12:14:00Z\n",
        "First Name,Last Name,Date\nJa,Ne,10/06/2026 14:14\nX,Y,13/06/2026 14:14\n",
    ],
)
def test_any_table_will_do_that_says_who_and_when(tmp_path, text):
    times, _ = came(put_tree(tmp_path / "d", {"jane.ipynb": GOOD}), read(tmp_path, text))
    assert times == {"jane": JANE}


def test_of_several_times_of_one_student_the_latest_counts(tmp_path):
    text = "id,time\njane,2026-06-10 14:14\nJANE,2026-06-09 14:14\n"
    assert [each.at for each in read(tmp_path, text)] == [JANE]


def test_a_table_goes_before_what_a_platform_says(tmp_path):
    canvas = {"doejane_LATE_7_5001_hw.ipynb": GOOD, "roebob_8_5002_hw.ipynb": GOOD}
    survey = survey_submissions(
        [put_tree(tmp_path / "d", canvas)],
        None,
        (),
        read(tmp_path, "id,time\n7,2026-06-10 14:14\n"),
    )
    found = students(survey)
    assert found["doejane_7"].hand_in.received == JANE
    assert (found["doejane_7"].stated, found["roebob_8"].stated) == (True, False)


def test_the_newest_of_two_hand_ins_has_the_time_of_both(tmp_path):
    files = {"jane/a.ipynb": notebook("'a'"), "jane/b.ipynb": notebook("'b'")}
    times, _ = came(
        put_tree(tmp_path / "d", files), read(tmp_path, "id,time\njane,2026-06-10 14:14")
    )
    assert times == {"jane": JANE}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r":1: is empty\. Its first line names the columns"),
        ("id,grade\njane,3\n", r"has no column of times, only `id`, `grade`\. Name it `time`; in"),
        ("time,grade\n2026-06-10 14:14,3\n", r"no column of students, only .*\. Name one `id`"),
        ("id,time\njane,soon\n", r":2: `time`: `soon` is no known form of date and time\. Wr"),
        ("id,time\njane,01/02/2026 10:00\n", r"`01/02/2026 10:00` could mean two days\. Write"),
        ("id,time\n,2026-06-10 14:14\n", r"has a time but no student"),
        ("name,time\nJ D,2026-06-10 14:14\nJ D,2026-06-11 14:14\n", r"is in line 2 too, and two"),
        ("id,time\njane,2026-06-10 14:14,x\n", r"has 3 columns, but the header has 2"),
        ("id,time\n\x1b[2J,\x1b[2J\n", r"`\\x1b\[2J` is no known form of date"),
    ],
)
def test_every_fault_of_a_table_is_told_with_its_line(tmp_path, text, said):
    with pytest.raises(TimesError, match=r"The table of times has 1 fault:(.|\n)*" + said):
        read(tmp_path, text)


def test_a_date_of_two_meanings_is_read_where_another_row_tells_the_order(tmp_path):
    text = "id,time\na,01/02/2026 10:00\nb,{}/2026 10:00\n"
    first, _ = read(tmp_path, text.format("13/02"), "UTC")
    assert first.at == datetime(2026, 2, 1, 10, tzinfo=UTC)
    first, _ = read(tmp_path, text.format("02/13"), "UTC")
    assert first.at == datetime(2026, 1, 2, 10, tzinfo=UTC)


def test_a_table_that_is_not_there_is_a_wrong_call(tmp_path):
    with pytest.raises(UsageError, match=r"table of times `.*gone\.csv` cannot be read"):
        load_times(tmp_path / "gone.csv", "UTC")


def test_the_worksheet_may_be_the_roster_and_no_other_column_of_dates_counts(tmp_path):
    assert len(times_in_roster(table(tmp_path, ENGLISH), "UTC")) == 2
    assert times_in_roster(table(tmp_path, "id,date\njane,enrolled\n"), "UTC") == ()
