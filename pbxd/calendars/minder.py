"""Whose calendar is looked at when, and what comes of it here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final

from pbxd.calendars.fetching import Failed, Fetched, Fetcher, Unreachable, Wanted
from pbxd.calls.orders import user_of
from pbxd.errors import PbxdError
from pbxd.events import CalendarFailed, CalendarRead, CalendarsDown, CalendarsUp, ConfigReloaded, Event
from pbxd.org.calendars import Connector, UserCalendar
from pbxd.org.changes import follow_calendar
from pbxd.store.interface import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from pbxd.calls.people import People
    from pbxd.clock import Clock
    from pbxd.config.snapshot import Configuration
    from pbxd.events import Bus
    from pbxd.org.organization import Organization
    from pbxd.org.users import User

AT_ONCE: Final = 4
"""Calendars that are asked for at once."""
FIRST_WITHIN: Final = 60.0
"""Seconds over which the first look at all calendars is spread, so that a restart is not felt elsewhere."""
PAUSES: Final = (30.0, 60.0, 120.0, 300.0, 900.0)
"""Seconds for which a connector, or a calendar, is left alone that could not be read, by how often in a row."""

_log = logging.getLogger("pbxd.calendars")


@dataclass(slots=True, kw_only=True)
class _Watched:
    """One user's calendar."""

    organization: str
    user: str
    connector: Connector
    calendar: UserCalendar
    due: float
    """By the clock that only goes forward."""
    fetched: float | None = None
    """Seconds since 1970."""
    plans: int = 0
    failures: int = 0
    error: str = ""
    busy: bool = False


@dataclass(slots=True)
class _Health:
    """Of a connector."""

    failures: int = 0
    resting_until: float = 0.0
    error: str = ""


@dataclass(slots=True)
class _Agenda:
    """What is due when."""

    heap: list[tuple[float, str, str]] = field(default_factory=list)

    def put(self, one: _Watched) -> None:
        heappush(self.heap, (one.due, one.organization, one.user))


class Calendars:
    """Has calendars read at their time, for as long as :meth:`run` runs."""

    def __init__(
        self,
        *,
        configuration: Callable[[], Configuration],
        people: People,
        bus: Bus,
        clock: Clock,
        fetcher: Fetcher,
        random: Random,
    ) -> None:
        self._configuration = configuration
        self._people = people
        self._bus = bus
        self._clock = clock
        self._fetcher = fetcher
        self._random = random
        self._watched: dict[tuple[str, str], _Watched] = {}
        self._health: dict[tuple[str, str], _Health] = {}
        self._agenda = _Agenda()
        self._running = 0
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled, which gives up what is being read."""
        self._bus.subscribe(self._happened)
        self._look()
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    self._changed.clear()
                    for one in self._due():
                        one.busy = True
                        self._running += 1
                        tasks.create_task(self._turn(one))
                    await self._wait()
        finally:
            await self._fetcher.close()

    def _happened(self, event: Event) -> None:
        if isinstance(event, ConfigReloaded):
            self._look()
            self._changed.set()

    async def _wait(self) -> None:
        """Until something is due, or something has changed."""
        free = self._running < AT_ONCE and self._agenda.heap
        until = self._agenda.heap[0][0] if free else None
        try:
            async with asyncio.timeout_at(until):
                await self._changed.wait()
        except TimeoutError:
            pass

    # Whose ---------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Follow the configuration: who has a calendar, and who has none any more."""
        before, self._watched = self._watched, {}
        now = self._clock.monotonic()
        for organization in self._configuration().organizations.values():
            for user in organization.users.values():
                connector = organization.calendars.get(user.calendar.connector) if user.calendar is not None else None
                if user.calendar is None or connector is None:
                    self._forget(organization, user)
                    continue
                key = organization.name, user.username
                known = before.get(key)
                if known is None or (known.connector, known.calendar) != (connector, user.calendar):
                    first = FIRST_WITHIN if known is None and not before else 1.0
                    due = now + self._random.random() * first
                    known = _Watched(
                        organization=key[0], user=key[1], connector=connector, calendar=user.calendar, due=due
                    )
                    self._agenda.put(known)
                self._watched[key] = known

    def _forget(self, organization: Organization, user: User) -> None:
        """What a calendar planned that is no longer this user's."""
        if any(entry.source for entry in self._people.state(organization.name, user.username).planned):
            change = follow_calendar((), self._clock.wall(), organization.hours_for(user).zone)
            self._people.ask(organization.name, user.username, change, "no calendar any more")

    # When ----------------------------------------------------------------------------------------------------------

    def _due(self) -> Iterator[_Watched]:
        """What is to be begun now, as far as there is room."""
        now, heap = self._clock.monotonic(), self._agenda.heap
        while heap and heap[0][0] <= now and self._running < AT_ONCE:
            due, *key = heappop(heap)
            one = self._watched.get((key[0], key[1]))
            if one is None or one.due != due or one.busy:
                continue
            rests = self._of(one).resting_until
            if rests > now:
                self._again(one, rests - now)
            else:
                yield one

    def _again(self, one: _Watched, seconds: float) -> None:
        one.due = self._clock.monotonic() + seconds
        self._agenda.put(one)

    def _of(self, one: _Watched) -> _Health:
        return self._health.setdefault((one.organization, one.connector.name), _Health())

    # What ----------------------------------------------------------------------------------------------------------

    async def _turn(self, one: _Watched) -> None:
        try:
            await self._read(one)
        except StoreError as error:
            one.error = f"what it plans was not kept: {error}"
        except Exception as error:  # a bug about one calendar leaves the others alone
            _log.exception("the calendar of %s met a bug", one.user)
            one.error = f"a bug in pbxd: {error!r}"
        finally:
            self._running -= 1
            one.busy = False
            seconds = PAUSES[min(one.failures, len(PAUSES)) - 1] if one.failures else 0.0
            self._again(one, max(seconds, float(one.connector.every)))
            self._changed.set()

    async def _read(self, one: _Watched) -> None:
        configuration = self._configuration()
        organization = configuration.organizations[one.organization]
        zone = organization.hours_for(organization.users[one.user]).zone
        wanted = Wanted(
            connector=one.connector,
            id=one.calendar.id,
            zone=zone.key,
            now=self._clock.wall(),
            cache=str(configuration.server.data.absolute() / "calendars"),
        )
        outcome = await self._fetcher.fetch(wanted)
        if self._watched.get((one.organization, one.user)) is not one:
            return  # a reload came between
        match outcome:
            case Fetched(plans=plans):
                self._works(one)
                change = follow_calendar(plans, self._clock.wall(), zone)
                await self._people.change(one.organization, one.user, change, f"the calendar {one.connector.name}")
                one.fetched, one.plans = self._clock.wall(), len(plans)
            case Failed(reason=reason):
                self._reached(one)
                self._fails(one, reason)
            case Unreachable(reason=reason):
                one.error = reason
                self._rest(one, reason)

    def _works(self, one: _Watched) -> None:
        self._reached(one)
        if one.failures:
            self._bus.emit(CalendarRead(at=self._clock.wall(), **_about(one), user=one.user))
        one.failures, one.error = 0, ""

    def _fails(self, one: _Watched, reason: str) -> None:
        one.failures, one.error = one.failures + 1, reason
        if one.failures == 1:
            self._bus.emit(CalendarFailed(at=self._clock.wall(), **_about(one), user=one.user, reason=reason))

    def _reached(self, one: _Watched) -> None:
        health = self._of(one)
        if health.failures:
            health.failures, health.resting_until, health.error = 0, 0.0, ""
            self._bus.emit(CalendarsUp(at=self._clock.wall(), **_about(one)))

    def _rest(self, one: _Watched, reason: str) -> None:
        """Leave a connector alone for a while."""
        health, now = self._of(one), self._clock.monotonic()
        if health.resting_until > now:
            return  # another one of its calendars has found that out already
        health.failures, health.error = health.failures + 1, reason
        again = PAUSES[min(health.failures, len(PAUSES)) - 1]
        health.resting_until = now + again
        if health.failures == 1:
            self._bus.emit(CalendarsDown(at=self._clock.wall(), **_about(one), reason=reason, again=again))

    # For those who look after it -----------------------------------------------------------------------------------

    def commands(self) -> Mapping[str, Callable[..., Any]]:
        """By the names that the control socket knows them by."""
        return {"calendars": self.listed, "calendars-fetch": self.fetch}

    def listed(self, organization: str | None = None) -> dict[str, Any]:
        """How it is with every calendar."""
        found = (one for one in self._watched.values() if organization in (None, one.organization))
        return {"calendars": [self._described(one) for one in found]}

    async def fetch(self, user: str, organization: str | None = None) -> dict[str, Any]:
        """Read a user's calendar now, whatever was planned. Raises :class:`PbxdError` for who has none."""
        within, _ = user_of(self._configuration().organizations, user, organization)
        one = self._watched.get((within.name, user))
        if one is None:
            raise PbxdError(f"{user} has no `calendar`")
        if not one.busy:
            one.busy = True
            self._running += 1
            await self._turn(one)
        return {"calendars": [self._described(one)]}

    def _described(self, one: _Watched) -> dict[str, Any]:
        health = self._of(one)
        now, wall = self._clock.monotonic(), self._clock.wall()
        return {
            "organization": one.organization,
            "user": one.user,
            "connector": one.connector.name,
            "kind": one.connector.kind,
            "id": one.calendar.id,
            "fetched": one.fetched,
            "next": wall + max(max(one.due, health.resting_until) - now, 0.0),
            "plans": one.plans,
            "error": one.error or health.error,
        }


def _about(one: _Watched) -> dict[str, Any]:
    return {"organization": one.organization, "connector": one.connector.name}
