"""iCalendar (RFC 5545): files, addresses, and the events in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from icalendar import Calendar
from recurring_ical_events import of

from pbxd.calendars.fetching import Wanted
from pbxd.calendars.sources.problems import CalendarError
from pbxd.config.calendars import refuse_bombs
from pbxd.org.calendars import Availability, CalendarEvent

BACK: Final = 86_400.0
"""Seconds before now from which events are read: what has begun then may go on."""
MAX_BYTES: Final = 8 * 1024 * 1024
MAX_EVENTS: Final = 2_000
"""In the days that count; somebody with more has no calendar but an attack."""
_BUSY: Final[dict[str, Availability]] = {
    "FREE": "free",
    "TENTATIVE": "tentative",
    "BUSY": "busy",
    "OOF": "away",
    "WORKINGELSEWHERE": "elsewhere",
}
"""What Outlook writes as X-MICROSOFT-CDO-BUSYSTATUS."""


def read(wanted: Wanted, start: float, end: float) -> list[CalendarEvent]:
    """The events of a file or address."""
    url = wanted.connector.url
    if url.startswith("file:"):
        content = _file(Path(url.removeprefix("file:").replace("{id}", wanted.id)))
    else:
        from pbxd.calendars.sources.web import get

        content = get(place(wanted), wanted.connector, Path(wanted.cache), MAX_BYTES)
    return events(content, ZoneInfo(wanted.zone), wanted.id, start, end)


def place(wanted: Wanted) -> str:
    """The address of this user's calendar."""
    return wanted.connector.url.replace("{id}", quote(wanted.id, safe="@"))


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CalendarError(f"{path.name} can't be read: {(error.strerror or str(error)).lower()}") from error
    if len(content) > MAX_BYTES:
        raise CalendarError(f"{path.name} is longer than {MAX_BYTES} bytes")
    return content


def events(content: bytes | str, zone: ZoneInfo, owner: str, start: float, end: float) -> list[CalendarEvent]:
    """Everything that touches the time from ``start`` to ``end``, repeating events written out.

    Times without a zone, and days, are ``zone``'s. What is cancelled, and what ``owner`` (an address) has declined, is
    left out. Raises :class:`CalendarError` for what is no calendar, or has too much in it.
    """
    try:
        calendar = Calendar.from_ical(content)
    except (ValueError, IndexError, KeyError) as error:
        raise CalendarError(f"it is no calendar: {error}") from error
    if not isinstance(calendar, Calendar):
        raise CalendarError("it is no calendar: it holds no VCALENDAR")
    try:
        refuse_bombs(calendar)
    except ValueError as error:
        raise CalendarError(str(error)) from error
    span = datetime.fromtimestamp(start, zone), datetime.fromtimestamp(end, zone)
    found = list(islice(of(calendar).between(*span), MAX_EVENTS + 1))
    if len(found) > MAX_EVENTS:
        raise CalendarError(f"it has more than {MAX_EVENTS} events in a week")
    return list(_events(found, zone, owner.casefold()))


def _events(found: list[Any], zone: ZoneInfo, owner: str) -> Iterator[CalendarEvent]:
    for one in found:
        if str(one.get("STATUS", "")).upper() == "CANCELLED" or _declined(one, owner):
            continue
        yield CalendarEvent(
            start=moment(one.start, zone),
            end=moment(one.end, zone),
            subject=str(one.get("SUMMARY", ""))[:500],
            location=str(one.get("LOCATION", ""))[:500],
            availability=_availability(one),
            private=str(one.get("CLASS", "PUBLIC")).upper() in ("PRIVATE", "CONFIDENTIAL"),
        )


def _availability(one: Any) -> Availability:
    said = _BUSY.get(str(one.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper())
    if said is not None:
        return said
    if str(one.get("TRANSP", "OPAQUE")).upper() == "TRANSPARENT":  # RFC 5545 3.8.2.7
        return "free"
    return "tentative" if str(one.get("STATUS", "")).upper() == "TENTATIVE" else "busy"


def _declined(one: Any, owner: str) -> bool:
    """Whether the one whose calendar it is does not take part (RFC 5545 3.2.12)."""
    invited = one.get("ATTENDEE", [])
    for attendee in invited if isinstance(invited, list) else [invited]:
        address = str(attendee).casefold().removeprefix("mailto:")
        if address == owner and str(attendee.params.get("PARTSTAT", "")).upper() == "DECLINED":
            return True
    return False


def moment(found: date, zone: ZoneInfo) -> float:
    """Seconds since 1970; a day is its beginning where the user is."""
    if not isinstance(found, datetime):
        return datetime(found.year, found.month, found.day, tzinfo=zone).timestamp()
    return (found.replace(tzinfo=zone) if found.tzinfo is None else found).timestamp()
