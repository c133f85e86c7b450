"""Who calls whom, from what a person writes: a username, a device, or a number as it would be dialled (TOOL-1)."""

from __future__ import annotations

from pbxd.config.hints import nearest
from pbxd.config.snapshot import Configuration
from pbxd.dialplan.numbering import Kind, canonical
from pbxd.dialplan.situation import FromDevice, FromTrunk, Situation, Source
from pbxd.errors import PbxdError
from pbxd.org.organization import Organization
from pbxd.org.users import User
from pbxd.store.search import key_of

ANONYMOUS = "anonymous"
"""The word for a caller from outside who does not say who he is."""


def keys_of(user: User) -> tuple[str, ...]:
    """By what calls of a user are found: his devices, and his lines."""
    keys = [device.name for device in user.devices]
    keys += [key_of(text) for line in user.lines for text in (line.number, line.alias) if text]
    keys += [key_of(device.number) for device in user.devices if device.number]
    return tuple(dict.fromkeys(keys))


class UnknownParty(PbxdError):
    """Nobody is called that; the words say who may have been meant."""


def situation(configuration: Configuration, caller: str, called: str, within: str | None = None) -> Situation:
    """The call of ``caller`` to ``called``, in the organization ``within`` where that is not plain.

    Raises :class:`UnknownParty`.
    """
    organizations = [configuration.organizations[within]] if within else [*configuration.organizations.values()]
    for organization in organizations:
        source = _from_inside(organization, caller)
        if source is not None:
            return Situation(source=source, dialled=_dialled(organization, called))
    if caller != ANONYMOUS and not caller.lstrip("+").isdigit():
        users = [user for one in organizations for user in one.users.values()]
        known = [name for user in users for name in (user.username, *(device.name for device in user.devices))]
        hint = nearest(caller, known) or "write a username, a device, or a number"
        raise UnknownParty(f"nobody is called {caller}: {hint}")
    return _from_outside(configuration, organizations, caller, called)


def _from_inside(organization: Organization, caller: str) -> FromDevice | None:
    """A caller of ours: by username, device or line."""
    user = organization.users.get(caller) or organization.owner(caller)
    if user is None:
        owner = organization.line(canonical(caller, organization).canonical)
        user = owner.user if owner is not None else None
    if user is None:
        return None
    device = organization.device(caller) or next(iter(user.devices), None)
    return FromDevice(
        organization=organization.name,
        user=user.username,
        device=device.name if device is not None else user.username,
    )


def _from_outside(
    configuration: Configuration, organizations: list[Organization], caller: str, called: str
) -> Situation:
    """A caller beyond a trunk; the organization is the one that has the called number, as for a real call."""
    for organization in organizations:
        dialled = _dialled(organization, called)
        reading = canonical(dialled, organization, inbound=True)
        if reading.kind is Kind.INTERNAL or len(organizations) == 1:
            source = _by_trunk(configuration, organization, "" if caller == ANONYMOUS else caller)
            return Situation(source=source, dialled=dialled)
    raise UnknownParty(f"{called} is no number of {', '.join(one.name for one in organizations)}")


def _by_trunk(configuration: Configuration, organization: Organization, number: str) -> Source:
    trunk = next((one for one in configuration.trunks.values() if organization.name in one.organizations), None)
    return FromTrunk(
        organization=organization.name,
        trunk=trunk.name if trunk is not None else "outside",
        number=canonical(number, organization).canonical or number,
        number_format="plus_e164",
        name="",
    )


def _dialled(organization: Organization, called: str) -> str:
    """What is dialled to reach somebody who is named by username, or by the name of a service number."""
    user = organization.users.get(called)
    if user is not None:
        if user.extension is None:
            raise UnknownParty(f"{called} has no line that could be called")
        return user.extension
    service = next((one for one in organization.services() if one.name == called), None)
    return service.number if service is not None else called
