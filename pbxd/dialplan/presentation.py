"""Which number and name a leg shows, inside and outside (CLI)."""

from __future__ import annotations

from dataclasses import replace

from pbxd.config.snapshot import NumberFormat
from pbxd.dialplan.diverted import Diverted
from pbxd.dialplan.numbering import for_trunk, from_trunk
from pbxd.dialplan.situation import FromDevice, FromTrunk, Situation
from pbxd.dialplan.treatment import Presentation
from pbxd.org.levels import ANONYMOUS_CALLS, RINGTONE_EXTERNAL, RINGTONE_INTERNAL
from pbxd.org.organization import Organization
from pbxd.org.users import User


def inside(
    situation: Situation, organization: Organization, diverted: tuple[Diverted, ...], trail: list[str]
) -> Presentation:
    """Who a colleague sees calling: the extension of a user, or the number from outside."""
    diverted = tuple(replace(one, number=_extension(one.number, organization)) for one in diverted)
    match situation.source:
        case FromDevice(user=username, device=device):
            user = organization.users[username]
            hidden = is_hidden(situation, organization, trail)
            return Presentation(number=user.extension or device, name=user.name, hidden=hidden, diverted=diverted)
        case FromTrunk() as source:
            number = caller_number(source, organization)
            return Presentation(number=number, name=source.name, external=True, diverted=diverted)


def outside(
    situation: Situation, organization: Organization, number_format: NumberFormat, diverted: tuple[Diverted, ...]
) -> Presentation:
    """Who the world sees calling: the user's landline, or the switchboard where he has none."""

    def written(number: str) -> str:
        return for_trunk(number, number_format, organization.country)

    diverted = tuple(replace(one, number=written(_public(one.number, organization))) for one in diverted)
    match situation.source:
        case FromDevice(user=username):
            user = organization.users[username]
            number = user.landline or organization.switchboard or user.mobile or ""
            return Presentation(number=written(number), name=user.name, diverted=diverted)
        case FromTrunk() as source:
            number = written(caller_number(source, organization))
            return Presentation(number=number, name=source.name, external=True, diverted=diverted)


def alerting(presents: Presentation, callee: User, organization: Organization, trail: list[str]) -> Presentation:
    """The same, with how the callee's phones are to ring for such a call (CLI-8)."""
    ringtone = organization.effective(RINGTONE_EXTERNAL if presents.external else RINGTONE_INTERNAL, callee)
    if not ringtone.value:
        return presents
    trail.append(str(ringtone))
    return replace(presents, ringtone=ringtone.value)


def is_hidden(situation: Situation, organization: Organization, trail: list[str]) -> bool:
    """Whether the phone asks that nobody learns who calls, and its user may ask so (CLI-5)."""
    source = situation.source
    if not isinstance(source, FromDevice) or not source.hidden:
        return False
    allowed = organization.effective(ANONYMOUS_CALLS, organization.users[source.user])
    trail.append(f"{source.device} wants to stay unknown: {allowed}")
    return allowed.value


def _extension(number: str, organization: Organization) -> str:
    """What colleagues know a number by."""
    owner = organization.line(number)
    return (owner.user.extension or number) if owner is not None else number


def _public(number: str, organization: Organization) -> str:
    """What the world knows a number by: a short one is nobody's outside."""
    owner = organization.line(number)
    if number.startswith("+") or owner is None:
        return number
    return owner.user.landline or organization.switchboard or ""


def caller_number(source: FromTrunk, organization: Organization) -> str:
    """The caller's canonical number, empty when anonymous."""
    return source.number and from_trunk(source.number, source.number_format, organization.country)


def to_linked(presents: Presentation, situation: Situation, home: Organization) -> Presentation:
    """The same for somebody of a linked organization, who knows numbers and none of our extensions (NUM-9)."""
    if not isinstance(situation.source, FromDevice):
        return presents
    user = home.users[situation.source.user]
    return replace(presents, number=user.landline or home.switchboard or user.mobile or "")
