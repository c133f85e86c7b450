"""Telling both parties of a conversation something, while they don't hear each other."""

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
        self._bridge = leg.bridge
        self._told = False

    @property
    def over(self) -> bool:
        """Whether there is nothing to wait for any more."""
        return self._told or self._leg.bridge is not self._bridge

    def stop(self) -> None:
        """The party is somebody else's."""
        if self._leg.listener is self:
            self._leg.listener = None

    def pressed(self, key: str, way: Way) -> None:
        """Keys mean nothing here."""

    def told(self, event: Played | Recorded) -> None:
        if event.ticket == self._ticket:
            self._told = True
            self._call.wake()


async def announce(call: Call, organization: Organization, what: Sequence[Saying]) -> Outcome | None:
    """Say this to both parties of the conversation at once, and then let them talk. Somebody who is told something
    else hears that.

    Returns the call's outcome where the conversation ended meanwhile.
    """
    kernel, conversation = call.kernel, call.conversation
    if conversation is None:
        return None
    sounds = await kernel.voices.sounds(
        what, language=call.language or organization.languages[0], organization=organization
    )
    listeners = []
    with call.bridge.interlude():
        for leg in (call.subject, conversation.peer):
            if leg.stream.end is not None and sounds and leg.listener is None:
                ticket = next(kernel.tickets)
                leg.listener = listener = _Listener(call, leg, ticket)
                listeners.append(listener)
                kernel.engine.play(leg.stream.end.port, Programme(ticket=ticket, sounds=tuple(sounds)))
        try:
            return await _until_heard(call, listeners)
        finally:
            for listener in listeners:
                listener.stop()


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
