"""The dialogs of every device, as busy lamps show them: a fold over the legs' events (PRES-6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from pbxd.dialplan.situation import DialogFact, FromDevice
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

CHANGING: Final[tuple[type[CallEvent], ...]] = (CallArrived, LegDialled, LegRinging, LegAnswered, LegEnded, CallEnded)
"""Events that may change what a device's dialogs say."""

ANONYMOUS = "sip:anonymous@anonymous.invalid"


@dataclass(slots=True, kw_only=True)
class _Story:
    """What of a call its dialogs tell."""

    arrived: CallArrived
    legs: set[LegId] = field(default_factory=set)
    """Those of devices, that began in it and are not over."""
    ringing: bool = False


class LiveDialogs:
    """Which legs each device has. Feed it the events of :data:`CHANGING`, in order."""

    def __init__(self, calls: Mapping[CallId, Call]) -> None:
        """``calls`` are the live ones, whose legs are asked for their dialogs when these are shown."""
        self._calls = calls
        self._stories: dict[CallId, _Story] = {}
        self._accounts: dict[LegId, Account] = {}
        self._legs: dict[Account, dict[LegId, tuple[Leg, _Story]]] = {}
        self.queue_of: Callable[[LegId], str] = _no_queue
        """The queue whose call an agent talks in on that leg; empty: none."""

    def happened(self, event: CallEvent) -> tuple[Account, ...]:
        """Take an event in; returns the devices whose dialogs are others now."""
        match event:
            case CallArrived():
                self._stories[event.call] = _Story(arrived=event)
                call = self._calls.get(event.call)
                if call is None:
                    return ()
                return self._began(event, _caller(call, event))
            case LegDialled():
                return self._began(event, self._called(event))
            case LegRinging():
                return self._rings(event.call)
            case LegAnswered(leg=leg):
                return self._account(leg)
            case LegEnded(leg=leg):
                return self._ended(leg)
            case CallEnded():
                story = self._stories.pop(event.call, None)
                legs = list(story.legs) if story is not None else []
                return tuple(
                    account for leg in legs if self._abandoned(leg, event.call) for account in self._ended(leg)
                )
            case _:
                return ()

    def in_a_call(self, account: Account) -> bool:
        """Whether the device talks to somebody."""
        return any(leg.answered for leg, _ in self._legs.get(account, {}).values())

    def busy(self, organization: str, user: User, *, besides: CallId) -> int:
        """How many legs keep the user from another call: those that talk, and those that he began himself (PRES-6)."""
        return sum(
            (leg.answered or leg.inbound) and (leg.owner is None or leg.owner.id != besides)
            for device in user.devices
            for leg, _ in self._legs.get((organization, device.name), {}).values()
        )

    def facts(self, organization: str, user: User, *, besides: CallId) -> tuple[DialogFact, ...]:
        """What rings and talks at a user's phones, and who is parked for him, without one call; the oldest first."""
        found = [
            _fact(leg, state, story.arrived.at, self.queue_of(leg.id))
            for device in user.devices
            for leg, story in self._legs.get((organization, device.name), {}).values()
            if leg.call != besides and (state := _taken_as(leg)) is not None
        ]
        found += [
            _fact(call.subject, "parked", call.parked.since)
            for call in self._calls.values()
            if call.parked is not None and call.parked.whose == (organization, user.username)
        ]
        return tuple(sorted(found, key=lambda fact: fact.since))

    def of(self, organization: Organization, user: User) -> Iterator[DialogState]:
        """All dialogs of all devices of a user."""
        for device in user.devices:
            for leg, story in self._legs.get((organization.name, device.name), {}).values():
                yield _state(leg, story, organization, user)

    def _called(self, event: LegDialled) -> Account | None:
        """Which device is dialled: one that is registered, or a mobile of ours by way of a trunk."""
        story, leg = self._stories.get(event.call), self._leg(event)
        if leg is not None and leg.device is not None:
            return leg.device
        return (story.arrived.organization, event.party) if story is not None and event.number == event.party else None

    def _leg(self, event: LegEvent) -> Leg | None:
        call = self._calls.get(event.call)
        return next((leg for leg in call.legs if leg.id == event.leg), None) if call is not None else None

    def _began(self, event: LegEvent, account: Account | None) -> tuple[Account, ...]:
        leg, story = self._leg(event), self._stories.get(event.call)
        if leg is None or story is None or account is None:
            return ()
        story.legs.add(leg.id)
        self._accounts[leg.id] = account
        self._legs.setdefault(account, {})[leg.id] = leg, story
        return (account,)

    def _rings(self, call: CallId) -> tuple[Account, ...]:
        """Somebody is alerted: the caller hears it, so his dialog is an early one, too."""
        story = self._stories.get(call)
        if story is None:
            return ()
        story.ringing = True
        return tuple(dict.fromkeys(account for leg in story.legs for account in self._account(leg)))

    def _account(self, leg: LegId) -> tuple[Account, ...]:
        account = self._accounts.get(leg)
        return (account,) if account is not None else ()

    def _abandoned(self, leg: LegId, call: CallId) -> bool:
        """Whether a leg of a call that is over went with it, even if a bug kept it from saying so."""
        live = next((self._legs[account][leg][0] for account in self._account(leg)), None)
        return live is not None and (live.owner is None or live.owner.id == call)

    def _ended(self, leg: LegId) -> tuple[Account, ...]:
        account = self._accounts.pop(leg, None)
        if account is None:
            return ()
        legs = self._legs[account]
        _, story = legs.pop(leg)
        story.legs.discard(leg)
        if not legs:
            del self._legs[account]
        return (account,)


def _caller(call: Call, arrived: CallArrived) -> Account | None:
    """Which device calls: one of ours, or a mobile of ours by way of a trunk."""
    if isinstance(call.situation.source, FromDevice):
        return arrived.organization, arrived.party
    mobile = call.facts.organization(arrived.organization).mobile(arrived.caller)
    return (arrived.organization, mobile.name) if mobile is not None else None


def _taken_as(leg: Leg) -> Literal["rings", "talks"] | None:
    """What a leg is to a phone that would take it over; ``None`` where it can't be."""
    if leg.owner is None or leg.dialog is None:
        return None
    if leg.answered:
        return "talks" if leg.bridge is not None and leg.bridge.peer_of(leg) is not None else None
    return "rings" if leg.ringing and leg.meets is not None else None


def _fact(leg: Leg, state: Literal["rings", "talks", "parked"], since: float, queue: str = "") -> DialogFact:
    return DialogFact(dialog=leg.meant(), device=leg.party, state=state, since=since, queue=queue)


def _no_queue(_: LegId) -> str:
    """As long as there are no queues."""
    return ""


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
