"""Telling both parties of a conversation something before they hear each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from pbxd.calls.reports import Gone
from pbxd.calls.stages import Left
from pbxd.dialplan.treatment import Completed, Outcome
from pbxd.media.sounds import Programme

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.dialogue import Way
    from pbxd.calls.leg import Leg
    from pbxd.media.engine import Played, Recorded
    from pbxd.org.organization import Organization
    from pbxd.speech.sayings import Saying

LONGEST: Final = 20.0
"""Seconds after which they hear each other, whatever became of the announcement."""


class _Listener:
    """Waits for the end of what one party is told."""

    def __init__(self, call: Call, leg: Leg, ticket: int) -> None:
        self._call = call
        self._leg = leg
        self._ticket = ticket
        self.over = False

    def pressed(self, key: str, way: Way) -> None:
        """Keys mean nothing here."""

    def told(self, event: Played | Recorded) -> None:
        if event.ticket == self._ticket:
            self.over = True
            self._call.wake()


async def announce(call: Call, organization: Organization, what: Sequence[Saying]) -> Outcome | None:
    """Say this to both parties of the conversation at once, and then let them talk.

    Returns the call's outcome where the conversation ended meanwhile.
    """
    kernel, conversation = call.kernel, call.conversation
    if conversation is None:
        return None
    sounds = await kernel.voices.sounds(
        what, language=call.language or organization.languages[0], organization=organization
    )
    legs = (call.subject, conversation.peer)
    listeners = []
    for leg in legs:
        if leg.stream.end is not None and sounds:
            ticket = next(kernel.tickets)
            leg.listener = listener = _Listener(call, leg, ticket)
            listeners.append(listener)
            kernel.engine.play(leg.stream.end.port, Programme(ticket=ticket, sounds=tuple(sounds)))
    try:
        return await _until_heard(call, listeners)
    finally:
        for leg in legs:
            leg.listener = None
        call.bridge.again()


async def _until_heard(call: Call, listeners: Sequence[_Listener]) -> Outcome | None:
    until = call.kernel.now + LONGEST
    while not all(listener.over for listener in listeners) and call.kernel.now < until:
        conversation = call.conversation
        match await call.inbox.next(until=until):
            case Gone(leg=leg, reason=reason) if conversation is not None and leg is conversation.peer:
                return Completed(reason=reason or "the callee hung up")
            case Left(outcome):
                return outcome
    return None
