"""Come into the conversation of somebody else: intrude, listen, whisper, barge in (CALL-5, CODE-15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.calls.call import Call
from pbxd.calls.visits import Visit as LiveVisit
from pbxd.dialplan.treatment import Completed, Outcome, Unreachable, Visit
from pbxd.org.levels import MUSIC_ON_HOLD
from pbxd.speech.sayings import Message
from pbxd.treatments.take_over import answer_in

if TYPE_CHECKING:
    from pbxd.calls.leg import Leg

NOTHING = Unreachable(status=404, reason="No call to come into")
VISITED = Unreachable(status=486, reason="Somebody is in that call already")


async def visit(call: Call, treatment: Visit) -> Outcome:
    """Stay until one hangs up, or until the conversation is over."""
    guest = call.subject
    await guest.stream.open(guest.inbound_session.dialog.flow.remote)
    host = call.kernel.legs.find(treatment.dialog)
    visited = host.owner if host is not None else None
    if host is None or not isinstance(visited, Call) or visited.conversation is None:
        return NOTHING
    if visited.bridge.visited:
        return VISITED
    guest.accept(answer_in(guest, host.stream.heard(), call.kernel.codecs))
    call.answered()
    with LiveVisit(call, visited, host, treatment.role, audible=treatment.audible) as live:
        if treatment.role == "intrude":
            await _entertain(call, visited, host, live)
        while not live.over:
            await call.inbox.next()
    return Completed(reason="goes on in that call" if live.stays else "the visited call is over")


async def _entertain(call: Call, visited: Call, host: Leg, live: LiveVisit) -> None:
    """What the one hears who waits meanwhile."""
    organization = call.facts.organization(host.source.organization)
    voices, language = call.kernel.voices, visited.language or organization.languages[0]
    words = await voices.sounds((Message("intruded"),), language=language, organization=organization)
    music = organization.effective(MUSIC_ON_HOLD).value or "music-on-hold"
    live.entertain(words, await voices.sounds((music,), language=language, organization=organization))
