"""Moments that a platform states as text."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def parse_timestamp(text: str) -> datetime | None:
    """Return the moment that a text states, in UTC; None where it states none.

    Without a zone it is taken for UTC, as nbgrader does.

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
            moment = moment.replace(tzinfo=_zone(zone))
        return moment.astimezone(UTC)
    # KeyError and OSError: the name of a zone that is none, or of a folder of them.
    except (ValueError, KeyError, OSError, OverflowError):
        return None


def _zone(name: str) -> ZoneInfo:
    return ZoneInfo("UTC" if name in {"", "Z", "UCT"} else name)
