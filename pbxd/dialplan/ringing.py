"""From the targets of a rule to the phones that ring: the user's own devices, other people's, numbers outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from pbxd.dialplan import leaving
from pbxd.dialplan.diverted import Diverted
from pbxd.dialplan.numbering import Kind, canonical
from pbxd.dialplan.presentation import alerting, inside, to_linked
from pbxd.dialplan.situation import FromDevice, Place, Situation
from pbxd.dialplan.treatment import Busy, DeviceTarget, Presentation, Target, TrunkTarget, Unreachable
from pbxd.dialplan.view import View
from pbxd.org.levels import CALL_WAITING, SWITCHBOARD
from pbxd.org.rules import RingDevices, RingKind, Step, ToGroup, ToNumber, ToSwitchboard, ToUser
from pbxd.org.users import Device, User

Note = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Found:
    """What rings, or why nothing does."""

    targets: tuple[Target, ...]
    failure: Busy | Unreachable
    presents: Presentation


def targets(steps: Sequence[Step], view: View, place: Place, situation: Situation, note: Note) -> Found:
    """The phones of steps that ring together."""
    finder = _Finder(view, place, situation, note)
    found: dict[tuple[str, str], Target] = {}
    for step in steps:
        for target in finder.of(step):
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
    if view.user is not None:
        presents = alerting(presents, view.user, view.organization, trail)
    for words in trail:
        note("presentation", words)
    if place.shown.text is not None:
        presents = replace(presents, name=f"{place.shown.text} {presents.name}".strip())
    return Found(targets=tuple(found.values()), failure=failure, presents=presents)


def diversions(place: Place, situation: Situation) -> tuple[Diverted, ...]:
    """Who sent the call on so far, the oldest first, those before it came here included (CLI-6)."""
    before = () if isinstance(situation.source, FromDevice) else situation.source.diverted
    here = tuple(
        Diverted(number=hop.number, reason=following.reason)
        for hop, following in zip(place.hops, place.hops[1:], strict=False)
        if following.reason is not None
    )
    return (*before, *here)


class _Finder:
    """Looks for phones, and remembers whether the only ones are busy."""

    def __init__(self, view: View, place: Place, situation: Situation, note: Note) -> None:
        self._view = view
        self._place = place
        self._situation = situation
        self._note = note
        self.busy = False

    def of(self, step: Step) -> Iterator[Target]:
        """What one step rings."""
        view, after = self._view, float(step.after or 0) if step.joins else 0.0
        organization = view.organization
        match step.target:
            case RingDevices(kinds):
                yield from self._devices(view.user, kinds, after)
            case ToUser(username):
                yield from self._devices(organization.users.get(username), ("all",), after)
            case ToGroup(group):
                for user in organization.users.values():
                    if group in user.groups:
                        yield from self._devices(user, ("all",), after)
            case ToSwitchboard():
                yield from self._number(organization.effective(SWITCHBOARD, view.user).value, after)
            case ToNumber(number):
                yield from self._number(number, after)
            case _:
                raise AssertionError(f"{step.target} does not ring")

    def _devices(self, user: User | None, kinds: Sequence[RingKind], after: float) -> Iterator[Target]:
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
                yield from self._device(user, device, after)

    def _device(self, user: User, device: Device, after: float) -> Iterator[Target]:
        view, source = self._view, self._situation.source
        if isinstance(source, FromDevice) and device.name == source.device:
            self._note("ring", f"{device.name} is calling itself, so it does not ring")
        elif device.registers and view.facts.registered(view.organization.name, device.name):
            self._note("ring", f"{device.name} is registered")
            yield DeviceTarget(organization=view.organization.name, user=user.username, device=device.name, after=after)
        elif device.number is not None:
            self._note("ring", f"{device.name} is reached as {device.number}")
            yield from self._leaving(device.number, user, after, follows=user)
        elif device.registers:
            self._note("ring", f"{device.name} is not registered")

    def _number(self, text: str | None, after: float) -> Iterator[Target]:
        """A number that rings along: a colleague's phones, or one outside."""
        organization = self._view.organization
        dialled = canonical(text or "", organization, self._view.user)
        owner = organization.line(dialled.canonical) if dialled.kind is Kind.INTERNAL else None
        if owner is not None:
            yield from self._devices(owner.user, ("all",), after)
        elif dialled.kind is Kind.EXTERNAL:
            yield from self._leaving(dialled.canonical, self._view.user, after)
        else:
            self._note("ring", f"{text or 'nobody'} can't ring along")

    def _leaving(
        self, number: str, responsible: User | None, after: float, *, follows: User | None = None
    ) -> Iterator[TrunkTarget]:
        """A number outside. A mobile that follows its user tells whose calls these are."""
        diverted = diversions(self._place, self._situation)
        if follows is not None and follows.primary is not None:
            diverted = (*diverted, Diverted(number=follows.primary.number, reason="follow-me"))
        leg = leaving.Leg(number=number, responsible=responsible, diverted=diverted, set_=self._place.shown)
        found = leaving.way_out(leg, self._situation, self._view, self._note)
        if isinstance(found, TrunkTarget):
            yield replace(found, after=after)
