"""Calls that leave: the one way out for every leg, whatever caused it, and the trunks that it takes (SEC-6, TRK-1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from pbxd.config.snapshot import Trunk
from pbxd.dialplan.barring import Allowed, Barred, egress
from pbxd.dialplan.conditions import holds
from pbxd.dialplan.diverted import Diverted
from pbxd.dialplan.numbering import for_trunk
from pbxd.dialplan.presentation import caller, emergency_caller, outside
from pbxd.dialplan.situation import Shown, Situation, TrunkFact
from pbxd.dialplan.treatment import Reject, Ring, TrunkTarget, Unreachable
from pbxd.dialplan.view import View
from pbxd.org.levels import BARRING
from pbxd.org.organization import Organization
from pbxd.org.services import Service
from pbxd.org.users import User

Note = Callable[[str, str], None]
TRUNK_SECONDS = 180.0
"""How long a number beyond a trunk may ring; carriers give up earlier by themselves."""
NO_TRUNK = Unreachable(status=503, reason="No trunk")

Responsible: TypeAlias = User | Service | None
"""Whose call it is: a user's, a service number's, or nobody's whom anything bars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A leg that is to leave."""

    number: str
    """Canonical."""
    responsible: Responsible
    diverted: tuple[Diverted, ...]
    set_: Shown
    """What rules have set so far."""


def ring(leg: Leg, situation: Situation, view: View, note: Note) -> Ring | Reject | Unreachable:
    """A call that goes to a number outside for good."""
    found = way_out(leg, situation, view, note)
    if not isinstance(found, TrunkTarget):
        return found
    assert found.presents is not None
    return Ring(targets=(found,), seconds=TRUNK_SECONDS, presents=found.presents)


def way_out(leg: Leg, situation: Situation, view: View, note: Note) -> TrunkTarget | Reject | Unreachable:
    """The trunk for a number, with the others behind it, once the check has let it pass."""
    organization = view.organization
    allowed = _checked(leg.number, leg.responsible, view, note)
    if isinstance(allowed, Barred):
        why = f"{allowed.group}: {allowed.reason}"
        return Reject(status=403, reason="Barred", result="barred", announce=allowed.announce, why=why)
    trunks = _usable(view.facts.trunks(organization.name), organization, note)
    if not trunks:
        return NO_TRUNK
    who = caller(situation, view, leg.set_, note)

    def target(trunk: Trunk) -> TrunkTarget:
        return TrunkTarget(
            trunk=trunk.name,
            number=for_trunk(leg.number, trunk.number_format, organization.country),
            presents=outside(who, organization, trunk.number_format, leg.diverted),
            organization=organization.name,
            account=_name(leg.responsible),
            counts=allowed.counts,
        )

    first, *others = map(target, trunks)
    note("trunk", f"goes out by trunk {first.trunk} as {first.number}{_then(others)}")
    return replace(first, otherwise=tuple(others))


def _checked(number: str, responsible: Responsible, view: View, note: Note) -> Allowed | Barred:
    """What the barring groups of whose call it is say."""
    organization, who = view.organization, _name(responsible)
    user = responsible if isinstance(responsible, User) else None
    barring = organization.effective(BARRING, user).value if user is not None else getattr(responsible, "barring", ())
    own = View(
        facts=view.facts,
        now=view.now,
        organization=organization,
        source=view.source,
        caller=view.caller,
        called=number,
        direction="made",
        user=user,
    )
    allowed = egress(
        number,
        barring,
        organization,
        usage=lambda group: view.facts.usage(organization.name, who, group),
        holds=lambda condition: holds(condition, own),
    )
    if isinstance(allowed, Barred):
        note("barring", f"{allowed.group} bars {who}: {allowed.reason}")
    else:
        for words in allowed.words:
            note("barring", words)
    return allowed


def _name(responsible: Responsible) -> str:
    match responsible:
        case None:
            return ""
        case User(username=name):
            return name
        case service:
            return service.number


def emergency(number: str, situation: Situation, view: View, note: Note) -> Ring | Unreachable:
    """An emergency call: as it is, with nothing hidden, by whichever trunk takes it, busy or not (NUM-4)."""
    organization = view.organization
    facts = view.facts.trunks(organization.name)
    trunks = _usable(facts, organization, note) or [fact.trunk for fact in facts]
    if not trunks:
        return NO_TRUNK

    who = emergency_caller(situation, view, note)

    told = organization.emergency_of(view.user) if view.user is not None else None
    location = (told.location_uri or "") if told is not None else ""

    def target(trunk: Trunk) -> TrunkTarget:
        presents = outside(who, organization, trunk.number_format, ())
        return TrunkTarget(trunk=trunk.name, number=number, presents=replace(presents, location=location))

    first, *others = map(target, trunks)
    note("trunk", f"goes out by trunk {first.trunk} as {number}{_then(others)}")
    assert first.presents is not None
    whole = replace(first, otherwise=tuple(others))
    return Ring(targets=(whole,), seconds=TRUNK_SECONDS, presents=first.presents, emergency=True)


def _then(others: Sequence[TrunkTarget]) -> str:
    return f", and by {', '.join(one.trunk for one in others)} where that fails" if others else ""


def _usable(facts: Sequence[TrunkFact], organization: Organization, note: Note) -> list[Trunk]:
    """The trunks that can take the call, best first."""
    for fact in facts:
        if fact.unusable:
            note("trunk", f"trunk {fact.trunk.name} {fact.unusable}")
    usable = [fact.trunk for fact in facts if not fact.unusable]
    if not usable:
        note("trunk", "no trunk is left to try" if facts else f"{organization.title} has no trunk")
    return usable
