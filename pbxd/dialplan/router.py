"""Where a call goes, and why: one pure function for live calls and for every tool.

The order is: who calls; a redirection by the phone that was rung; the number (emergency numbers before anything else);
then what is left to try. What was tried comes back in as an outcome, so the next decision is the same function again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pbxd.config.snapshot import Trunk
from pbxd.dialplan.diverted import Diverted, loop
from pbxd.dialplan.numbering import Dialled, Kind, canonical, for_trunk
from pbxd.dialplan.presentation import alerting, inside, is_hidden, outside
from pbxd.dialplan.situation import Facts, FromDevice, FromTrunk, Situation
from pbxd.dialplan.treatment import (
    Busy,
    Completed,
    Declined,
    DeviceTarget,
    NoAnswer,
    Outcome,
    Redirected,
    Reject,
    Ring,
    Transferred,
    Treatment,
    TrunkTarget,
    Unreachable,
)
from pbxd.errors import MalformedMessage
from pbxd.org.levels import RING_SECONDS
from pbxd.org.organization import Organization
from pbxd.org.users import LineOwner
from pbxd.sip.uri import Uri

MAX_REDIRECTIONS = 5
"""How often phones may send one call on before it is refused as a loop."""
KEPT_FROM_CALLERS = frozenset({401, 405, 407, 408, 415, 420, 421, 423, 481, 487, 491})
"""Failures that are between us and the far end, and would be misread as about the caller's own request. So would all
of 500 to 599: a 503 makes phones and proxies give the whole server up."""
TRUNK_SECONDS = 180.0
"""How long a number beyond a trunk may ring; carriers give up earlier by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do next, and every step of the way there in words."""

    treatment: Treatment | None
    """``None``: the story is over, nothing is left to do."""
    called: str
    """The canonical number that this decision is about."""
    trail: tuple[str, ...]


def decide(situation: Situation, facts: Facts) -> Decision:
    """The next treatment of a call. Total, without side effects, and bounded in turns: each outcome narrows it."""
    organization = facts.organization(situation.source.organization)
    trail = [_caller_in_words(situation, organization)]
    last = situation.turns[-1].outcome if situation.turns else None
    if isinstance(last, Completed):
        return Decision(treatment=None, called="", trail=("the parties talked, and the call is over",))
    dialled, diverted = _where_to(situation, organization, trail)
    if len(diverted) > MAX_REDIRECTIONS:
        trail.append(f"redirected {len(diverted)} times, which is a loop")
        return _reject(482, "Loop Detected", "rejected", dialled, trail)
    before = situation.source.diverted if isinstance(situation.source, FromTrunk) else ()
    problem = loop((*before, *diverted)) if diverted else None
    if problem is not None:
        status, reason, words = problem
        trail.append(words)
        return _reject(status, reason, "rejected", dialled, trail)
    outcomes = _outcomes_since_redirection(situation)
    if dialled.kind is Kind.INTERNAL:
        return _internal(situation, facts, organization, dialled, (*before, *diverted), outcomes, trail)
    outsider = isinstance(situation.source, FromTrunk) and (not diverted or dialled.kind is Kind.EMERGENCY)
    if dialled.kind is Kind.INVALID or outsider:
        # What comes from outside reaches our own numbers only, unless one of us sends it on.
        trail.append(f"{dialled.canonical or dialled.raw} is no number of {organization.name}")
        return _reject(404, "Not Found", "rejected", dialled, trail)
    return _external(situation, facts, organization, dialled, (*before, *diverted), outcomes, trail)


def _caller_in_words(situation: Situation, organization: Organization) -> str:
    match situation.source:
        case FromDevice(user=user, device=device):
            return f"{user} of {organization.name} calls {situation.dialled} from {device}"
        case FromTrunk(trunk=trunk, number=number):
            called = f"{number or 'an anonymous caller'} calls {situation.dialled} by trunk {trunk}"
            before = ", ".join(map(str, situation.source.diverted))
            return f"{called}, sent on by {before}" if before else called


def _where_to(
    situation: Situation, organization: Organization, trail: list[str]
) -> tuple[Dialled, tuple[Diverted, ...]]:
    """The number that counts now: what was dialled, or where the last phone that was rung sent the call on.

    And who of us sent it on so far, the oldest first.
    """
    dialled = canonical(situation.dialled, organization)
    trail.extend(dialled.words)
    diverted: list[Diverted] = []
    for turn in situation.turns:
        if isinstance(turn.outcome, Redirected):
            diverted.append(_sent_on(turn.outcome, dialled, organization))
            target = turn.outcome.to[0] if turn.outcome.to else ""
            trail.append(f"{turn.outcome.by} redirects the call to {target or 'nowhere'}")
            dialled = canonical(_user_of(target), organization)
            trail.extend(dialled.words)
    return dialled, tuple(diverted)


def _sent_on(redirected: Redirected, dialled: Dialled, organization: Organization) -> Diverted:
    """A phone's redirection as its user's diversion: from the number that was called, by its full form."""
    owner = organization.line(dialled.canonical)
    number = owner.line.number if owner is not None else dialled.canonical
    # A phone that sends on at once does so by a setting of its own; one that rang was told to by somebody.
    return Diverted(number=number, reason="deflection" if redirected.rang else "unconditional")


def _user_of(target: str) -> str:
    """What a redirection dials: the user part of its URI, nothing where that can't be read."""
    try:
        return Uri.parse(target).user
    except MalformedMessage:
        return ""


def _outcomes_since_redirection(situation: Situation) -> tuple[Outcome, ...]:
    outcomes: list[Outcome] = []
    for turn in situation.turns:
        if isinstance(turn.outcome, Redirected):
            outcomes.clear()
        else:
            outcomes.append(turn.outcome)
    return tuple(outcomes)


def _internal(
    situation: Situation,
    facts: Facts,
    organization: Organization,
    dialled: Dialled,
    diverted: tuple[Diverted, ...],
    outcomes: tuple[Outcome, ...],
    trail: list[str],
) -> Decision:
    owner = organization.line(dialled.canonical)
    if owner is None:
        trail.append(f"{dialled.canonical} belongs to nobody")
        return _reject(404, "Not Found", "rejected", dialled, trail)
    trail.append(f"{dialled.canonical} is a line of {owner.user.username}")
    if outcomes:
        return _give_up(outcomes[-1], owner.user.username, dialled, trail)
    targets = _devices(facts, organization, owner, situation, trail)
    if not targets:
        trail.append(f"no phone of {owner.user.username} is registered")
        return _reject(480, "Temporarily Unavailable", "unreachable", dialled, trail)
    seconds = organization.effective(RING_SECONDS, owner.user)
    trail.append(str(seconds))
    presents = alerting(inside(situation, organization, diverted, trail), owner.user, organization, trail)
    ring = Ring(targets=targets, seconds=float(seconds.value), presents=presents)
    return Decision(treatment=ring, called=dialled.canonical, trail=tuple(trail))


def _devices(
    facts: Facts, organization: Organization, owner: LineOwner, situation: Situation, trail: list[str]
) -> tuple[DeviceTarget, ...]:
    """Every registered device of the user, but not the one that is calling."""
    calling = situation.source.device if isinstance(situation.source, FromDevice) else None
    targets = []
    for device in owner.user.devices:
        if device.name == calling:
            trail.append(f"{device.name} is calling itself, so it does not ring")
        elif not device.registers:
            continue
        elif facts.registered(organization.name, device.name):
            trail.append(f"{device.name} is registered")
            targets.append(DeviceTarget(organization=organization.name, user=owner.user.username, device=device.name))
        else:
            trail.append(f"{device.name} is not registered")
    return tuple(targets)


def _external(
    situation: Situation,
    facts: Facts,
    organization: Organization,
    dialled: Dialled,
    diverted: tuple[Diverted, ...],
    outcomes: tuple[Outcome, ...],
    trail: list[str],
) -> Decision:
    if outcomes and not _another_trunk_may_do(outcomes[-1]):
        return _give_up(outcomes[-1], dialled.canonical, dialled, trail)
    trunk = _next_trunk(situation, facts, organization, trail)
    if trunk is None:
        return _give_up(outcomes[-1] if outcomes else Unreachable(), dialled.canonical, dialled, trail)
    number = dialled.canonical
    if dialled.kind is not Kind.EMERGENCY:
        number = for_trunk(dialled.canonical, trunk.number_format, organization.country)
    trail.append(f"goes out by trunk {trunk.name} as {number}")
    presents = outside(situation, organization, trunk.number_format, diverted)
    if dialled.kind is not Kind.EMERGENCY:  # who calls for help must be found
        presents = replace(presents, hidden=is_hidden(situation, organization, trail))
    ring = Ring(targets=(TrunkTarget(trunk=trunk.name, number=number),), seconds=TRUNK_SECONDS, presents=presents)
    return Decision(treatment=ring, called=dialled.canonical, trail=tuple(trail))


def _next_trunk(situation: Situation, facts: Facts, organization: Organization, trail: list[str]) -> Trunk | None:
    """The best trunk that this call has not tried and that can take it."""
    tried = {
        target.trunk
        for turn in situation.turns
        if isinstance(turn.treatment, Ring)
        for target in turn.treatment.targets
        if isinstance(target, TrunkTarget)
    }
    facts_of_trunks = facts.trunks(organization.name)
    for fact in facts_of_trunks:
        if fact.trunk.name in tried:
            trail.append(f"trunk {fact.trunk.name} was tried")
        elif fact.unusable:
            trail.append(f"trunk {fact.trunk.name} {fact.unusable}")
        else:
            return fact.trunk
    trail.append("no trunk is left to try" if facts_of_trunks else f"{organization.name} has no trunk")
    return None


def _another_trunk_may_do(outcome: Outcome) -> bool:
    """Failures of the trunk itself are worth another one; what the far end said is not (TRK-1)."""
    return isinstance(outcome, Unreachable) and (outcome.status == 408 or outcome.status // 100 == 5)


def _give_up(outcome: Outcome, who: str, dialled: Dialled, trail: list[str]) -> Decision:
    """Nothing is left to try: tell the caller what came of it."""
    match outcome:
        case Busy():
            trail.append(f"{who} is busy")
            return _reject(486, "Busy Here", "busy", dialled, trail)
        case Declined():
            trail.append(f"{who} declined")
            return _reject(603, "Decline", "declined", dialled, trail)
        case NoAnswer():
            trail.append(f"{who} did not answer")
            return _reject(480, "Temporarily Unavailable", "no-answer", dialled, trail)
        case Unreachable(status=status, reason=reason):
            trail.append(f"{who} can't be reached: {status} {reason}")
            if status in KEPT_FROM_CALLERS or status // 100 != 4:
                status, reason = 480, "Temporarily Unavailable"
            return _reject(status, reason, "unreachable", dialled, trail)
        case Completed() | Redirected() | Transferred():
            raise AssertionError(f"{outcome} is followed up before anybody gives up")


def _reject(status: int, reason: str, result: str, dialled: Dialled, trail: list[str]) -> Decision:
    treatment = Reject(status=status, reason=reason, result=result)
    return Decision(treatment=treatment, called=dialled.canonical, trail=tuple(trail))
