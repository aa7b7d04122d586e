"""Dates and times as platforms and people write them; what may be two moments is not guessed."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submissions import dates
from grader.submissions.dates import MONTHS, written_time

AT = datetime(2026, 6, 10, 14, 14)


@pytest.mark.parametrize(
    "text",
    [
        # As the language packs of Moodle have it: en, en_us, de, fr, es, pt, it, nl, ca, sv, da,
        # nb, fi, pl, cs, tr, ru, uk, ja, zh, lt's order.
        "Wednesday, 10 June 2026, 2:14 PM",
        "Wednesday, 10 June 2026, 2:14\u202fPM",  # a narrow space, as newer PHP writes it
        "Wednesday, June 10, 2026, 2:14 PM",
        "Mittwoch, 10. Juni 2026, 14:14",
        "mercredi 10 juin 2026, 14:14",
        "miércoles, 10 de junio de 2026, 14:14",
        "quarta-feira, 10 de junho de 2026 às 14:14",
        "mercoledì, 10 giugno 2026, 14:14",
        "woensdag, 10 juni 2026, 14:14",
        "dimecres, 10 juny 2026, 14:14",
        "onsdag, 10 juni 2026, 14:14",
        "onsdag, 10. juni 2026, 14.14",
        "tiistai, 10. kesäkuuta 2026, 14.14",
        "środa, 10 czerwca 2026, 14:14",
        "středa, 10. června 2026, 14.14",
        "Çarşamba, 10 Haziran 2026, 2:14 Öğleden sonra",
        "среда, 10 июня 2026, 14:14",
        "середа 10 червня 2026 14:14 PM",
        "2026年 06月 10日(水曜日) 14:14",
        "2026年06月10日 星期三 14:14",
        # Spreadsheets, other programs, people.
        "2026-06-10 14:14",
        "2026-06-10T14:14",
        "2026/06/10 14:14:00",
        "10.6.2026 14:14",
        "10.06.2026, 14:14 Uhr",
        "mercredi 10 juin 2026 à 14h14",
        "Jun 10, 2026, 2:14:00 p.m.",
        " 10 JUNE 2026   14:14 ",
    ],
)
def test_a_moment_is_read_in_the_language_it_is_written_in(text):
    assert written_time(text) == AT


@pytest.mark.parametrize(("text", "hour"), [("12:05 AM", 0), ("12:05 PM", 12), ("1:05 am", 1)])
def test_noon_and_midnight_are_told_apart(text, hour):
    assert written_time(f"10 June 2026, {text}").hour == hour


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("2026-06-10T14:14:00Z", 0),
        ("2026-06-10 14:14:05.123456000 -07:00", -7),
        ("2026-06-10 14:14:05 -0700", -7),
        ("2026-06-10 14:14 UTC", 0),
        ("2026-06-10 14:14 GMT+02:00", 2),
    ],
)
def test_a_zone_that_is_stated_counts(text, hours):
    assert written_time(text).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "Never",
        "10 June 2026",  # at which time?
        "14:14",
        "01/02/2026 14:14",  # January or February
        "01-02-2026 14:14",
        "31 June 2026, 14:14",
        "10 June 2026, 25:14",
        "10 June or July 2026, 14:14",
        "10 June 2026 2027, 14:14",
        "10 June 2026, 2:14 μμ",  # a mark of the afternoon that is not known: 2 or 14?
        "10 June 2026, 14:14 CET",
        "10 lipanj 2026, 14:14",
        "2026-06-10 14:14 2026-06-11 14:14",
        "1" * 10_000,
        "\x1b[2J10 June 2026, 14:14\x1b",
    ],
)
def test_what_is_not_clear_is_not_read(text):
    assert written_time(text) is None


@pytest.mark.parametrize(
    ("order", "text", "day"),
    [
        ("day", "01/02/2026 14:14", (2, 1)),
        ("month", "01/02/2026 14:14", (1, 2)),
        (None, "13/02/2026 14:14", (2, 13)),
        (None, "02/13/2026 14:14", (2, 13)),
        (None, "03/03/2026 14:14", (3, 3)),
        ("month", "01.02.2026 14:14", (2, 1)),  # dots have the day first everywhere
    ],
)
def test_numbers_are_read_in_the_order_that_is_known(order, text, day):
    found = written_time(text, order)
    assert (found.month, found.day) == day


def test_no_word_means_two_months():
    meant = defaultdict(set)
    for number, row in enumerate(dates._MONTHS.replace("\n  ", " ").strip().splitlines(), start=1):
        for word in row.split():
            meant[dates._plain(word)].add(number)
    assert {word: months for word, months in meant.items() if len(months) > 1} == {}
    assert set(MONTHS.values()) == set(range(1, 13))


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), st.sampled_from(sorted(MONTHS)))
def test_every_month_is_read_in_each_language(at, month):
    at = at.replace(second=0, microsecond=0, day=min(at.day, 28), month=MONTHS[month])
    assert written_time(f"x, {at.day}. {month} {at.year}, {at:%H:%M}") == at


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), st.integers(-14, 14))
def test_what_python_writes_is_read_back(at, hours):
    at = at.replace(microsecond=0)
    there = at.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert written_time(at.isoformat()) == written_time(str(at)) == at
    assert written_time(there.isoformat()) == there


@given(st.text(max_size=130))
def test_any_text_is_read_or_not(text):
    assert written_time(text) is None or isinstance(written_time(text), datetime)
