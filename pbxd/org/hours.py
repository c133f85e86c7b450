"""Working hours: when an organization, a group or a user is at work (TIME-1, TIME-2, TIME-4).

A day's hours are those of its date, else those of a holiday, else those of its weekday; extra hours come on top. Hours
belong to the day on which they begin: Friday's 22:00-06:00 lasts until Saturday morning, whatever Saturday is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from pbxd.org.levels import Level
from pbxd.org.state import ExtendedHours
from pbxd.org.timetable import Claim, Stretch, change_after, of_day, stretch_at
from pbxd.org.wallclock import DAY, minute_at, moment_of, time_of

Span: TypeAlias = tuple[int, int]
"""Minutes after a day's midnight, from and up to; an end past 1440 is on the next day."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDay:
    """A date that is not like its weekday."""

    why: str
    """What it is, in words: ``Christmas Day``, ``2026-12-24``."""
    spans: tuple[Span, ...] = ()
    """Empty: closed."""
    by_date: bool = False
    """Whether the date itself was given; calendars' closing times do not count on it then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A time at which it is closed that a calendar says, in minutes of the wall clock."""

    start: int
    end: int
    why: str


class Opening(NamedTuple):
    """Open or closed at one moment."""

    open: bool
    why: str
    """In words that follow ``open:`` or ``closed:``."""
    until: float | None
    """When the other begins, in seconds since 1970; ``None``: not within a year."""


class Hours(NamedTuple):
    """A stretch of time, in seconds since 1970, in which it is open or closed for one reason."""

    start: float
    end: float
    open: bool
    why: str


class _State(NamedTuple):
    open: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """The hours that one level gives. They are in the time of a clock on the wall, so a zone is asked for each time."""

    weekdays: tuple[tuple[Span, ...], ...]
    """Monday to Sunday."""
    special: Mapping[date, SpecialDay] = field(default_factory=dict)
    closings: tuple[Closing, ...] = ()
    extra: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    _closing_days: dict[int, list[Claim[_State]]] = field(init=False, repr=False, compare=False)
    """The closing times by each day that they touch."""
    _last: dict[str, tuple[float, float, Opening]] = field(init=False, repr=False, compare=False, default_factory=dict)
    """By zone, the last answer and from when to when it holds: calls ask the same moment again and again."""

    def __post_init__(self) -> None:
        days: dict[int, list[Claim[_State]]] = {}
        for closing in self.closings:
            claim = Claim(closing.start, closing.end, _State(False, closing.why))
            for day in range(closing.start // DAY, (closing.end - 1) // DAY + 1):
                days.setdefault(day, []).append(claim)
        object.__setattr__(self, "_closing_days", days)

    def at(self, moment: float, zone: ZoneInfo) -> Opening:
        """Whether it is open at ``moment`` (seconds since 1970), why, and until when."""
        start, end, opening = self._last.get(zone.key, (0.0, 0.0, None))
        if opening is not None and start <= moment < end:
            return opening
        stretch = stretch_at(self, minute_at(moment, zone))
        change = change_after(self, stretch, zone, lambda state: state.open)
        opening = Opening(stretch.state.open, stretch.state.why, None if change is None else moment_of(change, zone))
        self._last[zone.key] = moment_of(stretch.start, zone), moment_of(stretch.end, zone), opening
        return opening

    def spans(self, first: date, days: int, zone: ZoneInfo) -> Iterator[Hours]:
        """All of ``days`` days from ``first``, in order and without a gap."""
        for day in range(first.toordinal(), first.toordinal() + days):
            for stretch in of_day(self, day):
                start, end = moment_of(stretch.start, zone), moment_of(stretch.end, zone)
                if start < end:  # nothing is left of hours that a clock skips
                    yield Hours(start, end, stretch.state.open, stretch.state.why)

    def last_closing(self, moment: float, zone: ZoneInfo) -> float | None:
        """When it last went from open to closed, not after ``moment`` and not before the day before; else ``None``."""
        found = None
        before: Stretch[_State] | None = None
        minute = minute_at(moment, zone)
        for day in (minute // DAY - 1, minute // DAY):
            for stretch in of_day(self, day):
                if stretch.start <= minute and before is not None and before.state.open and not stretch.state.open:
                    found = stretch.start
                before = stretch
        return None if found is None else moment_of(found, zone)

    # As a timetable:

    def claims(self, day: int) -> list[Claim[_State]]:
        """Extra hours, hours of the date, closing times of calendars, hours of the holiday or weekday."""
        extra, dated, usual = zip(self._begun(day - 1), self._begun(day), strict=True)
        return [*extra[0], *extra[1], *dated[0], *dated[1], *self._closing_days.get(day, ()), *usual[0], *usual[1]]

    def otherwise(self, day: int) -> _State:
        special = self.special.get(date.fromordinal(day))
        if special is not None:
            return _State(False, _with_spans(special.why, special.spans))
        name, spans = self._weekday(day)
        return _State(False, _with_spans(name, spans) if spans else f"{name} has no hours")

    def _begun(self, day: int) -> Iterator[list[Claim[_State]]]:
        """What begins on the day, in three ranks: extra hours, hours of its date, hours of its holiday or weekday."""
        here = date.fromordinal(day)
        special = self.special.get(here)
        yield _claims(day, "extra hours", self.extra.get(here, ()))
        yield _claims(day, special.why, special.spans) if special is not None and special.by_date else []
        if special is None:
            yield _claims(day, *self._weekday(day))
        else:
            yield [] if special.by_date else _claims(day, special.why, special.spans)

    def _weekday(self, day: int) -> tuple[str, tuple[Span, ...]]:
        index = (day - 1) % 7  # 0001-01-01 was a Monday
        return WEEKDAYS[index], self.weekdays[index]


def _claims(day: int, name: str, spans: Iterable[Span]) -> list[Claim[_State]]:
    begin = day * DAY
    return [Claim(begin + start, begin + end, _State(True, f"{name} {_shown((start, end))}")) for start, end in spans]


def _with_spans(name: str, spans: tuple[Span, ...]) -> str:
    return f"{name} has {', '.join(map(_shown, spans))}" if spans else name


def _shown(span: Span) -> str:
    end = "24:00" if span[1] == DAY else f"{time_of(span[1]):%H:%M}"
    return f"{time_of(span[0]):%H:%M}-{end}"


ALWAYS = WorkingHours(weekdays=(((0, DAY),),) * 7)
"""Where nobody says anything: there is no night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveHours:
    """The hours, clock and country that count for somebody; each comes from the nearest level that gives it."""

    hours: WorkingHours
    zone: ZoneInfo
    country: str
    """ISO 3166, two letters: whose numbering plan and emergency numbers."""
    level: Level
    """Which level gives the hours; DEFAULT: none, so it is always open."""
    name: str = ""
    """Which object of that level."""
    groups: tuple[str, ...] = ()
    """The groups whose extended hours count here, besides the organization's."""

    def at(self, moment: float, extended: Iterable[ExtendedHours] = ()) -> Opening:
        """Open or closed at ``moment``, today's extension of the hours included (TIME-2).

        An extension goes on where the hours ended last; on a day without hours it counts from when it was made.
        """
        opening = self.hours.at(moment, self.zone)
        later = [one for one in extended if one.until > moment and (not one.scope or one.scope in self.groups)]
        if not later:
            return opening
        longest = max(later, key=lambda one: one.until)
        ended = self.hours.last_closing(longest.until, self.zone)
        if opening.open:
            return opening._replace(until=longest.until) if opening.until == ended else opening
        if ended is not None and moment < ended:
            return opening
        until: float | None = longest.until
        if opening.until is not None and opening.until <= longest.until:
            until = self.hours.at(opening.until, self.zone).until
        return Opening(True, f"extended by {longest.by} until {_clock(longest.until, self.zone)}", until)


def _clock(moment: float, zone: ZoneInfo) -> str:
    return f"{time_of(minute_at(moment, zone)):%H:%M}"
