"""Schedules of service numbers: when they are open, closed, or send calls elsewhere (TIME-3).

A schedule is a list of events, of which the first that holds counts; the last one holds whenever no other does. An
event that goes over midnight belongs to the day on which it begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from pbxd.org.rules import Step
from pbxd.org.sounds import Prompt
from pbxd.org.timetable import Claim, change_after, of_day, stretch_at
from pbxd.org.wallclock import DAY, minute_at, moment_of

Repeat: TypeAlias = Literal["once", "daily", "weekly", "monthly", "yearly"]
ALL_DAY = (0, DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happens to calls at some times."""

    name: str
    action: Literal["open", "closed"] | Step
    """A step is where calls are sent on to."""
    repeat: Repeat | None = None
    """``None``: always."""
    days: frozenset[int] = frozenset()
    """Of a weekly one; Monday is 0."""
    first: date | None = None
    """No occurrence begins before. A weekly, monthly or yearly one has its day, a single one its beginning, from it."""
    last: date | None = None
    """No occurrence begins after; a single one ends on it."""
    span: tuple[int, int] = ALL_DAY
    """From and up to, in minutes after midnight; an end past 1440 is on the next day."""
    message: Prompt | None = None
    """What the caller hears first."""
    hang_up_waiting: bool = False
    """Whether calls that wait already are ended when this begins, after the message."""

    def occurs_on(self, day: date) -> bool:
        """Whether an occurrence of a repeating event begins on that day."""
        if (self.first is not None and day < self.first) or (self.last is not None and day > self.last):
            return False
        match self.repeat:
            case "weekly":
                return day.weekday() in (self.days or {self._origin.weekday()})
            case "monthly":
                return day.day == self._origin.day
            case "yearly":
                return (day.month, day.day) == (self._origin.month, self._origin.day)
        return True

    @property
    def _origin(self) -> date:
        assert self.first is not None, "the configuration is checked for it"
        return self.first


class Scheduled(NamedTuple):
    """What a schedule says of one moment."""

    action: Literal["open", "closed", "forward"]
    event: str
    """Name of the event that counts."""
    until: float | None
    """When another one begins to count, in seconds since 1970; ``None``: not within a year."""
    forward: Step | None = None
    message: Prompt | None = None
    hang_up_waiting: bool = False


class Occurrence(NamedTuple):
    """A stretch of time, in seconds since 1970, in which one event counts."""

    start: float
    end: float
    event: Event


NOTHING = Event(name="no event", action="closed")
"""What holds where a schedule has nothing to say."""


@dataclass(frozen=True, slots=True)
class Schedule:
    events: tuple[Event, ...]
    _last: dict[str, tuple[float, float, Scheduled]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    """By zone, the last answer and from when to when it holds."""

    def at(self, moment: float, zone: ZoneInfo) -> Scheduled:
        """What holds at ``moment`` (seconds since 1970), and until when."""
        start, end, said = self._last.get(zone.key, (0.0, 0.0, None))
        if said is not None and start <= moment < end:
            return said
        stretch = stretch_at(self, minute_at(moment, zone))
        change = change_after(self, stretch, zone, id)
        event = stretch.state
        said = Scheduled(
            action=event.action if isinstance(event.action, str) else "forward",
            event=event.name,
            until=None if change is None else moment_of(change, zone),
            forward=None if isinstance(event.action, str) else event.action,
            message=event.message,
            hang_up_waiting=event.hang_up_waiting,
        )
        self._last[zone.key] = moment_of(stretch.start, zone), moment_of(stretch.end, zone), said
        return said

    def spans(self, first: date, days: int, zone: ZoneInfo) -> Iterator[Occurrence]:
        """All of ``days`` days from ``first``, in order and without a gap."""
        for day in range(first.toordinal(), first.toordinal() + days):
            for stretch in of_day(self, day):
                start, end = moment_of(stretch.start, zone), moment_of(stretch.end, zone)
                if start < end:
                    yield Occurrence(start, end, stretch.state)

    # As a timetable:

    def claims(self, day: int) -> list[Claim[Event]]:
        return [claim for event in self.events for claim in _claims(event, day)]

    def otherwise(self, day: int) -> Event:
        return NOTHING


def _claims(event: Event, day: int) -> Iterator[Claim[Event]]:
    """Of the occurrences that begin on the day or the day before; of a single event, all of it."""
    start, end = event.span
    if event.repeat == "once":
        assert event.first is not None, "the configuration is checked for it"
        last = event.last or event.first
        yield Claim(event.first.toordinal() * DAY + start, last.toordinal() * DAY + end, event)
        return
    for begin in (day - 1, day):
        if event.occurs_on(date.fromordinal(begin)):
            yield Claim(begin * DAY + start, begin * DAY + end, event)
