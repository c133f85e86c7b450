"""All our transports together: where we listen, by which flow a URI is reached, and how we name ourselves there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pbxd.address import Advertising, External
from pbxd.network import Address, Network
from pbxd.sip.flow import Flow
from pbxd.sip.nat import Destination, Direct
from pbxd.sip.resolve import SECURE, Resolver, host_of, literal, transport_of
from pbxd.sip.transport.certificates import Certificates
from pbxd.sip.transport.limits import Doors, StreamLimits
from pbxd.sip.transport.local import UNSPECIFIED
from pbxd.sip.transport.stream import WEB, Spawn, StreamTransport, StreamUser
from pbxd.sip.transport.udp import UdpTransport
from pbxd.sip.uri import Uri, sip_uri

DEAF_SECONDS = 600.0
"""For how long a long request goes by UDP to who could not be reached by TCP."""
DEAF_REMEMBERED = 1024
STREAMS = ("tcp", "tls", "ws", "wss")


class SocketsUser(StreamUser, Protocol):
    """Who gets what arrives: every message, of any transport, by ``message``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How we meet the world; the defaults are those of a server without NAT and TLS."""

    external: Sequence[External] = ()
    """What replaces our own address in Via and Contact."""
    certificates: Certificates | None = None
    limits: Callable[[], StreamLimits] = StreamLimits
    large_by_tcp: bool = False
    """Whether requests over 1,300 bytes go by TCP where nothing says how (RFC 3261 18.1.1)."""


class Sockets:
    """Our sockets, found by flow."""

    def __init__(
        self,
        network: Network,
        *,
        user: SocketsUser,
        resolver: Resolver,
        spawn: Spawn,
        reach: Reach | None = None,
    ) -> None:
        """``spawn`` starts a task in the server's group."""
        reach = reach or Reach()
        self._loop = asyncio.get_running_loop()
        self._network = network
        self._spawn = spawn
        self._resolver = resolver
        self._advertising = Advertising(reach.external, network.attached() if reach.external else ())
        self._udp = UdpTransport(network, user.message)
        self._doors = Doors(reach.limits)
        self._large_by_tcp = reach.large_by_tcp
        self._deaf: dict[Address, float] = {}
        """Who could not be reached by TCP, and until when that is not tried again."""
        certificates = reach.certificates or Certificates(None)
        self._streams = {
            name: StreamTransport(name, network, user, spawn, doors=self._doors, certificates=certificates)
            for name in STREAMS
        }

    @property
    def connections(self) -> int:
        """Open stream connections."""
        return sum(map(len, self._streams.values()))

    @property
    def refused(self) -> int:
        """Connections that found no room."""
        return self._doors.refused

    async def listen(self, transport: str, local: Address, path: str = "") -> Address:
        """Listen on ``local``; returns the bound address. Raises :class:`OSError`.

        ``path`` is what WebSocket clients have to ask for; empty: anything.
        """
        return self._udp.listen(local) if transport == "udp" else await self._streams[transport].listen(local, path)

    def close(self) -> None:
        """Let go of all of them."""
        self._udp.close()
        for stream in self._streams.values():
            stream.close()

    def send(self, data: bytes, flow: Flow) -> bool:
        """Send one message; ``False`` when the flow is gone."""
        transport = flow.transport
        return self._udp.send(data, flow) if transport == "udp" else self._streams[transport].send(data, flow)

    def ping(self, flow: Flow) -> None:
        """Keep a NAT's binding for a UDP flow open: a datagram that is no message, and that nobody answers."""
        self._udp.send(b"\r\n\r\n", flow)

    def alive(self, flow: Flow) -> bool:
        """Whether we can still send on ``flow``: its socket is ours, or its connection open."""
        return self._udp.has(flow) if flow.transport == "udp" else self._streams[flow.transport].has(flow)

    def peer_names(self, flow: Flow) -> tuple[str, ...]:
        """The DNS names in the certificate of the flow's peer, where it showed one that we verified."""
        return self._streams[flow.transport].peer_names(flow) if flow.transport in SECURE else ()

    def alias(self, flow: Flow, port: int) -> None:
        """The peer of a connection wants our requests to ``port`` of its address on it (RFC 5923 ``;alias``)."""
        if flow.transport not in WEB and flow.reliable:
            self._streams[flow.transport].alias(flow, port)

    def flow_to(self, uri: Uri) -> Flow | None:
        """The flow to a URI that spells out its address; ``None`` where it has a name, or there is no way."""
        address = literal(uri)
        return None if address is None else self._flow(uri, transport_of(uri), address, address.host)

    def resolve(self, destination: Destination, found: Callable[[Flow | None], None]) -> None:
        """Tell ``found`` the flow to a destination, at once or when its name is looked up; ``None`` for no way."""
        if isinstance(destination, Direct):
            destination = destination.flow if self.alive(destination.flow) else destination.otherwise
        if isinstance(destination, Flow):
            found(destination)
        elif literal(destination) is not None:
            found(self.flow_to(destination))
        else:
            self._spawn(self._look_up(destination, found))

    def resolve_all(self, uri: Uri, found: Callable[[list[Flow]], None]) -> None:
        """Tell ``found`` the flows by which a URI may be reached, at once or when its name is looked up."""
        if literal(uri) is not None:
            flow = self.flow_to(uri)
            found([flow] if flow is not None else [])
        else:
            self._spawn(self._look_all_up(uri, found))

    async def _look_up(self, uri: Uri, found: Callable[[Flow | None], None]) -> None:
        found(next(iter(await self.routes(uri)), None))

    async def _look_all_up(self, uri: Uri, found: Callable[[list[Flow]], None]) -> None:
        found(await self.routes(uri))

    async def routes(self, uri: Uri) -> list[Flow]:
        """The flows by which a URI may be reached, the first to be tried first (RFC 3263 4.3)."""
        if literal(uri) is not None:
            flow = self.flow_to(uri)
            return [flow] if flow is not None else []
        name = host_of(uri)
        flows = (self._flow(uri, transport, address, name) for transport, address in await self._resolver.places(uri))
        return [flow for flow in flows if flow is not None]

    def _flow(self, uri: Uri, transport: str, remote: Address, name: str) -> Flow | None:
        """``name`` is whom a TLS peer has to show that it is: what stood in the URI, whatever DNS made of it."""
        if transport == "udp":
            return self._udp.flow_to(remote, undecided=self._large_by_tcp and uri.transport is None)
        stream = self._streams.get(transport)
        return stream.flow_to(remote, name.lower()) if stream is not None else None

    def stream_instead(self, flow: Flow) -> Flow | None:
        """The TCP flow to where a UDP flow leads; ``None`` where that failed a while ago."""
        if self._deaf.get(flow.remote, 0.0) > self._loop.time():
            return None
        return self._streams["tcp"].flow_to(flow.remote)

    def stream_failed(self, flow: Flow) -> None:
        """TCP does not lead to where ``flow`` does."""
        if len(self._deaf) >= DEAF_REMEMBERED:
            self._deaf.clear()
        self._deaf[flow.remote] = self._loop.time() + DEAF_SECONDS

    def advertised(self, flow: Flow) -> tuple[str, int]:
        """The host and port by which the far end of ``flow`` reaches us (for Via and Contact)."""
        local = flow.local
        told = self._advertising.told(flow.remote.host)
        if told is not None:
            return told, local.port
        if local.host in UNSPECIFIED:
            return self._network.source(flow.remote), local.port
        return local.host, local.port

    def contact(self, flow: Flow, user: str = "", *, secure: bool = False) -> Uri:
        """Our Contact toward the far end of ``flow``; ``secure`` where its request was for a ``sips`` URI (8.1.1.8)."""
        host, port = self.advertised(flow)
        scheme = "sips" if secure and flow.transport in SECURE else "sip"
        transport = "ws" if flow.transport in WEB else flow.transport  # RFC 7118 has no other word in URIs
        if transport == "udp" or (scheme, transport) == ("sips", "tls"):
            return sip_uri(user, host, port, scheme=scheme)
        return sip_uri(user, host, port, scheme=scheme, transport=transport)
