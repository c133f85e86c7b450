"""``python -m pbxd.calendars.sources``: reads calendars, says what each plans. Ends with its standard input."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from contextlib import suppress
from typing import Any, Final

from pbxd.calendars.fetching import AHEAD, Failed, Fetched, Outcome, Wanted, outcome_as_data, wanted_from_data
from pbxd.calendars.sources.ical import BACK
from pbxd.calendars.sources.problems import CalendarError, ServerError, TooLong
from pbxd.org.calendars import CalendarEvent, plans

WITHIN: Final = 40.0
"""Seconds for one calendar, with asking for it."""
MEMORY: Final = 1 << 30
"""Bytes of address space: what unpacks into more is refused, and the machine is none the worse."""
MAX_REASON: Final = 300
NICE: Final = 10
"""Calls come first."""


def main() -> None:
    """Until there is nothing more to read."""
    os.nice(NICE)
    with suppress(ValueError, OSError):  # a lower limit is in force already
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, _too_long)
    for line in sys.stdin.buffer:
        outcome = _read(wanted_from_data(json.loads(line)))
        with suppress(BrokenPipeError):
            os.write(sys.stdout.fileno(), json.dumps(outcome_as_data(outcome)).encode() + b"\n")


def _too_long(*_: Any) -> None:
    raise TooLong


def _read(wanted: Wanted) -> Outcome:
    try:
        signal.setitimer(signal.ITIMER_REAL, WITHIN)
        try:
            found = _events(wanted, wanted.now - BACK, wanted.now + AHEAD)
            return Fetched(plans=plans(found, wanted.connector, wanted.now))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except (CalendarError, ServerError) as error:
        return error.outcome(MAX_REASON)
    except TooLong:
        return Failed(reason=f"reading it takes longer than {WITHIN:g} s")
    except ImportError as error:
        return ServerError(f"{error.name} is not installed (pip install 'pbxd[exchange]')").outcome(MAX_REASON)
    except MemoryError:
        return Failed(reason="reading it takes too much memory")
    except RecursionError:
        return Failed(reason="it is nested too deeply")
    except Exception as error:  # what libraries do with what strangers have written is theirs
        return CalendarError(f"{type(error).__name__}: {error}").outcome(MAX_REASON)


def _events(wanted: Wanted, start: float, end: float) -> list[CalendarEvent]:
    """Libraries are imported for the first calendar that needs them."""
    match wanted.connector.kind:
        case "ical":
            from pbxd.calendars.sources import ical

            return ical.read(wanted, start, end)
        case "caldav":
            from pbxd.calendars.sources import caldav

            return caldav.read(wanted, start, end)
        case "ews":
            from pbxd.calendars.sources import ews

            return ews.read(wanted, start, end)


if __name__ == "__main__":
    main()
