"""The dialogs of every device, as busy lamps show them: a fold over the legs' events (PRES-6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pbxd.dialplan.situation import FromDevice
from pbxd.events import (
    CallArrived,
    CallEnded,
    CallEvent,
    CallId,
    LegAnswered,
    LegDialled,
    LegEnded,
    LegEvent,
    LegId,
    LegRinging,
)
from pbxd.sip.packages.dialog_info import DialogState, Participant, State
from pbxd.sip.uri import sip_uri

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.leg import Leg
    from pbxd.calls.location import Account
    from pbxd.org.organization import Organization
    from pbxd.org.users import User

ANONYMOUS = "sip:anonymous@anonymous.invalid"


@dataclass(slots=True, kw_only=True)
class _Story:
    """What of a call its dialogs tell."""

    arrived: CallArrived
    legs: dict[LegId, Account]
    """Those of devices."""
    ringing: bool = False


class LiveDialogs:
    """Which legs each device has. Feed it every call event, in order."""

    def __init__(self, calls: Mapping[CallId, Call]) -> None:
        """``calls`` are the live ones, whose legs are asked for their dialogs when these are shown."""
        self._calls = calls
        self._stories: dict[CallId, _Story] = {}
        self._legs: dict[Account, dict[LegId, tuple[Leg, _Story]]] = {}

    def happened(self, event: CallEvent) -> tuple[Account, ...]:
        """Take an event in; returns the devices whose dialogs are others now."""
        if isinstance(event, CallArrived):
            self._stories[event.call] = _Story(arrived=event, legs={})
            call = self._calls.get(event.call)
            return self._began(event) if call and isinstance(call.situation.source, FromDevice) else ()
        story = self._stories.get(event.call)
        if story is None:
            return ()
        match event:
            case LegDialled(number=number, party=party) if number == party:  # a device, and not a trunk
                return self._began(event)
            case LegRinging():
                story.ringing = True  # the caller hears it, so his dialog is an early one, too
                return tuple(dict.fromkeys(story.legs.values()))
            case LegAnswered(leg=leg) if leg in story.legs:
                return (story.legs[leg],)
            case LegEnded(leg=leg) if leg in story.legs:
                return (self._ended(story, leg),)
            case CallEnded():
                gone = [self._ended(story, leg) for leg in list(story.legs)]
                del self._stories[event.call]
                return tuple(dict.fromkeys(gone))
            case _:
                return ()

    def in_a_call(self, account: Account) -> bool:
        """Whether the device talks to somebody."""
        return any(leg.answered for leg, _ in self._legs.get(account, {}).values())

    def of(self, organization: Organization, user: User) -> Iterator[DialogState]:
        """All dialogs of all devices of a user."""
        for device in user.devices:
            for leg, story in self._legs.get((organization.name, device.name), {}).values():
                yield _state(leg, story, organization, user)

    def _began(self, event: LegEvent) -> tuple[Account, ...]:
        call, story = self._calls.get(event.call), self._stories[event.call]
        leg = next((leg for leg in call.legs if leg.id == event.leg), None) if call is not None else None
        if leg is None:
            return ()
        account = story.arrived.organization, event.party
        story.legs[leg.id] = account
        self._legs.setdefault(account, {})[leg.id] = leg, story
        return (account,)

    def _ended(self, story: _Story, leg: LegId) -> Account:
        account = story.legs.pop(leg)
        legs = self._legs[account]
        del legs[leg]
        if not legs:
            del self._legs[account]
        return account


def _state(leg: Leg, story: _Story, organization: Organization, user: User) -> DialogState:
    dialog = leg.dialog
    call_id, our_tag = leg.line.key if leg.line is not None else ("", "")
    state: State = "confirmed" if leg.answered else "early" if _rings(leg, story) else "trying"
    return DialogState(
        id=leg.id,
        call_id=call_id,
        local_tag=(dialog.id.remote_tag or None) if dialog is not None else None,
        remote_tag=our_tag or None,
        direction="initiator" if leg.inbound else "recipient",
        state=state,
        local=Participant(
            identity=str(sip_uri(user.extension or leg.party, organization.domain)),
            display=user.name,
            target=str(dialog.remote_target) if dialog is not None else None,
        ),
        remote=_remote(leg, story.arrived, organization, str(dialog.contact) if dialog is not None else None),
    )


def _rings(leg: Leg, story: _Story) -> bool:
    return story.ringing if leg.inbound else leg.ringing


def _remote(leg: Leg, arrived: CallArrived, organization: Organization, target: str | None) -> Participant:
    """Whom the phone shows: for the caller what he dialled, for the called the caller."""
    if leg.inbound:
        return Participant(identity=str(sip_uri(arrived.called, organization.domain)), target=target)
    if not arrived.caller:
        return Participant(identity=ANONYMOUS, display=arrived.caller_name, target=target)
    return Participant(
        identity=str(sip_uri(arrived.caller, organization.domain)), display=arrived.caller_name, target=target
    )
