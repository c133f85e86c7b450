"""What a rule does with a call: ring phones, send it on for good, or hand it to what takes it over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pbxd.dialplan import ringing, services
from pbxd.dialplan.coded import voicemail
from pbxd.dialplan.ends import rejected
from pbxd.dialplan.moves import NOT_FOUND, CameOut, Done, Move, refused
from pbxd.dialplan.numbering import Kind, canonical
from pbxd.dialplan.reach import Reach
from pbxd.dialplan.situation import Place, Situation
from pbxd.dialplan.treatment import Play, Reject, Ring
from pbxd.dialplan.view import View
from pbxd.org.levels import RING_SECONDS, SWITCHBOARD
from pbxd.org.rules import (
    RINGING,
    Announce,
    PlayBusy,
    RejectAs,
    RingDevices,
    Step,
    Target,
    ToGroup,
    ToNumber,
    ToSwitchboard,
    ToUser,
)
from pbxd.org.users import LineOwner
from pbxd.sip.diversion import DiversionReason

Note = Callable[[str, str], None]


class Doing:
    """From the targets of a rule to a treatment, or to the rules of whoever is asked next."""

    def __init__(self, situation: Situation, reach: Reach, note: Note) -> None:
        self._situation = situation
        self._reach = reach
        self._note = note

    def ring(self, place: Place, steps: Sequence[Step]) -> Move:
        """One step that rings, with those that ring along; the last of a rule may send the call on for good."""
        first, *following = steps[place.step :]
        along = next((at for at, step in enumerate(following) if not step.joins), len(following))
        group, rest = (first, *following[:along]), following[along:]
        ahead = replace(place, step=place.step + len(group))
        last = not rest and first.duration is None
        if len(group) == 1 and self._is_sent_on(first, self._reach.view(place), last=last):
            return self.send_on(ahead, first.target)
        return self._ring(ahead, group, rest)

    def _ring(self, place: Place, group: Sequence[Step], rest: Sequence[Step]) -> Move:
        view = self._reach.view(place)
        starts = ringing.starts(group)
        seconds = self._seconds(view, group, starts, rest)
        found = ringing.targets(group, starts, seconds, view, place, self._situation, self._note)
        if not found.targets:
            return CameOut(place, found.failure)
        return Done(place, Ring(targets=found.targets, seconds=seconds, presents=found.presents))

    def _is_sent_on(self, step: Step, view: View, *, last: bool) -> bool:
        """Whether the call goes on for good: with its last step, and to what has no phones that could ring.

        A call that is sent to whom it is for already, by a rule of his group for example, just rings there.
        """
        organization = view.organization
        match step.target:
            case RingDevices() | ToGroup():
                return False
            case ToUser(username):
                return last and (view.user is None or username != view.user.username)
            case ToSwitchboard():
                number = organization.effective(SWITCHBOARD, view.user).value
            case ToNumber(number):
                pass
            case _:
                raise AssertionError(f"{step.target} does not ring")
        dialled = canonical(number or "", organization, view.user)
        owner = organization.line(dialled.canonical) if dialled.kind is Kind.INTERNAL else None
        if owner is None:
            return last or dialled.kind is Kind.INTERNAL
        return last and owner.user != view.user

    def _seconds(self, view: View, group: Sequence[Step], starts: Sequence[float], rest: Sequence[Step]) -> float:
        """Until the next step takes over, or as long as these want, or as long as the setting says."""
        if rest and rest[0].after is not None:
            return starts[-1] + rest[0].after
        ends = [start + step.duration for start, step in zip(starts, group, strict=True) if step.duration is not None]
        if len(ends) == len(group):
            return max(ends)
        setting = view.organization.effective(RING_SECONDS, view.user)
        self._note("ring", str(setting))
        return max(float(setting.value), *ends) if ends else float(setting.value)

    def send_on(self, place: Place, target: Target) -> Move:
        """Send the call on for good: whoever gets it has rules of his own."""
        view = self._reach.view(place)
        organization = view.organization
        reason = _reason(view)
        match target:
            case ToUser(username):
                user = organization.users.get(username)
                line = user.primary if user is not None else None
                if user is None or line is None:
                    self._note("forward", f"{username} has no line")
                    return CameOut(place, NOT_FOUND)
                self._note("forward", f"to {username}")
                return self._reach.to_user(place, LineOwner(user=user, line=line), organization, reason)
            case ToSwitchboard():
                number = organization.effective(SWITCHBOARD, view.user).value
                if not number:
                    self._note("forward", "there is no switchboard number")
                    return CameOut(place, NOT_FOUND)
            case ToNumber(number):
                mailbox = voicemail(number, organization, view.user)
                if mailbox is not None:
                    return self.go(place, mailbox)
            case _:
                raise AssertionError(f"{target} is not sent on")
        self._note("forward", f"to {number}")
        dialled = self._reach.read(number, organization, view.user)
        return self._reach.number(place, dialled, organization, reason)

    def go(self, place: Place, target: Target) -> Move:
        """Anything that a call can go to, alone."""
        view = self._reach.view(place)
        organization = view.organization
        match target:
            case ToUser() | ToNumber() | ToSwitchboard():
                return self.send_on(place, target)
            case PlayBusy():
                return refused(place, 486, "Busy Here", "busy")
            case RejectAs(reason):
                return rejected(place, reason)
            case Announce(sound) if view.user is None and view.service is None:  # the number belongs to nobody (NUM-7)
                return Done(place, Reject(status=404, reason="Not Found", result="rejected", announce=sound))
            case Announce(sound):
                return Done(place, Play(organization=organization.name, sound=sound))
            case _ if isinstance(target, RINGING):
                return self._ring(place, (Step(target=target),), ())
            case _:
                pass
        service = services.named(target, organization)
        if service is not None:
            return self._reach.to_service(place, service, organization, _reason(view))
        treatment = services.treatment(target, view)
        if treatment is None:
            self._note("forward", f"{target} leads nowhere here")
            return CameOut(place, NOT_FOUND)
        return Done(place, treatment)


def _reason(view: View) -> DiversionReason:
    """Why a rule sends the call on, in the words of RFC 5806."""
    match view.outcome:
        case "busy":
            return "user-busy"
        case "no-answer":
            return "no-answer"
        case "unreachable":
            return "unavailable"
        case "declined":
            return "deflection"
    return "unconditional"
