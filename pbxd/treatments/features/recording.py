"""Record what one talks on, and pause that (CODE-15, CALL-8)."""

from __future__ import annotations

from pbxd.calls.tape import Demand, Tape
from pbxd.org.levels import RECORD_CALLS
from pbxd.treatments.features.asker import Asker, Reply


async def record(asker: Asker) -> Reply:
    """``*69*``: record the user's conversation from now on, or again after a pause."""
    tape = _tape(asker)
    if tape.forbidden:
        raise asker.refused(403, "not-allowed")
    tape.demand(Demand(organization=asker.organization, user=asker.user, on=True))
    if not tape.runs:
        raise asker.refused(500, "not-recorded")
    return asker.say("recording")


async def pause_recording(asker: Asker) -> Reply:
    """``#69#*``: record nothing until the user wants it again."""
    tape = _tape(asker)
    if not tape.runs:
        raise asker.refused(404, "nothing-recorded")
    tape.demand(Demand(organization=asker.organization, user=asker.user, on=False))
    return asker.say("recording-paused")


def _tape(asker: Asker) -> Tape:
    """Raises :class:`pbxd.treatments.features.asker.NotDone` (403, 404)."""
    if not asker.organization.may(asker.user.username, RECORD_CALLS):
        raise asker.refused(403, "not-allowed")
    tape = asker.tape()
    if tape is None:
        raise asker.refused(404, "no-conversation")
    return tape
