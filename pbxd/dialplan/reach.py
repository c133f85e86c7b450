"""Whom a number reaches, and on from there to the next who is asked: users, service numbers, numbers outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pbxd.dialplan import leaving
from pbxd.dialplan.diverted import loop
from pbxd.dialplan.moves import NOT_FOUND, CameOut, Done, Move, Search, refused
from pbxd.dialplan.numbering import Dialled, Kind, canonical
from pbxd.dialplan.presentation import caller_number
from pbxd.dialplan.ringing import diversions
from pbxd.dialplan.situation import Facts, FromTrunk, Hop, Place, Situation
from pbxd.dialplan.treatment import Reject, Ring, Unreachable, Voicemail
from pbxd.dialplan.view import View
from pbxd.dialplan.words import party
from pbxd.org.organization import Organization
from pbxd.org.services import Service
from pbxd.org.users import LineOwner, User
from pbxd.sip.diversion import DiversionReason

Note = Callable[[str, str], None]
MAX_HOPS = 10
"""How often one call may be sent on before it is a loop (DIV-3)."""

LOOP = "loop"
"""What is carried out instead of a rule when a call goes round in a circle."""


class Reach:
    """From a number to a place in somebody's rules, noting why."""

    def __init__(self, situation: Situation, facts: Facts, now: float, note: Note) -> None:
        self._situation = situation
        self._facts = facts
        self._now = now
        self._note = note
        self._views: dict[Hop, View] = {}

    def read(self, text: str, organization: Organization, user: User | None, *, inbound: bool = False) -> Dialled:
        """What somebody of the organization, or a trunk, means by a number."""
        dialled = canonical(text, organization, user, inbound=inbound)
        for words in dialled.words:
            self._note("number", words)
        return dialled

    def view(self, place: Place) -> View:
        """The call as the hop of the place sees it."""
        hop = place.hop
        view = self._views.get(hop)
        if view is None:
            view = self._views[hop] = self._seen_by(hop)
        return view

    def _seen_by(self, hop: Hop) -> View:
        organization = self._facts.organization(hop.organization)
        owner = organization.line(hop.number) if not hop.made else None
        return View(
            facts=self._facts,
            now=self._now,
            organization=organization,
            source=self._situation.source,
            caller=self._caller(organization),
            called=hop.number,
            direction="made" if hop.made else "received",
            role=self._situation.role if hop.made else None,
            user=organization.users.get(hop.user) if hop.user else None,
            line=owner.line if owner is not None else None,
            service=organization.service(hop.service) if hop.service else None,
        )

    def _caller(self, organization: Organization) -> str:
        """The caller's canonical number; a colleague's as colleagues know it, empty when unknown."""
        source = self._situation.source
        if isinstance(source, FromTrunk):
            return caller_number(source, organization)
        user = self._facts.organization(source.organization).users[source.user]
        if source.organization == organization.name:
            return user.extension or source.device
        return user.landline or user.mobile or ""

    def number(
        self, place: Place, dialled: Dialled, organization: Organization, reason: DiversionReason | None
    ) -> Move:
        """On to whomever a number belongs to."""
        number = dialled.canonical
        match dialled.kind:
            case Kind.INTERNAL:
                return self._inside(place, number, organization, reason)
            case Kind.EXTERNAL:
                linked = self._linked(number, organization)
                if linked is not None:
                    self._note("number", f"{number} is in the ranges of {linked.title}, which is linked")
                    return self._inside(place, number, linked, reason)
                return self._outside(self._on(place, organization, number, reason))
            case Kind.EMERGENCY:
                self._note("number", f"calls are not sent on to the emergency number {number}")
        return CameOut(place, NOT_FOUND)

    def _linked(self, number: str, organization: Organization) -> Organization | None:
        for name in organization.linked_organizations:
            other = self._facts.organization(name)
            if other.in_ranges(number):
                return other
        return None

    def _on(
        self,
        place: Place,
        organization: Organization,
        number: str,
        reason: DiversionReason | None,
        *,
        user: str | None = None,
        service: str | None = None,
    ) -> Place:
        """The place of the next hop; what rules have set so far stays set."""
        hop = Hop(organization=organization.name, number=number, user=user, service=service, reason=reason)
        hops = (*place.hops, hop) if place.hops[-1].user or place.hops[-1].service else (*place.hops[:-1], hop)
        back = place if place.entry or place.hop.made else place.back
        return Place(hops=hops, shown=place.shown, back=back)

    def on_behalf(self, place: Place, user: User, organization: Organization) -> Place:
        """Where ``user`` sends the call on that somebody else's rule rang him for; his own rules have no say in it."""
        number = user.primary.number if user.primary is not None else user.username
        hop = Hop(organization=organization.name, number=number, user=user.username)
        return Place(hops=(*place.hops, hop), shown=place.shown, back=place)

    def _inside(self, place: Place, number: str, organization: Organization, reason: DiversionReason | None) -> Move:
        owner = organization.line(number)
        if owner is not None:
            self._note("number", f"{number} is a line of {owner.user.username}")
            return self.to_user(place, owner, organization, reason)
        service = organization.service(number)
        if service is not None:
            return self.to_service(place, service, organization, reason)
        self._note("number", f"{number} belongs to nobody")
        after = self._on(place, organization, number, reason, service=number)
        return self._loop(place, after) or Search(after)

    def to_user(
        self, place: Place, owner: LineOwner, organization: Organization, reason: DiversionReason | None
    ) -> Move:
        user = owner.user.username
        after = self._on(place, organization, owner.line.number, reason, user=user)
        return self._loop(place, after) or Search(after)

    def to_service(
        self, place: Place, service: Service, organization: Organization, reason: DiversionReason | None
    ) -> Move:
        self._note("number", f"{service.number} is {service.name}")
        after = self._on(place, organization, service.number, reason, service=service.number)
        return self._loop(place, after) or Search(after)

    def _loop(self, place: Place, after: Place) -> Move | None:
        """A loop ends in the voicemail of the first who was called, or in a refusal; ``None``: it is none (DIV-3)."""
        *before, to = after.hops
        been = {(hop.organization, hop.user, hop.service) for hop in before if not hop.made}
        if len(after.hops) <= MAX_HOPS and (to.organization, to.user, to.service) not in been:
            return self._told_loop(after)
        self._note("loop", f"the call has been at {party(to)} before, or was sent on {MAX_HOPS} times")
        first = next((hop for hop in before if hop.user and not hop.made), None)
        if first is None or first.user is None:
            return refused(place, 482, "Loop Detected", "rejected")
        voicemail = Voicemail(organization=first.organization, mailbox=first.user, kind="user")
        return Done(replace(place, back=None, entry=LOOP), voicemail)

    def _told_loop(self, after: Place) -> Move | None:
        """A loop by way of others, which their Diversion and History-Info tell."""
        problem = loop(diversions(after, self._situation)) if after.hop.reason is not None else None
        if problem is None:
            return None
        status, reason, why = problem
        self._note("loop", why)
        return refused(after, status, reason, "rejected")

    def _outside(self, place: Place) -> Move:
        """A call that leaves: the one check, and then the trunks (NUM-6, SEC-6)."""
        refusal = self._told_loop(place)
        if refusal is not None:
            return refusal
        leg = leaving.Leg(
            number=place.hop.number,
            responsible=self._responsible(place),
            diverted=diversions(place, self._situation),
            set_=place.shown,
        )
        made = leaving.ring(leg, self._situation, self.view(place), self._note)
        match made:
            case Ring():
                return Done(place, made)
            case Reject() if len(place.hops) == 1 or place.hops[-2].made:
                return Done(place, made)
            case Reject(status=status, reason=reason):
                return CameOut(place, Unreachable(status=status, reason=reason))
            case outcome:
                return CameOut(place, outcome)

    def _responsible(self, place: Place) -> leaving.Responsible:
        """Whose call it is that leaves: the last one's who sent it on, or the caller's."""
        for hop in reversed(place.hops[:-1]):
            organization = self._facts.organization(hop.organization)
            if hop.user is not None:
                return organization.users.get(hop.user)
            if hop.service is not None:
                return organization.service(hop.service)
        return None

    def emergency(self, place: Place, number: str) -> Move:
        place = replace(place, hops=(replace(place.hop, number=number),))
        made = leaving.emergency(number, self._situation, self.view(place), self._note)
        return Done(place, made) if isinstance(made, Ring) else CameOut(place, made)
