"""CalDAV (RFC 4791): the server picks the events of the days that count, with their rules; we write them out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import ParseError, XMLParser
from zoneinfo import ZoneInfo

import httpx2

from pbxd.calendars.fetching import Wanted
from pbxd.calendars.sources.ical import MAX_BYTES, MAX_EVENTS, events, place
from pbxd.calendars.sources.problems import CalendarError, ServerError
from pbxd.calendars.sources.web import body, client, judge
from pbxd.org.calendars import CalendarEvent

MULTI_STATUS: Final = 207
DATA: Final = "{urn:ietf:params:xml:ns:caldav}calendar-data"
QUERY: Final = """\
<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
<D:prop><C:calendar-data/></D:prop>
<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
<C:time-range start="{start:%Y%m%dT%H%M%SZ}" end="{end:%Y%m%dT%H%M%SZ}"/>
</C:comp-filter></C:comp-filter></C:filter>
</C:calendar-query>
"""
HEADERS: Final = {"Depth": "1", "Content-Type": 'application/xml; charset="utf-8"'}


def read(wanted: Wanted, start: float, end: float) -> list[CalendarEvent]:
    """One REPORT (7.8). Raises :class:`CalendarError`, :class:`ServerError`."""
    query = QUERY.format(start=datetime.fromtimestamp(start, UTC), end=datetime.fromtimestamp(end, UTC))
    try:
        with (
            client(wanted.connector) as web,
            web.stream("REPORT", place(wanted), content=query.encode(), headers=HEADERS) as response,
        ):
            judge(response.status_code, MULTI_STATUS)
            content = body(response, MAX_BYTES)
    except httpx2.TransportError as error:
        raise ServerError(str(error) or type(error).__name__) from error
    zone = ZoneInfo(wanted.zone)
    return [event for one in calendars(content) for event in events(one, zone, wanted.id, start, end)]


class _Gathered:
    """What is in the elements that hold calendars: all that a multistatus has for us (9.6)."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._inside: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == DATA:
            self._inside = []

    def data(self, text: str) -> None:
        if self._inside is not None:
            self._inside.append(text)

    def end(self, tag: str) -> None:
        if tag == DATA and self._inside is not None:
            self.found.append("".join(self._inside))
            self._inside = None

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise CalendarError("the server's answer declares a document type, as only attacks do")

    def close(self) -> list[str]:
        return self.found


def calendars(content: bytes) -> list[str]:
    """The calendars in a multistatus (RFC 4918 13). Raises :class:`CalendarError` for what is none."""
    gathered = _Gathered()
    parser = XMLParser(target=gathered)  # noqa: S314 - without document types there are no entities to expand
    try:
        parser.feed(content)
        parser.close()
    except ParseError as error:
        raise CalendarError(f"the server's answer is no XML: {error}") from error
    if len(gathered.found) > MAX_EVENTS:
        raise CalendarError(f"it has more than {MAX_EVENTS} events in a week")
    return gathered.found
