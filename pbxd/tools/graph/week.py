"""The coming week in stretches at which calls fare alike, and how these are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from pbxd.config.snapshot import Configuration
from pbxd.tools.diff.moments import Moments

WEEK = 7 * 86400.0
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class Stretch:
    """From ``start`` up to ``end``, in seconds since 1970."""

    start: float
    end: float

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


def stretches(configuration: Configuration, now: float) -> list[Stretch]:
    """The week from ``now`` on, cut wherever anything may change."""
    moments = Moments([configuration])
    cuts = sorted({now, now + WEEK, *(at for at in moments.boundaries(now) if now < at < now + WEEK)})
    return [Stretch(start, end) for start, end in pairwise(cuts)]


def told(when: Sequence[Stretch], zone: ZoneInfo) -> tuple[str, ...]:
    """``Mon-Thu 08:00-16:00``, a line for each kind of day."""
    by_day: dict[str, list[str]] = {}
    for stretch in _joined(when):
        for start, end in _by_midnight(stretch, zone):
            last = f"{end:%H:%M}" if end.date() == start.date() else "24:00"
            by_day.setdefault(DAYS[start.weekday()], []).append(f"{start:%H:%M}-{last}")
    days = [(day, ", ".join(_merged(by_day[day]))) for day in DAYS if day in by_day]
    lines = []
    for hours, group in groupby(days, key=lambda pair: pair[1]):
        names = [day for day, _ in group]
        span = names[0] if len(names) == 1 else f"{names[0]}-{names[-1]}" if _follow(names) else ", ".join(names)
        lines.append(f"{span} {'all day' if hours == '00:00-24:00' else hours}")
    return tuple(lines[:MOST_LINES])


def _follow(names: Sequence[str]) -> bool:
    first = DAYS.index(names[0])
    return tuple(names) == DAYS[first : first + len(names)]


def _merged(spans: Iterable[str]) -> list[str]:
    """In order of the clock, those that touch as one: a week begins and ends within a day."""
    found: list[str] = []
    for span in sorted(spans):
        if found and found[-1].endswith(f"-{span[:5]}"):
            found[-1] = found[-1][:6] + span[6:]
        else:
            found.append(span)
    return found


def _joined(when: Sequence[Stretch]) -> Iterator[Stretch]:
    """Stretches that follow each other as one."""
    current: Stretch | None = None
    for stretch in when:
        if current is not None and current.end == stretch.start:
            current = Stretch(current.start, stretch.end)
        else:
            if current is not None:
                yield current
            current = stretch
    if current is not None:
        yield current


def _by_midnight(stretch: Stretch, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    start, end = (datetime.fromtimestamp(at, zone) for at in (stretch.start, stretch.end))
    while start < end:
        midnight = datetime.combine(start.date() + timedelta(1), datetime.min.time(), zone)
        yield start, min(midnight, end)
        start = midnight
