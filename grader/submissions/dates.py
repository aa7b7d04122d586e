"""Reading dates and times as platforms and people write them, in many languages.

Moodle states times in the form of its language pack: ``Wednesday, 10 June 2026, 2:14 PM``,
``Mittwoch, 10. Juni 2026, 14:14``, ``miércoles, 10 de junio de 2026, 14:14``. A text that could
mean two moments is not guessed.

References
----------
Moodle, ``lib/moodlelib.php``, `userdate`, with the string ``strftimedaydatetime`` of a language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

Order: TypeAlias = Literal["day", "month"]
"""The part that comes first in ``01/02/2026``."""

# English, German, French, Spanish, Portuguese, Italian, Dutch, Catalan, Galician, Swedish, Danish,
# Norwegian, Finnish, Polish, Czech, Turkish, Romanian, Russian, Ukrainian, in the form used in
# dates, a month a line. Without Croatian, in which `listopada` is October and not November.
_MONTHS = """
january jan januar jänner janvier enero janeiro gennaio januari gener xaneiro tammikuuta
  stycznia ledna ocak ianuarie января січня
february feb februar février febrero fevereiro febbraio februari febrer febreiro helmikuuta
  lutego února şubat februarie февраля лютого
march mar märz mars marzo março maart març mars marts maaliskuuta marca března mart martie
  марта березня
april apr avril abril aprile abril huhtikuuta kwietnia dubna nisan aprilie апреля квітня
may mai mayo maio maggio mei maig maj toukokuuta maja května mayıs mai мая травня
june jun juni juin junio junho giugno juny xuño kesäkuuta czerwca června haziran iunie июня
  червня
july jul juli juillet julio julho luglio juliol xullo heinäkuuta lipca července temmuz iulie
  июля липня
august aug août agosto augustus agost augusti elokuuta sierpnia srpna ağustos августа серпня
september sep sept septembre septiembre setembro settembre setembre syyskuuta września září
  eylül septembrie сентября вересня
october oct okt oktober octobre octubre outubro ottobre octubre lokakuuta października října
  ekim octombrie октября жовтня
november nov novembre noviembre novembro marraskuuta listopada listopadu kasım noiembrie
  ноября листопада
december dec dez dezember décembre diciembre dezembro dicembre desembre decembro desember
  joulukuuta grudnia prosince aralık decembrie декабря грудня
"""


def _plain(text: str) -> str:
    """Return a text in lower case and in a normal form."""
    return unicodedata.normalize("NFC", text.replace("İ", "i").casefold())


MONTHS: Mapping[str, int] = MappingProxyType(
    {
        _plain(name): number
        for number, row in enumerate(re.split(r"\n(?! )", _MONTHS.strip()), start=1)
        for name in row.split()
    }
)
_AFTERNOON: Mapping[str, bool] = MappingProxyType(
    {
        **dict.fromkeys(("am", "a.m.", "a. m.", "vormittags", "ص", "до полудня", "上午"), False),
        **dict.fromkeys(("pm", "p.m.", "p. m.", "nachmittags", "م", "после полудня", "下午"), True),
        _plain("Öğleden önce"): False,
        _plain("Öğleden sonra"): True,
    }
)
_CLOCK = re.compile(
    r"(?<![\d:.+-])(?P<hour>\d{1,2})(?:[:.]|\s?h\s?)(?P<minute>\d{2})(?!\d)"
    r"(?:[:.](?P<second>\d{2})(?!\d)(?:[.,]\d+)?)?"
)
_ZONE = re.compile(r"z|utc|gmt|(?:utc|gmt)?(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})")
_ISO = re.compile(r"^(\d{4}-\d{2}-\d{2})t(?=\d)")
_AFTER_CLOCK = frozenset({"", "uhr", "h"})
_NUMBERED = re.compile(
    r"(?<!\d)(?P<first>\d{1,2})(?P<mark>[./-])\s?(?P<second>\d{1,2})(?P=mark)\s?(?P<year>\d{4})(?!\d)"
)
_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<year>\d{4})\s?[年./-]\s?(?P<month>\d{1,2})\s?[月./-]\s?(?P<day>\d{1,2})(?!\d)"
)
_WORDS = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_DAY = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_LIMIT = 120


def written_time(text: str, order: Order | None = None) -> datetime | None:
    """Return the moment that a text states, without a zone if it states none; None if unclear.

    `order` is what comes first in a date of three numbers with the year last; if it is unknown,
    only an unambiguous date is read. With dots the day comes first.

    Examples
    --------
    >>> str(written_time("Wednesday, 10 June 2026, 2:14 PM"))
    '2026-06-10 14:14:00'
    >>> str(written_time("Mittwoch, 10. Juni 2026, 14:14"))
    '2026-06-10 14:14:00'
    >>> str(written_time("2026-06-10 14:14:05 -0700"))
    '2026-06-10 14:14:05-07:00'
    >>> written_time("01/02/2026 14:14") is None
    True
    """
    plain = " ".join(_plain(text).split())
    if len(plain) > _LIMIT:
        return None
    clocks = list(_CLOCK.finditer(_ISO.sub(r"\1 ", plain)))
    if not clocks:
        return None
    clock = clocks[-1]  # the first may be a date with dots
    try:
        date = _date(clock.string[: clock.start()], order)
        time = _time(clock)
        return None if date is None or time is None else datetime.fromisoformat(f"{date}T{time}")
    except ValueError:
        return None


def _date(text: str, order: Order | None) -> str | None:
    for pattern in (_YEAR_FIRST, _NUMBERED):
        found = list(pattern.finditer(text))
        if found:
            return _from_numbers(found[0], order) if len(found) == 1 else None
    months = {MONTHS[word] for word in _WORDS.findall(text) if word in MONTHS}
    years, days = _YEAR.findall(text), _DAY.findall(text)
    if (len(months), len(years), len(days)) != (1, 1, 1):
        return None
    return f"{years[0]}-{months.pop():02}-{int(days[0]):02}"


def _from_numbers(match: re.Match[str], order: Order | None) -> str | None:
    if match.re is _YEAR_FIRST:
        return f"{match['year']}-{int(match['month']):02}-{int(match['day']):02}"
    first, second = int(match["first"]), int(match["second"])
    if match["mark"] == "." or first > 12 or first == second:
        order = "day"
    elif second > 12:
        order = "month"
    if order is None:
        return None
    day, month = (first, second) if order == "day" else (second, first)
    return f"{match['year']}-{month:02}-{day:02}"


def _time(clock: re.Match[str]) -> str | None:
    hour, rest = int(clock["hour"]), clock.string[clock.end() :].strip()
    afternoon = next(
        (mark for mark in _AFTERNOON if rest == mark or rest.startswith(f"{mark} ")), None
    )
    if afternoon is not None:
        rest = rest.removeprefix(afternoon).strip()
        if hour <= 12:  # some languages write `14:14 PM`
            hour = hour % 12 + 12 * _AFTERNOON[afternoon]
    zone = _zone(rest)
    return None if zone is None else f"{hour:02}:{clock['minute']}:{clock['second'] or '00'}{zone}"


def _zone(rest: str) -> str | None:
    """Return the zone that follows a time; None if it is not understood."""
    if rest in _AFTER_CLOCK:
        return ""
    match = _ZONE.fullmatch(rest)
    if match is None:
        return None
    return f"{match['sign']}{match['hours']}:{match['minutes']}" if match["sign"] else "+00:00"


def parse_timestamp(text: str) -> datetime | None:
    """Return the moment that a text states, in UTC; None if it states none.

    A text without a zone is in UTC, as in nbgrader.

    Examples
    --------
    >>> parse_timestamp("2015-02-02 15:58:23.948203 America/Los_Angeles").isoformat()
    '2015-02-02T23:58:23.948203+00:00'
    >>> parse_timestamp("2023-09-20 23:12:31.123456000 -07:00").isoformat()
    '2023-09-21T06:12:31.123456+00:00'
    """
    day, time, zone = [*text.split(), "", "", ""][:3]
    try:
        if zone[:1] in {"+", "-"}:
            time, zone = time + zone, ""
        moment = datetime.fromisoformat(f"{day} {time}".strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo("UTC" if zone in {"", "Z", "UCT"} else zone))
        return moment.astimezone(UTC)
    # KeyError and OSError: an unknown zone, or the name of a folder of zones.
    except (ValueError, KeyError, OSError, OverflowError):
        return None
