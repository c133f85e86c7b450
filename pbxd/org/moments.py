"""Times as people dial and type them, as moments: always the next one that fits."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LEAP = 8
"""Years in which 29 February comes at least once."""


def next_time(clock: str, now: float, zone: ZoneInfo) -> float:
    """``1300`` or ``13:00`` as the next moment when the clock shows that.

    Raises :class:`ValueError` for what is no time of day.
    """
    wanted, today = _time(clock), datetime.fromtimestamp(now, zone).date()
    found = _moment(today, wanted, zone)
    return found if found > now else _moment(today + timedelta(days=1), wanted, zone)


def next_day(day: str, clock: str, now: float, zone: ZoneInfo) -> float:
    """``2412`` (day and month) and ``1300`` as the next such moment, this year or a later one.

    Raises :class:`ValueError` for what is no day or no time of day.
    """
    wanted = _time(clock)
    if not re.fullmatch(r"[0-9]{4}", day):
        raise ValueError(f"{day} is not a day and a month")
    year = datetime.fromtimestamp(now, zone).year
    for candidate in range(year, year + LEAP + 1):
        try:
            found = _moment(date(candidate, int(day[2:]), int(day[:2])), wanted, zone)
        except ValueError:
            continue
        if found > now:
            return found
    raise ValueError(f"{day} is not a day and a month")


def moment(text: str, now: float, zone: ZoneInfo) -> float:
    """``13:00``, ``2026-12-24`` or ``2026-12-24 14:00``, local time.

    Raises :class:`ValueError` in words for people.
    """
    if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", text):
        return next_time(text, now, zone)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"`{text}` is no time; write `13:00` or `2026-12-24 14:00`") from None
    return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).timestamp()


def shown(when: float, now: float, zone: ZoneInfo) -> str:
    """``13:00`` for a moment less than a day ahead, otherwise with its date: ``24/12 13:00``."""
    local = datetime.fromtimestamp(when, zone)
    return f"{local:%H:%M}" if 0 <= when - now < 86_400 else f"{local.day}/{local.month} {local:%H:%M}"


def _time(clock: str) -> time:
    match = re.fullmatch(r"([0-9]{1,2}):?([0-9]{2})", clock)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(f"{clock} is not a time of day")
    return time(int(match[1]), int(match[2]))


def _moment(day: date, clock: time, zone: ZoneInfo) -> float:
    return datetime.combine(day, clock, zone).timestamp()
