"""How a route set shapes a request (RFC 3261 12.2.1.1). Pure."""

from __future__ import annotations

from pbxd.sip.headers import NameAddr
from pbxd.sip.uri import Uri


def by_routes(target: Uri, routes: tuple[NameAddr, ...]) -> tuple[Uri, tuple[NameAddr, ...]]:
    """The Request-URI and the Route values of a request to ``target``.

    A first route without ``lr`` is a strict router (RFC 2543): it wants itself as Request-URI, without what may not
    stand in one, and the target as the last route.
    """
    if not routes or routes[0].uri.param("lr") is not None:
        return target, routes
    first = routes[0].uri
    params = tuple(pair for pair in first.params if pair[0].lower() != "method")
    return first.replace(params=params, headers=""), (*routes[1:], NameAddr(display="", uri=target, params=()))
