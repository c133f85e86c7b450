"""What holds when: claims on stretches of time, of which the first one counts.

Working hours and the schedules of service numbers are both timetables. Time is in minutes of
:mod:`pbxd.org.wallclock`, from midnight to midnight; every minute has exactly one state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Generic, NamedTuple, Protocol, TypeVar
from zoneinfo import ZoneInfo

from pbxd.org.wallclock import DAY, moment_of

S = TypeVar("S")


HORIZON = 400
"""Days that are looked ahead for the next change."""


class Claim(NamedTuple, Generic[S]):
    """From ``start`` up to ``end`` this should hold."""

    start: int
    end: int
    state: S


class Stretch(NamedTuple, Generic[S]):
    """From ``start`` up to ``end``, within one day, this does hold."""

    start: int
    end: int
    state: S


class Timetable(Protocol[S]):
    """Days are proleptic ordinals, as in :meth:`datetime.date.toordinal`."""

    def claims(self, day: int) -> Sequence[Claim[S]]:
        """All that may cover some of the day, also from the day before; the first that covers a minute counts."""
        ...

    def otherwise(self, day: int) -> S:
        """What holds on that day where nothing is claimed."""
        ...


def of_day(table: Timetable[S], day: int) -> Iterator[Stretch[S]]:
    """The day from midnight to midnight, in order and without a gap; neighbours may have the same state."""
    begin, end = day * DAY, (day + 1) * DAY
    claims = [claim for claim in table.claims(day) if claim.start < end and claim.end > begin]
    cuts = {begin, end}
    for claim in claims:
        cuts.update((max(claim.start, begin), min(claim.end, end)))
    for start, stop in pairwise(sorted(cuts)):
        holding = next((claim.state for claim in claims if claim.start <= start < claim.end), None)
        yield Stretch(start, stop, table.otherwise(day) if holding is None else holding)


def stretch_at(table: Timetable[S], minute: int) -> Stretch[S]:
    """The stretch that the minute is in."""
    return next(stretch for stretch in of_day(table, minute // DAY) if minute < stretch.end)


def change_after(table: Timetable[S], stretch: Stretch[S], zone: ZoneInfo, key: Callable[[S], object]) -> int | None:
    """The minute at which the ``key`` of the state is first another one; ``None``: not in the next :data:`HORIZON`.

    What lies wholly in an hour that the clocks of ``zone`` skip never comes, so it is no change.
    """
    now = key(stretch.state)
    first = stretch.start // DAY
    for day in range(first, first + HORIZON):
        for later in of_day(table, day):
            comes = later.start >= stretch.end and key(later.state) != now
            if comes and moment_of(later.start, zone) < moment_of(later.end, zone):
                return later.start
    return None
