"""CalDAV (RFC 4791): the server picks the events of the days that count, with their rules; we write them out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from caldav import DAVClient
from caldav.lib.error import AuthorizationError, DAVError, NotFoundError

from pbxd.calendars.fetching import Wanted
from pbxd.calendars.sources.ical import MAX_EVENTS, events, place
from pbxd.calendars.sources.problems import CalendarError, ServerError
from pbxd.org.calendars import CalendarEvent

ANSWER_WITHIN: Final = 20


def read(wanted: Wanted, start: float, end: float) -> list[CalendarEvent]:
    """One REPORT (calendar-query). Raises :class:`CalendarError`, :class:`ServerError`."""
    connector, url = wanted.connector, place(wanted)
    try:
        with DAVClient(
            url, username=connector.username, password=connector.password, timeout=ANSWER_WITHIN, auth_type="basic"
        ) as client:
            found = client.calendar(url=url).search(
                start=datetime.fromtimestamp(start, UTC), end=datetime.fromtimestamp(end, UTC), event=True, expand=False
            )
            written = [str(one.data) for one in found]
    except AuthorizationError as error:
        raise CalendarError(f"the server does not let us read it: {error.reason}") from error
    except NotFoundError as error:
        raise CalendarError("there is no such calendar") from error
    except DAVError as error:
        raise CalendarError(f"{type(error).__name__}: {error.reason}") from error
    except OSError as error:  # what the library's own HTTP client raises for the network is one, too
        raise ServerError(str(error) or type(error).__name__) from error
    if len(written) > MAX_EVENTS:
        raise CalendarError(f"it has more than {MAX_EVENTS} events in a week")
    zone = ZoneInfo(wanted.zone)
    return [event for one in written for event in events(one, zone, wanted.id, start, end)]
