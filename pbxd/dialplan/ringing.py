"""From the targets of a rule to the phones that ring: the user's own devices, other people's, numbers outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from pbxd.dialplan import leaving
from pbxd.dialplan.diverted import Diverted
from pbxd.dialplan.numbering import Kind, canonical
from pbxd.dialplan.presentation import alerting, inside, to_linked
from pbxd.dialplan.situation import FromDevice, Place, Situation
from pbxd.dialplan.treatment import Busy, DeviceTarget, Presentation, Target, TrunkTarget, Unreachable
from pbxd.dialplan.view import View
from pbxd.org.levels import CALL_WAITING, SWITCHBOARD
from pbxd.org.rules import RingDevices, RingKind, Step, ToGroup, ToNumber, ToSwitchboard, ToUser
from pbxd.org.services import Distribution, HuntGroup, Queue, Service
from pbxd.org.users import Device, User

Note = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Found:
    """What rings, or why nothing does."""

    targets: tuple[Target, ...]
    failure: Busy | Unreachable
    presents: Presentation


class Span(NamedTuple):
    """From when to when something rings, in seconds since the first of all began to."""

    after: float
    until: float | None
    """``None``: as long as the others."""


def starts(steps: Sequence[Step]) -> list[float]:
    """When each of steps that ring together begins: the first at once, the others counted from the one before."""
    begins = [0.0]
    for step in steps[1:]:
        begins.append(begins[-1] + (step.after or 0))
    return begins


def targets(
    steps: Sequence[Step],
    begins: Sequence[float],
    seconds: float,
    view: View,
    place: Place,
    situation: Situation,
    note: Note,
) -> Found:
    """The phones of steps that ring together, each from its beginning, for ``seconds`` altogether."""
    finder = _Finder(view, place, situation, note)
    found: dict[tuple[str, str], Target] = {}
    for step, begin in zip(steps, begins, strict=True):
        until = begin + step.duration if step.duration is not None else None
        for target in finder.of(step, Span(begin, until if until is not None and until < seconds else None)):
            key = ("", target.device) if isinstance(target, DeviceTarget) else (target.trunk, target.number)
            found.setdefault(key, target)
    failure = Busy() if finder.busy else Unreachable()
    trail: list[str] = []
    home = view.facts.organization(situation.source.organization)
    presents = inside(situation, home, diversions(place, situation), trail)
    if home.name != view.organization.name:
        presents = to_linked(presents, situation, home)
    if presents.external and view.contact is not None and view.contact.known_as:
        presents = replace(presents, name=view.contact.known_as)  # what we know is better than what carriers say
    hunts = isinstance(view.service, HuntGroup)
    if view.user is not None or hunts:
        callee = view.user if view.user is not None else _only(steps, view)
        presents = alerting(presents, callee, view.organization, trail, hunts=hunts)
    for words in trail:
        note("presentation", words)
    if place.shown.text is not None:
        presents = replace(presents, name=f"{place.shown.text} {presents.name}".strip())
    return Found(targets=tuple(found.values()), failure=failure, presents=presents)


def _only(steps: Sequence[Step], view: View) -> User | None:
    """The one whom a group rings, where it is one."""
    users = [view.organization.users.get(step.target.username) for step in steps if isinstance(step.target, ToUser)]
    return users[0] if len(users) == 1 else None


def diversions(place: Place, situation: Situation) -> tuple[Diverted, ...]:
    """Who sent the call on so far, the oldest first, those before it came here included (CLI-6)."""
    before = () if isinstance(situation.source, FromDevice) else situation.source.diverted
    here = tuple(
        Diverted(number=hop.number, reason=following.reason)
        for hop, following in zip(place.hops, place.hops[1:], strict=False)
        if following.reason is not None
    )
    return (*before, *here)


def _kinds(service: Service | None) -> Sequence[RingKind]:
    match service:
        case HuntGroup(devices=devices) | Queue(distribution=Distribution(devices=devices)) if devices:
            return devices
    return ("all",)


class _Finder:
    """Looks for phones, and remembers whether the only ones are busy."""

    def __init__(self, view: View, place: Place, situation: Situation, note: Note) -> None:
        self._view = view
        self._place = place
        self._situation = situation
        self._note = note
        self._kinds: Sequence[RingKind] = _kinds(view.service)
        """Of people other than the one that the call is for; groups and queues say which of their phones are meant."""
        self.busy = False

    def of(self, step: Step, span: Span) -> Iterator[Target]:
        """What one step rings."""
        view = self._view
        organization = view.organization
        match step.target:
            case RingDevices(kinds):
                yield from self._devices(view.user, kinds, span)
            case ToUser(username):
                yield from self._devices(organization.users.get(username), self._kinds, span)
            case ToGroup(group):
                for user in organization.users.values():
                    if group in user.groups:
                        yield from self._devices(user, self._kinds, span)
            case ToSwitchboard():
                yield from self._number(organization.effective(SWITCHBOARD, view.user).value, span)
            case ToNumber(number):
                yield from self._number(number, span)
            case _:
                raise AssertionError(f"{step.target} does not ring")

    def _devices(self, user: User | None, kinds: Sequence[RingKind], span: Span) -> Iterator[Target]:
        """A user's devices of these kinds; none of a user who is in a call and wants no second one (RULE-7)."""
        if user is None:
            self._note("ring", "there is no such user")
            return
        view, name = self._view, user.username
        if view.facts.calls_of(view.organization.name, name):
            waiting = view.organization.effective(CALL_WAITING, user)
            if not waiting.value:
                self._note("ring", f"{name} is in a call, and {waiting}")
                self.busy = True
                return
        for device in user.devices:
            if "all" in kinds or device.kind in kinds:
                yield from self._device(user, device, span)

    def _device(self, user: User, device: Device, span: Span) -> Iterator[Target]:
        view, source = self._view, self._situation.source
        if isinstance(source, FromDevice) and device.name == source.device:
            self._note("ring", f"{device.name} is calling itself, so it does not ring")
        elif device.number is not None and device.number == view.caller:
            self._note("ring", f"{device.name} is where the call comes from, so it does not ring")
        elif device.registers and view.facts.registered(view.organization.name, device.name):
            self._note("ring", f"{device.name} is registered")
            name = view.organization.name
            yield DeviceTarget(
                organization=name, user=user.username, device=device.name, after=span.after, until=span.until
            )
        elif device.number is not None:
            self._note("ring", f"{device.name} is reached as {device.number}")
            yield from self._leaving(device.number, user, span, follows=(user, device))
        elif device.registers:
            self._note("ring", f"{device.name} is not registered")

    def _number(self, text: str | None, span: Span) -> Iterator[Target]:
        """A number that rings along: a colleague's phones, or one outside."""
        organization = self._view.organization
        dialled = canonical(text or "", organization, self._view.user)
        owner = organization.line(dialled.canonical) if dialled.kind is Kind.INTERNAL else None
        if owner is not None:
            yield from self._devices(owner.user, self._kinds, span)
        elif dialled.kind is Kind.EXTERNAL:
            yield from self._leaving(dialled.canonical, self._view.user or self._view.service, span)
        else:
            self._note("ring", f"{text or 'nobody'} can't ring along")

    def _leaving(
        self, number: str, responsible: leaving.Responsible, span: Span, *, follows: tuple[User, Device] | None = None
    ) -> Iterator[TrunkTarget]:
        """A number outside. A mobile that follows its user tells whose calls these are."""
        diverted = diversions(self._place, self._situation)
        user, device = follows if follows is not None else (None, None)
        if user is not None and user.primary is not None:
            diverted = (*diverted, Diverted(number=user.primary.number, reason="follow-me"))
        leg = leaving.Leg(number=number, responsible=responsible, diverted=diverted, set_=self._place.shown)
        found = leaving.way_out(leg, self._situation, self._view, self._note)
        if isinstance(found, TrunkTarget):
            name = device.name if device is not None else ""
            hunt = self._view.service
            confirms = hunt.name if isinstance(hunt, HuntGroup) and device is not None and device.confirm else ""
            behind = tuple(replace(one, device=name, confirms=confirms) for one in found.otherwise)
            yield replace(found, after=span.after, until=span.until, device=name, confirms=confirms, otherwise=behind)
