"""What an INVITE of ours is to say, before it is known under which tag and Call-ID it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pbxd.sip.digest_client import DigestClient
from pbxd.sip.failover import Ways
from pbxd.sip.flow import Flow
from pbxd.sip.headers import NameAddr
from pbxd.sip.message import Headers, Request
from pbxd.sip.routing import by_routes
from pbxd.sip.uri import Uri

MAX_FORWARDS: Final = 70
"""RFC 3261 8.1.1.6."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A call to be placed."""

    target: Uri
    """The Request-URI."""
    flow: Flow
    """Where the INVITE goes."""
    from_: str
    """Our From, without tag."""
    to: str
    user: str
    """The user part of our Contact."""
    headers: tuple[tuple[str, str], ...]
    """What else it says."""
    body: bytes
    """Our SDP offer."""
    direct: bool
    """Whether the peer itself, not a proxy, is at the far end of ``flow``."""
    max_forwards: int = MAX_FORWARDS
    """How many proxies it may pass; one fewer than the call that it goes on from, so that loops end."""
    credentials: DigestClient | None = None
    """What its challenge is answered with."""
    routes: tuple[NameAddr, ...] = ()
    """By which proxies it is to go."""
    ways: Ways | None = None
    """Where else the INVITE may go when ``flow``, the first of them, leads to nobody who takes it."""

    def request(self, *, contact: Uri, tag: str, call_id: str, cseq: int, server: str) -> Request:
        """The INVITE, complete but for its Via."""
        uri, routes = by_routes(self.target, self.routes)
        fields = [
            ("Max-Forwards", str(self.max_forwards)),
            ("From", f"{self.from_};tag={tag}"),
            ("To", self.to),
            ("Call-ID", call_id),
            ("CSeq", f"{cseq} INVITE"),
            ("Contact", f"<{contact}>"),
            *(("Route", str(route)) for route in routes),
            *self.headers,
            ("User-Agent", server),
            ("Content-Type", "application/sdp"),
        ]
        return Request("INVITE", uri, Headers(fields), self.body)
