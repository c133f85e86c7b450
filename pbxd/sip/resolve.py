"""From a SIP URI to the places to try, in order (RFC 3263 4).

What stands in a URI as an address is used as it is. A name is looked up by NAPTR for its transports, SRV for its
servers and A and AAAA for their addresses, as far as the URI leaves these open. Answers are kept while they are valid.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from pbxd.address import Address
from pbxd.sip.uri import Uri

if TYPE_CHECKING:
    import dns.asyncresolver

DEFAULT_PORT = {"udp": 5060, "tcp": 5060, "tls": 5061, "ws": 80, "wss": 443}
SERVICES = {"SIP+D2U": "udp", "SIP+D2T": "tcp", "SIPS+D2T": "tls", "SIP+D2W": "ws", "SIPS+D2W": "wss"}
"""NAPTR services and their transports (RFC 3263 4.1, RFC 7118 7)."""
PREFIX = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp", "ws": "_sip._ws", "wss": "_sips._ws"}
"""What goes before a domain to look up its servers (RFC 3263 4.2)."""
SECURE = frozenset({"tls", "wss"})
LOOKUP_SECONDS = 5.0
"""How long the whole look-up of one name may take."""
CACHED = 4096
"""Answers kept at the most."""


class Place(NamedTuple):
    """One server of a URI: by which transport, and where."""

    transport: str
    address: Address


class Resolver(Protocol):
    """Looks names up."""

    async def places(self, uri: Uri) -> Sequence[Place]:
        """Where a request to ``uri`` may be sent, the first to be tried first; empty when nothing is known."""
        ...


def transport_of(uri: Uri) -> str:
    """The transport that a URI asks for where nothing better is known: its parameter, or UDP, or TLS for sips."""
    if uri.scheme == "sips":
        return "wss" if uri.transport in {"ws", "wss"} else "tls"
    return uri.transport or "udp"


def port_of(uri: Uri) -> int:
    """The port of a URI, or its transport's own."""
    return uri.port if uri.port is not None else DEFAULT_PORT.get(transport_of(uri), 5060)


def host_of(uri: Uri) -> str:
    """What to look up: ``maddr`` where it is given (RFC 3263 4), otherwise the host."""
    return uri.param("maddr") or uri.host


def literal(uri: Uri) -> Address | None:
    """The address that a URI spells out, ``None`` where it has a name."""
    try:
        return Address(str(ipaddress.ip_address(host_of(uri))), port_of(uri))
    except ValueError:
        return None


class Service(NamedTuple):
    """An SRV record, as far as it matters."""

    priority: int
    weight: int
    port: int
    host: str


def in_order(services: Iterable[Service], draw: Callable[[], float]) -> list[Service]:
    """Servers by priority, and among equals at random by weight (RFC 2782); ``draw`` gives numbers from 0 to 1."""
    ordered: list[Service] = []
    left = sorted(services, key=lambda service: (service.priority, service.weight > 0))
    while left:
        equals = [service for service in left if service.priority == left[0].priority]
        chosen = draw() * sum(service.weight for service in equals)
        running = 0
        for service in equals:
            running += service.weight
            if running >= chosen:
                break
        ordered.append(service)
        left.remove(service)
    return ordered


class DnsResolver:
    """RFC 3263 over the machine's name servers, or over those that are given."""

    def __init__(
        self,
        *,
        draw: Callable[[], float],
        transports: Sequence[str] = ("udp", "tcp"),
        servers: Sequence[Address] = (),
    ) -> None:
        """``transports`` are those that we can send by, the most wanted first."""
        self._draw = draw
        self._transports = tuple(transports)
        self._servers = tuple(servers)
        self._resolver: dns.asyncresolver.Resolver | None = None

    async def places(self, uri: Uri) -> list[Place]:
        address, transport = literal(uri), transport_of(uri)
        if address is not None:
            return [Place(transport, address)]
        host = host_of(uri)
        if uri.port is not None:
            return await self._hosts(transport, host, uri.port)
        wanted = await self._wanted(uri, host)
        places: list[Place] = []
        for name, each in wanted:
            for service in in_order(await self._srv(name), self._draw):
                places += await self._hosts(each, service.host, service.port)
        return places or await self._hosts(transport, host, DEFAULT_PORT.get(transport, 5060))

    async def _wanted(self, uri: Uri, host: str) -> list[tuple[str, str]]:
        """The SRV names to ask for, each with its transport (RFC 3263 4.1)."""
        if uri.transport is not None:
            transport = transport_of(uri)
            return [(f"{PREFIX[transport]}.{host}", transport)] if transport in PREFIX else []
        named = [
            (name, SERVICES[service])
            for service, name in await self._naptr(host)
            if SERVICES.get(service) in self._transports and (uri.scheme != "sips" or SERVICES[service] in SECURE)
        ]
        usable = [each for each in self._transports if uri.scheme != "sips" or each in SECURE]
        return named or [(f"{PREFIX[each]}.{host}", each) for each in usable]

    async def _hosts(self, transport: str, host: str, port: int) -> list[Place]:
        try:
            return [Place(transport, Address(str(ipaddress.ip_address(host)), port))]
        except ValueError:
            pass
        v4 = [record.address for record in await self._ask(host, "A")]
        v6 = [record.address for record in await self._ask(host, "AAAA")]
        found = [*v4, *v6] or await _known_here(host)
        return [Place(transport, Address(address, port)) for address in found]

    async def _naptr(self, host: str) -> list[tuple[str, str]]:
        records = sorted(await self._ask(host, "NAPTR"), key=lambda record: (record.order, record.preference))
        return [
            (record.service.decode("ascii", "replace").upper(), record.replacement.to_text(omit_final_dot=True))
            for record in records
            if record.flags.lower() == b"s"
        ]

    async def _srv(self, name: str) -> list[Service]:
        return [
            Service(record.priority, record.weight, record.port, record.target.to_text(omit_final_dot=True))
            for record in await self._ask(name, "SRV")
            if record.target.to_text() != "."  # decidedly not available (RFC 2782)
        ]

    async def _ask(self, name: str, kind: str) -> list[Any]:
        """The records of one name; none when it has none or nobody answers, which the next step copes with."""
        import dns.asyncresolver  # 0.3 s to import, and most servers know their trunks by address
        import dns.exception
        import dns.nameserver
        import dns.resolver

        if self._resolver is None:
            resolver = dns.asyncresolver.Resolver(configure=not self._servers)
            if self._servers:
                resolver.nameservers = [dns.nameserver.Do53Nameserver(host, port) for host, port in self._servers]
            resolver.cache = dns.resolver.LRUCache(CACHED)
            resolver.lifetime = LOOKUP_SECONDS
            self._resolver = resolver
        try:
            answer = await self._resolver.resolve(name, kind, raise_on_no_answer=False, search=False)
        except dns.exception.DNSException:
            return []
        return list(answer)


async def _known_here(host: str) -> list[str]:
    """What the operating system says: the hosts file, and whatever else it is set up to ask."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except OSError:
        return []
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
