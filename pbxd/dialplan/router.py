"""Where a call goes, and why: one pure function for live calls and for every tool.

The order is: who calls; emergency numbers before anything else; the number; the rules of who makes the call; then,
for whomever it reaches, the order of RULE-10. What was tried comes back in as an outcome, so the next decision is the
same function again, which goes on at the place where the last one stood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from pbxd.dialplan import coded, order, services, words
from pbxd.dialplan.billing import billing_ids
from pbxd.dialplan.conditions import holds
from pbxd.dialplan.doing import Doing
from pbxd.dialplan.ends import nobody
from pbxd.dialplan.moves import NOT_FOUND, CameOut, Done, Failure, Move, Run, Search, kind_of, refused
from pbxd.dialplan.numbering import Kind, canonical
from pbxd.dialplan.order import Entry, Stage, reacts
from pbxd.dialplan.reach import LOOP, Reach
from pbxd.dialplan.situation import NOWHERE, Facts, FromDevice, FromTrunk, Hop, Place, Shown, Situation
from pbxd.dialplan.treatment import Chosen, Completed, Menu, Redirected, Skipped, Transferred, Treatment, Unreachable
from pbxd.dialplan.view import View
from pbxd.errors import MalformedMessage
from pbxd.org.rules import (
    RINGING,
    SETTING,
    Continue,
    SetLanguage,
    SetNumber,
    SetRecording,
    SetText,
    Step,
    Target,
    ToNumber,
)
from pbxd.sip.diversion import DiversionReason
from pbxd.sip.uri import Uri

MAX_TURNS = 200
"""Treatments that one call may have; callers who choose in menus all day end here."""

ITSELF = "itself"
"""What a hop comes to where no rule steers the call, as one of the keys that it has used up."""


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
    billing_ids: tuple[str, ...] = ()
    """Of all who have a part in the call so far (NUM-10)."""


def decide(situation: Situation, facts: Facts, now: float) -> Decision:
    """The next treatment of a call at ``now`` (seconds since 1970).

    Total, without side effects, and bounded: each turn uses up a step of a rule, each rule is used once for each hop,
    the hops are counted, and so are the turns.
    """
    return _Walk(situation, facts, now).decision()


def _noting(trail: list[str]) -> Callable[[str, str], None]:
    return lambda stage, words: trail.append(f"{stage}: {words}")


class _Walk:
    """One decision: from where the call stands to the next treatment, noting why."""

    def __init__(self, situation: Situation, facts: Facts, now: float) -> None:
        self.situation, self.code = coded.unwrapped(situation, facts)
        self.facts = facts
        self.now = now
        self.trail: list[str] = []
        # No method of ours: a decision that refers to itself keeps its configuration until the collector comes by.
        self.note = _noting(self.trail)
        self.reach = Reach(self.situation, facts, now, self.note)
        self.doing = Doing(self.situation, self.reach, self.note)

    def decision(self) -> Decision:
        move = self._follow_up() if self.situation.turns else self._first()
        while not isinstance(move, Done):
            match move:
                case Search():
                    move = self._search(move)
                case Run():
                    move = self._run(move)
                case CameOut():
                    move = self._came_out(move.place, move.outcome)
        place = move.place
        return Decision(
            treatment=move.treatment,
            called=place.hop.number if place.hops else "",
            trail=tuple(self.trail),
            place=place,
            billing_ids=billing_ids(place, self.situation.source, self.facts),
        )

    # Where the call comes in ---------------------------------------------------------------------------------------

    def _first(self) -> Move:
        situation = self.situation
        organization = self.facts.organization(situation.source.organization)
        self.note("call", words.caller(situation, organization))
        if self.code:
            self.note("code", self.code)
        user = organization.users.get(situation.source.user) if isinstance(situation.source, FromDevice) else None
        treatment = coded.treatment(situation, self.facts, self.now, self.note)
        if treatment is not None:
            self.note("code", str(treatment))
            who = user.username if user is not None else None
            hop = Hop(organization=organization.name, number=situation.dialled, user=who, made=True)
            return Done(Place(hops=(hop,)), treatment)
        mailbox = coded.voicemail(situation.dialled, organization, user) if user is not None else None
        if mailbox is not None and user is not None:
            hop = Hop(organization=organization.name, number=situation.dialled, user=user.username, made=True)
            return self.doing.go(Place(hops=(hop,)), mailbox)
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
            return order.incoming(view, bypass=self.situation.bypass and len(place.hops) == 2)
        if hop.service is not None:
            return services.entries(view, hop.service, place.shown)
        return iter(())

    def _search(self, move: Search) -> Move:
        """The first rule that matches, or what the call comes to without any."""
        place, outcome = move.place, move.outcome
        view = self.reach.view(place)
        view.outcome = kind_of(outcome) if outcome is not None else None
        for entry in self._beyond(move.beyond, place, view):
            if entry.key not in place.used and self._matches(entry, view):
                place = self._used(place, entry)
                if not _only_sets(entry):
                    return Run(replace(place, entry=entry.key, step=0), entry, outcome)
        return self._unsteered(place, view, outcome or Unreachable())

    def _beyond(self, key: str, place: Place, view: View) -> Iterator[Entry]:
        """The rules behind the one with the key; all, made as they are asked for, where there is none."""
        if not key:
            return self._entries(place, view)
        entries = list(self._entries(place, view))
        return iter(entries[next((at + 1 for at, entry in enumerate(entries) if entry.key == key), 0) :])

    def _unsteered(self, place: Place, view: View, outcome: Failure) -> Move:
        """No rule takes it: a call that is made goes to its number, and a service number does what it is for."""
        if ITSELF in place.used:
            return CameOut(place, outcome)
        place = replace(place, used=place.used | {ITSELF})
        if place.hop.made:
            organization, dialled = view.organization, self.situation.dialled
            return self.reach.number(place, canonical(dialled, organization, view.user), organization, None)
        match services.itself(view):
            case None:
                return CameOut(place, outcome)
            case Step(target=target):
                return self.doing.go(place, target)
            case treatment:
                return Done(place, treatment)

    def _matches(self, entry: Entry, view: View) -> bool:
        held, why = (False, entry.refused) if entry.refused else holds(entry.rule.when, view)
        self.note("rule", f"{entry.origin}: {'yes' if held else 'no'}, {why}")
        return held

    def _used(self, place: Place, entry: Entry) -> Place:
        """A rule counts: it is used up, and where it only sets things, these are set, and the next rules are asked."""
        place = replace(place, used=place.used | {entry.key})
        if not _only_sets(entry):
            return place
        shown = place.shown
        for step in entry.rule.do:
            if isinstance(step.target, SETTING):
                shown = self._set(shown, step.target, entry)
        return replace(place, shown=shown)

    def _came_out(self, place: Place, outcome: Failure) -> Move:
        """Who reacts: rules before this one that wait for the outcome, then its own next step, then those after it."""
        if place.entry == LOOP:
            return refused(place, 482, "Loop Detected", "rejected")
        view = self.reach.view(place)
        view.outcome = kind_of(outcome)
        for entry in self._entries(place, view):
            if entry.key == place.entry and place.step < len(entry.rule.do):
                return Run(place, entry, outcome)
            if entry.key in place.used or not reacts(entry.rule.when) or not self._matches(entry, view):
                continue
            place = self._used(place, entry)
            if not _only_sets(entry):
                return Run(replace(place, entry=entry.key, step=0), entry, outcome)
        if place.back is not None:
            here, back = words.party(place.hop), words.party(place.back.hop)
            self.note("outcome", f"nothing at {here} reacts to {view.outcome}: back to {back}")
            return CameOut(place.back, outcome)
        return nobody(place, outcome)

    def _run(self, move: Run) -> Move:
        """Carry out the steps of a rule up to the first that takes time."""
        place, entry, outcome = move.place, move.entry, move.outcome
        steps = entry.rule.do
        while place.step < len(steps):
            step = steps[place.step]
            match step.target:
                case SetNumber() | SetText() | SetLanguage() | SetRecording():
                    place = replace(place, step=place.step + 1, shown=self._set(place.shown, step.target, entry))
                case Continue():
                    return Search(replace(place, step=len(steps)), beyond=entry.key, outcome=outcome)
                case target if isinstance(target, RINGING):
                    return self.doing.ring(place, steps)
                case target:
                    return self.doing.go(replace(place, step=place.step + 1), target)
        return CameOut(place, outcome or Unreachable())

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

    # After a treatment ---------------------------------------------------------------------------------------------

    def _follow_up(self) -> Move:
        """Where the last treatment's outcome leads."""
        turn = self.situation.turns[-1]
        place = turn.place
        if len(self.situation.turns) >= MAX_TURNS:
            self.note("loop", f"{MAX_TURNS} things were tried, which is enough")
            return refused(place, 482, "Loop Detected", "rejected")
        match turn.outcome:
            case Completed():
                self.note("outcome", "the call is over")
                return Done(place, None)
            case Redirected(by=device, to=to, rang=rang):
                number = _user_of(to[0]) if to else ""
                self.note("outcome", f"{device} sends the call on to {number or 'nowhere'}")
                # A phone that sends on at once does so by a setting of its own; one that rang was told to by somebody.
                return self._redirected(place, device, number, "deflection" if rang else "unconditional")
            case Skipped(why=why):
                self.note("outcome", why)
                return Search(place, beyond=place.entry)
            case Chosen(to=target, by=by):
                self.note("outcome", f"the caller goes on to {target}" + (f" on behalf of {by}" if by else ""))
                back = self._been(place, target) if isinstance(turn.treatment, Menu) else None
                return Search(back) if back is not None else self.doing.go(self._on_behalf(place, by), target)
            case Transferred():
                raise AssertionError("a transfer begins a story of its own (dialplan.transfers)")
            case failure:
                self.note("outcome", f"{words.party(place.hop)}: {words.outcome(failure)}")
                return CameOut(place, failure)

    def _been(self, place: Place, target: Target) -> Place | None:
        """Where the call came by the service that a menu leads to: callers may go back to where they chose before."""
        organization = self.facts.organization(place.hop.organization)
        service = services.named(target, organization)
        if service is None and isinstance(target, ToNumber):
            service = organization.service(target.number)
        for at, hop in enumerate(place.hops):
            if service is not None and hop.service == service.number and hop.organization == organization.name:
                return Place(hops=place.hops[: at + 1], shown=place.shown, back=place.back)
        return None

    def _on_behalf(self, place: Place, username: str | None) -> Place:
        """The place from which a user sends the call on, and not whoever was called."""
        organization = self.facts.organization(place.hop.organization)
        user = organization.users.get(username) if username is not None else None
        return self.reach.on_behalf(place, user, organization) if user is not None else place

    def _redirected(self, place: Place, device: str, number: str, reason: DiversionReason) -> Move:
        """A phone's 302 is its user's diversion, and is his to pay for (DIV-1)."""
        organization = self.facts.organization(place.hop.organization)
        owner = organization.owner(device) or organization.users.get(place.hop.user or "")
        dialled = self.reach.read(number, organization, owner)
        if dialled.kind is Kind.INVALID:
            return CameOut(place, NOT_FOUND)
        if owner is not None and (place.hop.user != owner.username or place.hop.made):
            place = self.reach.on_behalf(place, owner, organization)
        return self.reach.number(place, dialled, organization, reason)


def _only_sets(entry: Entry) -> bool:
    """Whether a rule says how a call is shown, and nothing of where it goes."""
    return all(isinstance(step.target, (*SETTING, Continue)) for step in entry.rule.do)


def _user_of(target: str) -> str:
    """What a redirection dials: the user part of its URI, nothing where that can't be read."""
    try:
        return Uri.parse(target).user
    except MalformedMessage:
        return ""
