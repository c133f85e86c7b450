"""All our transports together: where we listen, by which flow a URI is reached, and how we name ourselves there."""

from __future__ import annotations

from typing import Protocol

from pbxd.network import Address, Network
from pbxd.sip.flow import Flow
from pbxd.sip.resolve import Resolver, literal, transport_of
from pbxd.sip.transport.stream import Spawn, StreamTransport, StreamUser
from pbxd.sip.transport.udp import UdpTransport
from pbxd.sip.uri import Uri, sip_uri

UNSPECIFIED = frozenset({"0.0.0.0", "::", ""})  # noqa: S104  compared, not bound


class SocketsUser(StreamUser, Protocol):
    """Who gets what arrives: every message, of any transport, by ``message``."""


class Sockets:
    """Our sockets, found by flow."""

    def __init__(
        self, network: Network, *, user: SocketsUser, resolver: Resolver, spawn: Spawn, external_address: str | None
    ) -> None:
        """``external_address`` replaces our own in Via and Contact; ``spawn`` starts a task in the server's group."""
        self._network = network
        self._resolver = resolver
        self._external = external_address
        self._udp = UdpTransport(network, user.message)
        self._tcp = StreamTransport("tcp", network, user, spawn)

    @property
    def connections(self) -> int:
        """Open stream connections."""
        return len(self._tcp)

    async def listen(self, transport: str, local: Address) -> Address:
        """Listen on ``local`` by ``udp`` or ``tcp``; returns the bound address. Raises :class:`OSError`."""
        match transport:
            case "udp":
                return self._udp.listen(local)
            case "tcp":
                return await self._tcp.listen(local)
            case _:
                raise ValueError(f"no such transport: {transport}")

    def close(self) -> None:
        """Let go of all of them."""
        self._udp.close()
        self._tcp.close()

    def send(self, data: bytes, flow: Flow) -> bool:
        """Send one message; ``False`` when the flow is gone."""
        return self._udp.send(data, flow) if flow.transport == "udp" else self._tcp.send(data, flow)

    def alive(self, flow: Flow) -> bool:
        """Whether we can still send on ``flow``: its socket is ours, or its connection open."""
        return self._udp.has(flow) if flow.transport == "udp" else self._tcp.has(flow)

    def flow_to(self, uri: Uri) -> Flow | None:
        """The flow to a URI that spells out its address; ``None`` where it has a name, or there is no way."""
        address = literal(uri)
        return None if address is None else self._flow(transport_of(uri), address)

    async def route(self, uri: Uri) -> Flow | None:
        """The flow to a URI, looking its name up where needed; ``None`` when there is no way to it."""
        return next(iter(await self.routes(uri)), None)

    async def routes(self, uri: Uri) -> list[Flow]:
        """The flows by which a URI may be reached, the first to be tried first (RFC 3263 4.3)."""
        if literal(uri) is not None:
            flow = self.flow_to(uri)
            return [flow] if flow is not None else []
        flows = (self._flow(transport, address) for transport, address in await self._resolver.places(uri))
        return [flow for flow in flows if flow is not None]

    def _flow(self, transport: str, remote: Address) -> Flow | None:
        match transport:
            case "udp":
                return self._udp.flow_to(remote)
            case "tcp":
                return self._tcp.flow_to(remote)
            case _:
                return None

    def advertised(self, flow: Flow) -> tuple[str, int]:
        """The host and port by which the far end of ``flow`` reaches us (for Via and Contact)."""
        local = flow.local
        if self._external is not None:
            return self._external, local.port
        if local.host in UNSPECIFIED:
            return self._network.source(flow.remote), local.port
        return local.host, local.port

    def contact(self, flow: Flow, user: str = "") -> Uri:
        """Our Contact toward the far end of ``flow``."""
        host, port = self.advertised(flow)
        if flow.transport == "udp":
            return sip_uri(user, host, port)
        return sip_uri(user, host, port, transport=flow.transport)
