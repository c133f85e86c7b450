"""A conference: a room that one dials in to, or one of all the calls of a phone (CALL-7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.calls.transfer import hand_on
from pbxd.dialogues import conference
from pbxd.dialplan.source import FromDevice
from pbxd.dialplan.treatment import Completed, Outcome, Room, Unreachable
from pbxd.org.codes import starts
from pbxd.speech.sayings import Message

if TYPE_CHECKING:
    from pbxd.calls.call import Call

AD_HOC_CAPACITY = 50


async def room(call: Call, treatment: Room) -> Outcome:
    """Stay in the room until one hangs up."""
    organization = call.facts.organization(treatment.organization)
    configured = organization.conference_rooms.get(treatment.room)
    if configured is None and not treatment.host:
        return Unreachable(status=404, reason="Not Found")
    name = configured.name if configured is not None else f"of {treatment.host}"
    key = treatment.organization, name
    source, rooms = call.subject.source, call.kernel.rooms
    async with call.dialogue(treatment.organization) as party:
        if configured is not None and configured.pin and not await conference.admitted(party, configured.pin):
            return Completed(reason="no PIN of the conference room")
        if not rooms.open_to(key, configured.capacity if configured is not None else AD_HOC_CAPACITY):
            await party.say(Message("room-full"))
            return Completed(reason="the conference room is full or locked")
        if configured is not None:
            await conference.greet(party, configured.name, rooms.people(key))
        alone = await party.music_sounds()
        leads = isinstance(source, FromDevice) and source.organization == treatment.organization
        with rooms.seat(call.kernel, key, call.subject, leads=leads, alone=alone, lasts=not treatment.host) as seat:
            if treatment.host and isinstance(source, FromDevice) and source.user == treatment.host:
                _gather(call, source, starts(organization.feature_codes)["conference"])
            await conference.attend(party, seat)
    return Completed(reason="the caller left the conference")


def _gather(call: Call, host: FromDevice, code: str) -> None:
    """Have all others whom the host's phone talks to come in, too."""
    while hand_on(call, host, code):
        pass
