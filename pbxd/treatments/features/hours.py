"""Extend today's working hours (CODE-16, TIME-2)."""

from __future__ import annotations

from pbxd.org.levels import EXTEND_WORKING_HOURS, Level
from pbxd.org.moments import next_time
from pbxd.org.state import ExtendedHours
from pbxd.treatments.features.asker import Asker, Reply


async def extend_hours(asker: Asker, clock: str) -> Reply:
    """``*27*HHMM*``: the hours that count for the user, of his group or of the whole organization."""
    if not asker.organization.may(asker.user.username, EXTEND_WORKING_HOURS).value:
        raise asker.refused(403, "not-allowed")
    try:
        until = next_time(clock, asker.now, asker.zone)
    except ValueError:
        raise asker.refused(404, "no-time") from None
    hours = asker.organization.hours_for(asker.user)
    scope = hours.name if hours.level is Level.GROUP else ""
    await asker.late_hours.extend(
        asker.organization.name, ExtendedHours(scope=scope, until=until, by=asker.user.username)
    )
    return asker.say("hours", time=asker.time(until), spoken={"end": asker.moment(until)})
