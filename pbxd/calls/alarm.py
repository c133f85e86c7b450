"""Somebody calls for help: whom that concerns is told at once, by short message (NUM-4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pbxd.config.snapshot import Configuration
from pbxd.dialplan.router import Decision
from pbxd.dialplan.situation import Facts, FromDevice, Situation
from pbxd.events import CallId, EmergencyCalled
from pbxd.org.users import User

if TYPE_CHECKING:
    from pbxd.calls.messages import Messages

TEXTS = {
    "en": "Emergency call: {who} has called {number} from {device}.{place}",
    "da": "Nødopkald: {who} har ringet til {number} fra {device}.{place}",
    "sv": "Nödsamtal: {who} har ringt {number} från {device}.{place}",
}


def called_for_help(call: CallId, at: float, situation: Situation, facts: Facts, decision: Decision) -> EmergencyCalled:
    """The event of an emergency call that goes out."""
    source = situation.source
    assert isinstance(source, FromDevice), "what comes from outside reaches our own numbers only"
    organization = facts.organization(source.organization)
    told = organization.emergency_of(organization.users[source.user])
    return EmergencyCalled(
        at=at,
        call=call,
        organization=source.organization,
        user=source.user,
        device=source.device,
        number=decision.called,
        callback=told.callback_number if told is not None else "",
        location=(told.location or "") if told is not None else "",
        notify=told.notify if told is not None else (),
    )


class Alarm:
    """Tells those that the organization names; subscribe :meth:`happened` to the bus."""

    def __init__(self, configuration: Callable[[], Configuration], messages: Messages) -> None:
        self._configuration = configuration
        self._messages = messages

    def emergency_called(self, event: EmergencyCalled) -> None:
        """Send the messages of an emergency call; whoever is offline gets his when a phone of his registers."""
        organization = self._configuration().organizations.get(event.organization)
        caller = organization.users.get(event.user) if organization is not None else None
        if organization is None or caller is None:  # gone with a reload in the same moment
            return
        for username in event.notify:
            recipient = organization.users.get(username)
            if recipient is not None:
                self._messages.tell(organization, caller, recipient, _text(event, caller, recipient))


def _text(event: EmergencyCalled, caller: User, recipient: User) -> str:
    who = f"{caller.name} ({caller.extension})" if caller.extension else caller.name
    place = f" {event.location}." if event.location else ""
    return TEXTS.get(recipient.language, TEXTS["en"]).format(
        who=who, number=event.number, device=event.device, place=place
    )
