"""Where a peer is reachable (RFC 5626): which of our sockets, and the far address behind it."""

from __future__ import annotations

from dataclasses import dataclass, field

from pbxd.address import Address


@dataclass(frozen=True, slots=True)
class Flow:
    """A pair of addresses, and for streams the one connection between them.

    Sending on the flow on which a peer was heard is what reaches it behind NAT; a flow of a stream dies with its
    connection.
    """

    transport: str
    """``udp``, ``tcp``, ``tls``, ``ws`` or ``wss``."""
    local: Address
    remote: Address
    connection: int = 0
    """Serial number of a stream's connection on this server; 0 for datagrams."""
    undecided: bool = field(default=False, compare=False)
    """UDP was our choice and nobody's wish, so that a long request may go by TCP instead (RFC 3261 18.1.1)."""

    @property
    def reliable(self) -> bool:
        """Whether the transport retransmits by itself, so that SIP must not (RFC 3261 17)."""
        return self.transport != "udp"

    def __str__(self) -> str:
        return f"{self.transport}:{self.remote}"
