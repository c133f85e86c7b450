"""Who may take whose place by INVITE with Replaces (RFC 3891), and what the others are told; Join (RFC 3911) too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.calls.directory import user_at
from pbxd.dialplan.situation import FromDevice
from pbxd.errors import MalformedMessage
from pbxd.org.permissions import PICKUP
from pbxd.sip.headers import NameAddr
from pbxd.sip.replaces import Meant, of_invite

if TYPE_CHECKING:
    from pbxd.calls.leg import Leg
    from pbxd.calls.live_legs import LiveLegs
    from pbxd.dialplan.situation import Source
    from pbxd.org.organization import Organization
    from pbxd.sip.message import Request


def wanted(invite: Request, legs: LiveLegs, source: Source, organization: Organization) -> Meant | int | None:
    """The dialog whose party ``source`` may replace; a status to refuse the INVITE with; or ``None`` where it is a call
    like any other.

    Raises :class:`MalformedMessage` (400) for headers that mean nothing.
    """
    found = of_invite(invite)
    if found is None:
        return None
    header, meant = found
    old = legs.find(meant)
    if old is None:
        return 481
    if header == "Join":
        return 603  # RFC 3911 4: we don't want to
    allowed = _own(old.source, source) or _picks_up(old, source, organization)
    if not (allowed or _sent_by_party(invite, old, source, organization)):
        return 403
    if old.answered and meant.early_only:
        return 486  # RFC 3891 3
    if not old.answered and old.inbound:
        return 481  # one that we only answer is nobody's to pick up
    return meant


def _own(theirs: Source, ours: Source) -> bool:
    """Whether it is his own call, on another of his devices."""
    match theirs, ours:
        case FromDevice(), FromDevice():
            return (theirs.organization, theirs.user) == (ours.organization, ours.user)
        case _:
            return False


def _picks_up(old: Leg, source: Source, organization: Organization) -> bool:
    """Whether it rings at a colleague whose calls he may pick up (CODE-3): so does the key of a busy lamp."""
    theirs = old.source
    match theirs, source:
        case FromDevice(), FromDevice() if not old.answered and theirs.organization == source.organization:
            return bool(organization.may(source.user, PICKUP, theirs.user))
        case _:
            return False


def _sent_by_party(invite: Request, old: Leg, source: Source, organization: Organization) -> bool:
    """Whether the party itself sent this colleague (RFC 3892), who could not know its dialog's tags otherwise."""
    party = old.source
    if not isinstance(party, FromDevice) or not isinstance(source, FromDevice):
        return False
    try:
        by = NameAddr.parse(invite.headers.get("Referred-By") or "").uri.user
    except MalformedMessage:
        return False
    user = user_at(organization, by)
    return party.organization == source.organization and user is not None and user.username == party.user
