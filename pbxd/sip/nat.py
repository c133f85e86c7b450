"""Who is behind a NAT, and where requests inside a dialog go because of it. Pure."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from pbxd.sip.flow import Flow
    from pbxd.sip.message import Request
    from pbxd.sip.uri import Uri
    from pbxd.sip.values import NameAddr

Destination: TypeAlias = "Flow | Uri | Direct"
"""A flow to send on, or a URI to resolve, or the one and, should it be gone, the other."""

_DEFAULT_PORT = 5060


def is_behind_nat(request: Request, flow: Flow) -> bool:
    """Whether the sender believes to be somewhere else than where ``request`` came from.

    That shows in the topmost Via, and, where the request came directly, in its Contact. Names say nothing, except
    those that are made never to resolve (``.invalid``, RFC 7118 5.2 and browsers' anonymous addresses). May raise
    :class:`pbxd.errors.MalformedMessage` for a Contact that can't be read.
    """
    via = request.via
    if _elsewhere(via.host, flow):
        return True
    # A stream's source port is never the one that its sender listens on.
    if not flow.reliable and _is_address(via.host) and (via.port or _DEFAULT_PORT) != flow.remote.port:
        return True
    contact = request.contact
    return contact is not None and len(request.vias) == 1 and _elsewhere(contact.uri.host, flow)


class Direct(NamedTuple):
    """A peer that was heard with no proxy between. Its flow is what reaches it through NATs and firewalls."""

    flow: Flow
    otherwise: Uri
    """Where to when the flow is gone, as a closed connection is (RFC 5626 5.3)."""


def where_to(route_set: tuple[NameAddr, ...], remote_target: Uri, flow: Flow, direct: bool) -> Destination:
    """Where a request inside a dialog goes (RFC 3261 12.2.1.1): the first of the route set, strict router or not, and
    without one the peer's Contact.

    ``direct``: the peer's own request or response reached us on ``flow`` with no proxy between. Then that comes first,
    whatever its Contact says.
    """
    uri = route_set[0].uri if route_set else remote_target
    return Direct(flow, uri) if direct else uri


def _elsewhere(host: str, flow: Flow) -> bool:
    if host.lower().endswith(".invalid"):
        return True
    return _is_address(host) and ipaddress.ip_address(host) != ipaddress.ip_address(flow.remote.host)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
