"""Set, plan and shorten activities (CODE-9, CODE-16)."""

from __future__ import annotations

from pbxd.org.changes import TooMuchPlanned, do, plan, use_shortcut
from pbxd.org.moments import next_day, next_time
from pbxd.org.permissions import EDIT_FUTURE_PRESENCE
from pbxd.org.state import Planned
from pbxd.speech.sayings import Value
from pbxd.treatments.features.asker import Asker, Reply


async def set_activity(asker: Asker, code: str, clock: str = "") -> Reply:
    """``*23*N*`` and ``*23*N*HHMM*``."""
    activity = asker.activity(code)
    try:
        until = next_time(clock, asker.now, asker.zone) if clock else None
    except ValueError:
        raise asker.refused(404, "no-time") from None
    await asker.change(do(activity.name, asker.now, until=until))
    label = asker.label(activity)
    return asker.say("activity", what=label, until=until, spoken={"activity": label})


async def plan_activity(asker: Asker, code: str, day: str, first: str, last: str) -> Reply:
    """``*26*N*DDMM*HHMM*HHMM*``; an end that is not later than the start is on the next day."""
    user = asker.user.username
    if not asker.organization.may(user, EDIT_FUTURE_PRESENCE, user).value:
        raise asker.refused(403, "not-allowed")
    activity = asker.activity(code)
    try:
        start = next_day(day, first, asker.now, asker.zone)
        end = next_time(last, start, asker.zone)
    except ValueError:
        raise asker.refused(404, "no-time") from None
    entry = Planned(id=f"{round(start)}-{activity.name}", start=start, end=end, activity=activity.name)
    try:
        await asker.change(plan(entry, asker.now, asker.zone))
    except TooMuchPlanned:
        raise asker.refused(403, "too-much") from None
    label = asker.label(activity)
    spoken: dict[str, Value] = {"activity": label, "start": asker.moment(start), "end": asker.moment(end)}
    return asker.say("planned", what=label, start=asker.time(start), end=asker.time(end), spoken=spoken)


async def set_shortcut(asker: Asker, code: str) -> Reply:
    """``*29*N*``; the user's own shortcuts come first."""
    known = [*asker.user.shortcuts.values(), *asker.organization.shortcuts.values()]
    shortcut = asker.coded("shortcut", known, code)
    await asker.change(use_shortcut(shortcut, asker.now))
    until = None if shortcut.duration is None else asker.now + shortcut.duration
    return asker.say("activity", what=shortcut.name, until=until, spoken={"shortcut": shortcut.name})
