"""Calendars of users in tests: whoever reads them gets what a test has put there."""

from __future__ import annotations

import asyncio

from pbxd.calendars.fetching import Fetched, Outcome, Wanted
from pbxd.org.calendars import CalendarEvent, plans


class Diary:
    """A :class:`pbxd.calendars.fetching.Fetcher` over events in memory."""

    def __init__(self) -> None:
        self.events: dict[str, list[CalendarEvent]] = {}
        """By the calendar's id."""
        self.outcomes: dict[str, Outcome] = {}
        """What goes wrong, by the calendar's id; empty: nothing."""
        self.asked: list[tuple[float, str]] = []
        """The loop's time, and which."""
        self.closed = False

    async def fetch(self, wanted: Wanted) -> Outcome:
        self.asked.append((asyncio.get_running_loop().time(), wanted.id))
        await asyncio.sleep(0.2)
        if wanted.id in self.outcomes:
            return self.outcomes[wanted.id]
        return Fetched(plans=plans(self.events.get(wanted.id, []), wanted.connector, wanted.now))

    async def close(self) -> None:
        self.closed = True
