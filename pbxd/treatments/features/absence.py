"""Be away until a day and a time, and be back (CODE-16, DIV-2)."""

from __future__ import annotations

from pbxd.org.changes import be_absent
from pbxd.org.moments import next_day
from pbxd.org.state import Absence
from pbxd.treatments.features.asker import Asker, Reply


async def set_absence(asker: Asker, code: str, day: str, clock: str) -> Reply:
    """``*28*N*DDMM*HHMM*``: from now on; what it does is as the settings say."""
    reason = asker.activity(code)
    try:
        end = next_day(day, clock, asker.now, asker.zone)
    except ValueError:
        raise asker.refused(404, "no-time") from None
    await asker.change(be_absent(Absence(reason=reason.name, start=asker.now, end=end)))
    label = asker.label(reason)
    return asker.say("absence", what=label, until=end, spoken={"activity": label})


async def end_absence(asker: Asker) -> Reply:
    """``#28#*``."""
    await asker.change(be_absent(None))
    return asker.say("absence-off")
