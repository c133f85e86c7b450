"""Who calls, and what was dialled, as the dialplan sees it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pbxd.calls.admission import Device, KnownTrunk
from pbxd.config.snapshot import Configuration, Trunk
from pbxd.dialplan.codes import without_pin
from pbxd.dialplan.diverted import told_by
from pbxd.dialplan.numbering import from_trunk
from pbxd.dialplan.presentation import caller_number
from pbxd.dialplan.situation import FromDevice, FromTrunk, Source
from pbxd.errors import MalformedMessage, Refused
from pbxd.org.organization import Organization
from pbxd.sip.headers import NameAddr
from pbxd.sip.message import Request
from pbxd.sip.replaces import Meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A call as it came."""

    source: Source
    dialled: str
    """The number as the phone or trunk wrote it."""
    party: str
    """The device or trunk that it came from."""
    withheld: str = field(default="", repr=False)
    """A PIN that was dialled: the number has zeros in its place, because it is written down in many places."""
    replaces: Meant | None = None
    """The dialog that the caller may take over (RFC 3891)."""


def arrival(request: Request, admitted: Device | KnownTrunk, configuration: Configuration) -> Arrival:
    """Read an INVITE. Raises :class:`Refused` (403) for a device that no user has."""
    match admitted:
        case Device(organization=organization, name=name):
            owner = organization.owner(name)
            if owner is None:
                raise Refused(403, "Forbidden")
            hidden = _wants_privacy(request) or _nowhere(request.from_)
            source = FromDevice(organization=organization.name, user=owner.username, device=name, hidden=hidden)
            dialled, pin = without_pin(request.uri.user, organization)
            return Arrival(source=source, dialled=dialled, party=name, withheld=pin)
        case KnownTrunk(trunk, registered):
            called = called_number(request, trunk, registered=registered)
            number, name = _caller(request, trunk)
            organization_name = _organization_of(called, trunk, configuration)
            country = configuration.organizations[organization_name].country
            by_trunk = FromTrunk(
                organization=organization_name,
                trunk=trunk.name,
                number=number,
                number_format=trunk.number_format,
                name=name,
                diverted=tuple(
                    replace(one, number=one.number and from_trunk(one.number, trunk.number_format, country))
                    for one in told_by(request.headers)
                ),
            )
            return Arrival(source=by_trunk, dialled=called, party=trunk.name)


def called_number(request: Request, trunk: Trunk, *, registered: bool) -> str:
    """Where this trunk writes the number that was called.

    ``registered`` says that the Request-URI is the Contact that we registered, which names us and nobody else.
    """
    where = trunk.called_number_from
    if where == "p-called-party-id":  # RFC 7315 4.2
        written = _address(request.headers.get("P-Called-Party-ID"))
        if written is not None:
            return written.uri.user
    if where == "request-uri" and not registered:
        return request.uri.user
    return request.to.uri.user


def _caller(request: Request, trunk: Trunk) -> tuple[str, str]:
    """Number and name; both empty for somebody who does not want to be known (RFC 3323, RFC 3325)."""
    caller = request.from_
    if trunk.trusted:
        caller = _address(request.headers.get("P-Asserted-Identity")) or caller
    if _wants_privacy(request) or caller.uri.user.lower() == "anonymous" or _nowhere(caller):
        return "", ""
    return caller.uri.user, caller.display


def _wants_privacy(request: Request) -> bool:
    """Whether the caller asks by Privacy to stay unknown (RFC 3323 4.2, RFC 3325 9.3)."""
    privacy = {token.strip().lower() for token in (request.headers.get("Privacy") or "").split(";")}
    return bool(privacy & {"id", "user", "header"})


def _nowhere(caller: NameAddr) -> bool:
    return caller.uri.host.lower().endswith(".invalid")


def _address(value: str | None) -> NameAddr | None:
    """The first address of a header; one that can't be read counts as absent."""
    try:
        return NameAddr.parse_list(value)[0] if value else None
    except MalformedMessage:
        return None


def _organization_of(called: str, trunk: Trunk, configuration: Configuration) -> str:
    """Of the organizations that share a trunk, the one whose number was called; the first, when nobody has it."""
    for name in trunk.organizations:
        organization = configuration.organizations[name]
        number = from_trunk(called, trunk.number_format, organization.country)
        if organization.line(number) is not None or organization.in_ranges(number):
            return name
    return trunk.organizations[0]


def caller_of(source: Source, organization: Organization) -> tuple[str, str]:
    """Number and name of a caller, for people."""
    match source:
        case FromDevice(user=username, device=device):
            user = organization.users[username]
            return user.extension or device, user.name
        case FromTrunk():
            return caller_number(source, organization), source.name
