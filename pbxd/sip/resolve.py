"""From a SIP URI to an address to send to.

What stands in a URI as an address is used as it is; names are looked up by the machine's own resolver. The order of
RFC 3263 (NAPTR, SRV) is built on the same Protocol.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Protocol

from pbxd.address import Address
from pbxd.sip.uri import Uri

DEFAULT_PORT = {"udp": 5060, "tcp": 5060, "tls": 5061, "ws": 80, "wss": 443}


class Resolver(Protocol):
    """Looks names up."""

    async def addresses(self, host: str) -> list[str]:
        """IP addresses of ``host``, best first; empty when it has none or can't be asked."""
        ...


class SystemResolver:
    """What the operating system knows (hosts file, DNS), asked in a thread."""

    async def addresses(self, host: str) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
        except OSError:
            return []
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def transport_of(uri: Uri) -> str:
    """The transport that a URI asks for (RFC 3263 4.1 without NAPTR): its parameter, or UDP, or TLS for sips."""
    return uri.transport or ("tls" if uri.scheme == "sips" else "udp")


def port_of(uri: Uri) -> int:
    """The port of a URI, or its transport's own."""
    return uri.port if uri.port is not None else DEFAULT_PORT.get(transport_of(uri), 5060)


def host_of(uri: Uri) -> str:
    """What to look up: ``maddr`` where it is given (RFC 3261 16.6, RFC 3263 4), otherwise the host."""
    return uri.param("maddr") or uri.host


def literal(uri: Uri) -> Address | None:
    """The address that a URI spells out, ``None`` where it has a name."""
    try:
        return Address(str(ipaddress.ip_address(host_of(uri))), port_of(uri))
    except ValueError:
        return None
