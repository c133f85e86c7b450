"""Which addresses sound may be sent to, and which of our own reach them."""

from __future__ import annotations

import socket

from pbxd.network import Address


def reach(host: str) -> tuple[bool, bool]:
    """Whether an address is IPv6, and whether it is on loopback."""
    return ":" in host, host.startswith("127.") or host == "::1"


def check_all(*addresses: Address | None) -> None:
    """Refuse (ValueError) what can't be sent to, here and not per packet."""
    for address in addresses:
        if address is not None:
            _check(address)


def _check(address: Address) -> None:
    """A host name in particular is refused: it would make every ``sendto`` a DNS query."""
    v6 = ":" in address.host
    try:
        packed = socket.inet_pton(socket.AF_INET6 if v6 else socket.AF_INET, address.host)
    except OSError:
        raise ValueError(f"{address.host} is no IP address") from None
    if not any(packed) or packed[0] == 0xFF or (not v6 and packed[0] >= 0xE0):
        raise ValueError(f"{address.host} is no address of one party")  # unspecified, multicast, broadcast
    if not 0 < address.port < 1 << 16:
        raise ValueError(f"{address.port} is no port")
