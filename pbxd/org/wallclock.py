"""Clock time and instants, also in the nights when clocks are put forward or back.

Opening hours are written in the time that a clock on the wall shows. Here that is a whole number: the minutes that the
local clock has shown since 0001-01-01 00:00, made so that it never goes back:

- In the hour that a clock shows twice it stands still until the second one is over. So ``02:30`` is the first 02:30
  (RFC 5545 3.3.5), and what ends then stays ended.
- A time that is skipped is the instant of the skip: in a night without 02:00 to 03:00, ``02:30`` is 03:00.

Then ``minute_at(moment) >= minute`` exactly when ``moment >= moment_of(minute)``, whatever clocks do, and everything in
between can be decided in whole minutes.
"""

from __future__ import annotations

import math
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

DAY = 1440
"""Minutes of a day on the wall."""


def minute_at(moment: float, zone: ZoneInfo) -> int:
    """What the clock shows at ``moment`` (seconds since 1970), as a minute that never goes back."""
    seconds = math.floor(moment)
    local = datetime.fromtimestamp(seconds, zone)
    if local.fold:
        first = math.floor(local.replace(fold=0).timestamp())
        local = datetime.fromtimestamp(_change(first, seconds, zone) - 1, zone)
    return local.toordinal() * DAY + local.hour * 60 + local.minute


def moment_of(minute: int, zone: ZoneInfo) -> float:
    """The first instant, in seconds since 1970, at which the clock shows ``minute`` or later."""
    local = datetime.combine(date_of(minute), time_of(minute), zone)
    moment = local.timestamp()
    if datetime.fromtimestamp(moment, zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return moment
    return float(_change(math.floor(local.replace(fold=1).timestamp()), math.ceil(moment), zone))


def minute_of(day: date, minutes: int = 0) -> int:
    """The minute that is ``minutes`` after the midnight that begins ``day``."""
    return day.toordinal() * DAY + minutes


def date_of(minute: int) -> date:
    return date.fromordinal(minute // DAY)


def time_of(minute: int) -> time:
    hours, minutes = divmod(minute % DAY, 60)
    return time(hours, minutes)


def _change(before: int, after: int, zone: ZoneInfo) -> int:
    """The second at which the clock was put forward or back; it is later than ``before`` and not than ``after``."""
    offset = datetime.fromtimestamp(before, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
