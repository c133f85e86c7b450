"""What the decision trail says of calls, hops and outcomes."""

from __future__ import annotations

from pbxd.dialplan.moves import kind_of
from pbxd.dialplan.situation import FromDevice, FromTrunk, Hop, Situation
from pbxd.dialplan.treatment import Busy, Declined, NoAnswer, Outcome, Unreachable
from pbxd.org.organization import Organization


def caller(situation: Situation, organization: Organization) -> str:
    """Who calls what, from where, and by way of whom."""
    match situation.source:
        case FromDevice(user=user, device=device):
            return f"{user} of {organization.title} calls {situation.dialled} from {device}"
        case FromTrunk(trunk=trunk, number=number):
            called = f"{number or 'an anonymous caller'} calls {situation.dialled} by trunk {trunk}"
            before = ", ".join(map(str, situation.source.diverted))
            return f"{called}, sent on by {before}" if before else called


def party(hop: Hop) -> str:
    """Whom a hop is for."""
    return hop.user or hop.service or hop.number


def outcome(of: Outcome) -> str:
    """What came of a treatment."""
    match of:
        case Unreachable(status=status, reason=reason):
            return f"can't be reached: {status} {reason}"
        case Busy() | NoAnswer() | Declined():
            return kind_of(of)
        case _:
            return str(of)
