"""Where a call goes, and why: one pure function for live calls and for every tool.

The order is: who calls; emergency numbers before anything else; the number; the rules of who makes the call; then,
for whomever it reaches, the order of RULE-10. What was tried comes back in as an outcome, so the next decision is the
same function again, which goes on at the place where the last one stood.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pbxd.dialplan import coded, order, ringing, services, words
from pbxd.dialplan.conditions import holds
from pbxd.dialplan.moves import NOT_FOUND, CameOut, Done, Failure, Move, Run, Search, kind_of, refused
from pbxd.dialplan.numbering import Kind, canonical
from pbxd.dialplan.order import Entry, Stage, reacts
from pbxd.dialplan.reach import LOOP, Reach
from pbxd.dialplan.situation import NOWHERE, Facts, FromDevice, FromTrunk, Hop, Place, Shown, Situation
from pbxd.dialplan.treatment import (
    Busy,
    Chosen,
    Completed,
    Declined,
    NoAnswer,
    Redirected,
    Ring,
    Skipped,
    Transferred,
    Treatment,
    Unreachable,
)
from pbxd.dialplan.view import View
from pbxd.errors import MalformedMessage
from pbxd.org.levels import RING_SECONDS, SWITCHBOARD
from pbxd.org.rules import (
    RINGING,
    Announce,
    Continue,
    PlayBusy,
    RejectAs,
    RingDevices,
    SetLanguage,
    SetNumber,
    SetRecording,
    SetText,
    Step,
    Target,
    ToGroup,
    ToNumber,
    ToSwitchboard,
    ToUser,
)
from pbxd.org.users import LineOwner
from pbxd.sip.diversion import DiversionReason
from pbxd.sip.uri import Uri

KEPT_FROM_CALLERS = frozenset({401, 405, 407, 408, 415, 420, 421, 423, 481, 487, 491})
"""Failures that are between us and the far end, and would be misread as about the caller's own request. So would all
of 500 to 599: a 503 makes phones and proxies give the whole server up."""
REJECTIONS: dict[str, tuple[int, str]] = {
    "declined": (603, "Decline"),
    "busy": (486, "Busy Here"),
    "barred": (403, "Barred"),
    "not-found": (404, "Not Found"),
    "unavailable": (480, "Temporarily Unavailable"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do next, and every step of the way there in words."""

    treatment: Treatment | None
    """``None``: the story is over, nothing is left to do."""
    called: str
    """The canonical number that this decision is about."""
    trail: tuple[str, ...]
    """Lines of the form ``stage: what was found``."""
    place: Place = NOWHERE
    """Where in the rules this is."""


def decide(situation: Situation, facts: Facts, now: float) -> Decision:
    """The next treatment of a call at ``now`` (seconds since 1970).

    Total, without side effects, and bounded: each turn uses up a step of a rule, each rule is used once for each hop,
    and the hops are counted.
    """
    return _Walk(situation, facts, now).decision()


class _Walk:
    """One decision: from where the call stands to the next treatment, noting why."""

    def __init__(self, situation: Situation, facts: Facts, now: float) -> None:
        self.situation, self.code = coded.unwrapped(situation, facts)
        self.facts = facts
        self.trail: list[str] = []
        self.reach = Reach(self.situation, facts, now, self.note)

    def note(self, stage: str, words: str) -> None:
        self.trail.append(f"{stage}: {words}")

    def decision(self) -> Decision:
        move = self._follow_up() if self.situation.turns else self._first()
        while not isinstance(move, Done):
            match move:
                case Search():
                    move = self._search(move.place, move.beyond)
                case Run():
                    move = self._run(move.place, move.entry)
                case CameOut():
                    move = self._came_out(move.place, move.outcome)
        place = move.place
        return Decision(
            treatment=move.treatment,
            called=place.hop.number if place.hops else "",
            trail=tuple(self.trail),
            place=place,
        )

    # Where the call comes in ---------------------------------------------------------------------------------------

    def _first(self) -> Move:
        situation = self.situation
        organization = self.facts.organization(situation.source.organization)
        self.note("call", words.caller(situation, organization))
        if self.code:
            self.note("code", self.code)
        user = organization.users.get(situation.source.user) if isinstance(situation.source, FromDevice) else None
        treatment = coded.treatment(situation, self.facts)
        if treatment is not None:
            self.note("code", str(treatment))
            hop = Hop(organization=organization.name, number=situation.dialled, made=True)
            return Done(Place(hops=(hop,)), treatment)
        dialled = self.reach.read(situation.dialled, organization, user, inbound=user is None)
        hop = Hop(organization=organization.name, number=dialled.canonical or dialled.raw)
        if isinstance(situation.source, FromTrunk):
            if dialled.kind is not Kind.INTERNAL:
                # What comes from outside reaches our own numbers only: a trunk is never relayed to a trunk (SEC-1).
                self.note("number", f"{hop.number} is no number of {organization.title}")
                return refused(Place(hops=(hop,)), 404, "Not Found", "rejected")
            return self.reach.number(Place(hops=(hop,)), dialled, organization, None)
        place = Place(hops=(replace(hop, user=situation.source.user, made=True),))
        if dialled.kind is Kind.EMERGENCY:
            return self.reach.emergency(place, dialled.canonical)
        if dialled.kind is Kind.INVALID:
            return refused(place, 404, "Not Found", "rejected")
        return Search(place)

    # Rules ---------------------------------------------------------------------------------------------------------

    def _entries(self, place: Place, view: View) -> Iterator[Entry]:
        hop = place.hop
        if hop.made:
            return order.outgoing(view)
        if hop.user is not None:
            return order.incoming(view, bypass=self.situation.bypass)
        if hop.service is not None:
            return services.entries(view, view.service, place.shown)
        return iter(())

    def _search(self, place: Place, beyond: str) -> Move:
        """The first rule that matches; a call that is made and that no rule takes goes on to its number."""
        view = self.reach.view(place)
        view.outcome = None
        entries = list(self._entries(place, view))
        keys = [entry.key for entry in entries]
        for entry in entries[keys.index(beyond) + 1 if beyond in keys else 0 :]:
            if entry.key in place.used or reacts(entry.rule.when):
                continue
            if self._matches(entry, view):
                return Run(replace(place, entry=entry.key, step=0, used=place.used | {entry.key}), entry)
        if not place.hop.made:
            return CameOut(place, Unreachable())
        organization = view.organization
        return self.reach.number(place, canonical(self.situation.dialled, organization, view.user), organization, None)

    def _matches(self, entry: Entry, view: View) -> bool:
        held, why = holds(entry.rule.when, view)
        self.note("rule", f"{entry.origin}: {'yes' if held else 'no'}, {why}")
        return held

    def _came_out(self, place: Place, outcome: Failure) -> Move:
        """Who reacts: rules before this one that wait for the outcome, then its own next step, then those after it."""
        if place.entry == LOOP:
            return refused(place, 482, "Loop Detected", "rejected")
        view = self.reach.view(place)
        view.outcome = kind_of(outcome)
        entries = list(self._entries(place, view))
        current = next((index for index, entry in enumerate(entries) if entry.key == place.entry), len(entries))
        for index, entry in enumerate(entries):
            if index == current and place.step < len(entry.rule.do):
                return Run(place, entry)
            if entry.key in place.used or not reacts(entry.rule.when):
                continue
            if self._matches(entry, view):
                return Run(replace(place, entry=entry.key, step=0, used=place.used | {entry.key}), entry)
        if place.back is not None:
            self.note(
                "outcome",
                f"nothing at {words.party(place.hop)} reacts to {view.outcome}: back to {words.party(place.back.hop)}",
            )
            return CameOut(place.back, outcome)
        return self._end(place, outcome)

    def _run(self, place: Place, entry: Entry) -> Move:
        """Carry out the steps of a rule up to the first that takes time."""
        steps = entry.rule.do
        while place.step < len(steps):
            step = steps[place.step]
            match step.target:
                case SetNumber() | SetText() | SetLanguage() | SetRecording():
                    place = replace(place, step=place.step + 1, shown=self._set(place.shown, step.target, entry))
                case Continue():
                    return Search(place, beyond=entry.key)
                case target if isinstance(target, RINGING):
                    return self._ring(place, steps)
                case target:
                    return self._go(replace(place, step=place.step + 1), target)
        return Search(place, beyond=entry.key)

    def _set(self, shown: Shown, target: SetNumber | SetText | SetLanguage | SetRecording, entry: Entry) -> Shown:
        match target:
            case SetNumber(number):
                self.note("set", f"the number shown is {number}")
                return replace(shown, number=number, binding=entry.stage is not Stage.OWN)
            case SetText(text):
                self.note("set", f"the text shown is {text}")
                return replace(shown, text=text)
            case SetLanguage(language):
                self.note("set", f"the language is {language}")
                return replace(shown, language=language)
            case SetRecording(on):
                self.note("set", f"recording is {'on' if on else 'off'}")
                return replace(shown, recording=on)

    # What a rule does ----------------------------------------------------------------------------------------------

    def _ring(self, place: Place, steps: Sequence[Step]) -> Move:
        """One step that rings, with those that ring along; the last of a rule may send the call on for good."""
        together = 1
        while place.step + together < len(steps) and steps[place.step + together].joins:
            together += 1
        group, rest = steps[place.step : place.step + together], steps[place.step + together :]
        step = group[0]
        ahead = replace(place, step=place.step + together)
        if together == 1 and not rest and step.duration is None and not isinstance(step.target, RingDevices | ToGroup):
            return self._send_on(ahead, step.target)
        view = self.reach.view(place)
        found = ringing.targets(group, view, place, self.situation, self.note)
        if not found.targets:
            return CameOut(ahead, found.failure)
        seconds = self._seconds(view, group, rest)
        return Done(ahead, Ring(targets=found.targets, seconds=seconds, presents=found.presents))

    def _seconds(self, view: View, group: Sequence[Step], rest: Sequence[Step]) -> float:
        """Until the next step takes over, or as long as these want, or as long as the setting says."""
        if rest and rest[0].after is not None:
            return float(rest[0].after)
        if all(step.duration is not None for step in group):
            return float(max((step.after or 0) + (step.duration or 0) for step in group))
        setting = view.organization.effective(RING_SECONDS, view.user)
        self.note("ring", str(setting))
        return float(setting.value)

    def _send_on(self, place: Place, target: Target) -> Move:
        """Send the call on for good: whoever gets it has rules of his own."""
        view = self.reach.view(place)
        organization = view.organization
        reason = _reason(view)
        match target:
            case ToUser(username):
                user = organization.users.get(username)
                line = user.primary if user is not None else None
                if user is None or line is None:
                    self.note("forward", f"{username} has no line")
                    return CameOut(place, NOT_FOUND)
                self.note("forward", f"to {username}")
                return self.reach.to_user(place, LineOwner(user=user, line=line), organization, reason)
            case ToSwitchboard():
                number = organization.effective(SWITCHBOARD, view.user).value
                if not number:
                    self.note("forward", "there is no switchboard number")
                    return CameOut(place, NOT_FOUND)
                text = number
            case ToNumber(number):
                text = number
            case _:
                raise AssertionError(f"{target} is not sent on")
        self.note("forward", f"to {text}")
        return self.reach.number(place, self.reach.read(text, organization, view.user), organization, reason)

    def _go(self, place: Place, target: Target) -> Move:
        """Targets that take the call over."""
        view = self.reach.view(place)
        organization = view.organization
        match target:
            case PlayBusy():
                return refused(place, 486, "Busy Here", "busy")
            case RejectAs(reason):
                status, phrase = REJECTIONS.get(reason, (480, reason))
                return refused(place, status, phrase, "rejected")
            case Announce(sound):
                return Done(place, services.play(organization, sound))
            case _:
                pass
        service = services.named(target, organization)
        if service is not None:
            return self.reach.to_service(place, service, organization, _reason(view))
        treatment = services.treatment(target, view)
        if treatment is None:
            self.note("forward", f"{target} leads nowhere here")
            return CameOut(place, NOT_FOUND)
        return Done(place, treatment)

    # After a treatment ---------------------------------------------------------------------------------------------

    def _follow_up(self) -> Move:
        """Where the last treatment's outcome leads."""
        turn = self.situation.turns[-1]
        place = turn.place
        match turn.outcome:
            case Completed():
                self.note("outcome", "the call is over")
                return Done(place, None)
            case Redirected(by=device, to=to, rang=rang):
                number = _user_of(to[0]) if to else ""
                self.note("outcome", f"{device} sends the call on to {number or 'nowhere'}")
                # A phone that sends on at once does so by a setting of its own; one that rang was told to by somebody.
                return self._redirected(place, number, "deflection" if rang else "unconditional")
            case Skipped():
                self.note("outcome", "the caller skips this")
                return Search(place, beyond=place.entry)
            case Chosen(to=target):
                self.note("outcome", f"the caller goes on to {target}")
                if isinstance(target, RINGING) and not isinstance(target, RingDevices | ToGroup):
                    return self._send_on(place, target)
                return self._go(place, target)
            case Transferred():
                raise AssertionError("a transfer begins a story of its own (dialplan.transfers)")
            case failure:
                self.note("outcome", f"{words.party(place.hop)}: {words.outcome(failure)}")
                return CameOut(place, failure)

    def _redirected(self, place: Place, number: str, reason: DiversionReason) -> Move:
        """A phone's 302 is its user's diversion, and is his to pay for (DIV-1)."""
        organization = self.facts.organization(place.hop.organization)
        dialled = self.reach.read(number, organization, organization.users.get(place.hop.user or ""))
        if dialled.kind is Kind.INVALID:
            return CameOut(place, NOT_FOUND)
        return self.reach.number(place, dialled, organization, reason)

    # Ends ----------------------------------------------------------------------------------------------------------

    def _end(self, place: Place, outcome: Failure) -> Done:
        """Nothing is left to try: the caller is told what came of it."""
        match outcome:
            case Busy():
                return refused(place, 486, "Busy Here", "busy")
            case Declined():
                return refused(place, 603, "Decline", "declined")
            case NoAnswer():
                return refused(place, 480, "Temporarily Unavailable", "no-answer")
            case Unreachable(status=status, reason=reason):
                if status in KEPT_FROM_CALLERS or status // 100 != 4:
                    status, reason = 480, "Temporarily Unavailable"
                return refused(place, status, reason, "unreachable")


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


def _user_of(target: str) -> str:
    """What a redirection dials: the user part of its URI, nothing where that can't be read."""
    try:
        return Uri.parse(target).user
    except MalformedMessage:
        return ""
