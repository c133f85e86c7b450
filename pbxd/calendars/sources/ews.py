"""Exchange Web Services: calendars on an Exchange server, by an account that may act for its users."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from exchangelib import BASIC, IMPERSONATION, NTLM, Account, Build, Configuration, Credentials, EWSDateTime, Version
from exchangelib import UTC as EWS_UTC
from exchangelib.errors import ErrorServerBusy, ErrorTimeoutExpired, EWSError, ResponseMessageError
from exchangelib.protocol import BaseProtocol, FailFast

from pbxd.calendars.fetching import Wanted
from pbxd.calendars.sources.ical import MAX_EVENTS, moment
from pbxd.calendars.sources.problems import CalendarError, ServerError
from pbxd.org.calendars import Availability, CalendarEvent, Connector

ANSWER_WITHIN: Final = 20
SPOKEN: Final = Version(Build(15, 0))
"""Of the protocol: Exchange 2013's, which every later server understands, too."""
FIELDS: Final = (
    *("subject", "location", "start", "end", "is_all_day"),
    *("legacy_free_busy_status", "sensitivity", "is_cancelled", "my_response_type"),
)
_BUSY: Final[dict[str, Availability]] = {
    "Free": "free",
    "Tentative": "tentative",
    "Busy": "busy",
    "OOF": "away",
    "WorkingElsewhere": "elsewhere",
}

BaseProtocol.TIMEOUT = ANSWER_WITHIN
BaseProtocol.SESSION_POOLSIZE = 1


def read(wanted: Wanted, start: float, end: float) -> list[CalendarEvent]:
    """One CalendarView, in which the server has written repeating events out."""
    zone = ZoneInfo(wanted.zone)
    try:
        account = _account(wanted.connector, wanted.id)
        view = account.calendar.view(start=_ews(start), end=_ews(end), max_items=MAX_EVENTS)
        items = list(view.only(*FIELDS))
    except (ErrorServerBusy, ErrorTimeoutExpired) as error:  # the latter also where nobody listens
        raise ServerError(str(error)) from error
    except ResponseMessageError as error:  # about this mailbox: there is none, or we may not
        raise CalendarError(f"{type(error).__name__.removeprefix('Error')}: {error}") from error
    except (EWSError, OSError) as error:
        raise ServerError(str(error) or type(error).__name__) from error
    return [_event(item, zone) for item in items if not item.is_cancelled and item.my_response_type != "Decline"]


@lru_cache(1000)
def _account(connector: Connector, mailbox: str) -> Account:
    """It remembers where the calendar folder is."""
    username = connector.username or ""
    configuration = Configuration(
        service_endpoint=connector.url,
        credentials=Credentials(username, connector.password or ""),
        auth_type=NTLM if "\\" in username else BASIC,
        version=SPOKEN,
        retry_policy=FailFast(),
    )
    return Account(
        mailbox, config=configuration, access_type=IMPERSONATION, autodiscover=False, default_timezone=EWS_UTC
    )


def _ews(at: float) -> EWSDateTime:
    found = datetime.fromtimestamp(int(at), UTC)
    return EWSDateTime(*found.timetuple()[:6], tzinfo=EWS_UTC)


def _event(item: Any, zone: ZoneInfo) -> CalendarEvent:
    return CalendarEvent(
        start=moment(item.start, zone),
        end=moment(item.end, zone),
        subject=(item.subject or "")[:500],
        location=(item.location or "")[:500],
        availability=_BUSY.get(item.legacy_free_busy_status or "", "busy"),
        private=item.sensitivity not in (None, "Normal"),
    )
