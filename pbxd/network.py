"""Sockets behind a Protocol, so that the whole server runs on a real network or on one in memory.

Everything here is callbacks: a datagram or a piece of a stream costs one call, never a task. The SIP endpoint and the
media engine get their sockets from a :class:`Network` and know no other way.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, cast

from pbxd.address import Address as Address
from pbxd.address import IpNetwork

ROUTES_4 = Path("/proc/net/route")
ROUTES_6 = Path("/proc/net/ipv6_route")
_UP, _GATEWAY = 0x1, 0x2
_DIRECT = "0" * 32

MAX_DATAGRAM = 65_535
DRAIN = 64
"""Datagrams taken from one socket in one wake-up at the most, so that one flooded socket can't starve the others."""


KEEP_ALIVE = 60
"""Seconds of silence on a connection after which the system asks whether the peer is there; twice as many end it."""

Received = Callable[[bytes, Address], None]


class DatagramSocket(Protocol):
    """A bound UDP socket."""

    @property
    def local(self) -> Address: ...

    def send(self, data: bytes | bytearray | memoryview, to: Address) -> None:
        """Send one datagram, or lose it: UDP promises no more, and a full buffer or an ICMP error is a loss."""
        ...

    def close(self) -> None: ...


class StreamConnection(Protocol):
    """One open connection."""

    @property
    def local(self) -> Address: ...

    @property
    def remote(self) -> Address: ...

    def write(self, data: bytes) -> None:
        """Queue bytes to send; ignored after the connection was lost (the receiver has been told)."""
        ...

    def backlog(self) -> int:
        """Bytes queued and not yet taken by the operating system."""
        ...

    def close(self) -> None:
        """Close after what is queued has been sent."""
        ...

    def abort(self) -> None:
        """Close at once and drop what is queued."""
        ...


class StreamReceiver(Protocol):
    """What gets the bytes of a connection."""

    def received(self, data: bytes) -> None: ...

    def lost(self, error: Exception | None) -> None:
        """Called exactly once, when the connection is gone; ``error`` is ``None`` after an orderly close."""
        ...


Accepted = Callable[[StreamConnection], StreamReceiver]


class StreamListener(Protocol):
    """A listening TCP socket; closing it leaves accepted connections open."""

    @property
    def local(self) -> Address: ...

    def close(self) -> None: ...


class Network(Protocol):
    """Where sockets come from. All methods raise :class:`OSError` when the operating system says no."""

    def datagram(self, local: Address, received: Received) -> DatagramSocket:
        """Bind a UDP socket (port 0: any free one); must be called from the running loop's thread."""
        ...

    async def listen(self, local: Address, accepted: Accepted) -> StreamListener:
        """Listen; ``accepted`` is called for each connection and returns its receiver."""
        ...

    async def connect(self, remote: Address, opened: Accepted, *, source: str = "") -> StreamConnection:
        """Open a connection; ``opened`` is called with it before any bytes arrive and returns its receiver.

        ``source`` is the address of this machine that it comes from, where that matters.
        """
        ...

    def source(self, remote: Address) -> str:
        """The address of this machine from which ``remote`` is reached, for sockets bound to all of them."""
        ...

    def attached(self) -> list[IpNetwork]:
        """The networks that this machine reaches without a router, as far as the system tells."""
        ...


class RealNetwork:
    """The machine's own sockets, on whichever event loop is running.

    Datagrams are read with ``add_reader`` from a non-blocking socket, many in one wake-up: asyncio's own datagram
    transport costs about five times as much per packet.
    """

    def datagram(self, local: Address, received: Received) -> DatagramSocket:
        return _RealDatagramSocket(local, received)

    async def listen(self, local: Address, accepted: Accepted) -> StreamListener:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: _RealStream(accepted), local.host, local.port, reuse_address=True, backlog=1024
        )
        return _RealListener(server)

    async def connect(self, remote: Address, opened: Accepted, *, source: str = "") -> StreamConnection:
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_connection(
            lambda: _RealStream(opened), remote.host, remote.port, local_addr=(source, 0) if source else None
        )
        return protocol

    def source(self, remote: Address) -> str:
        family = socket.AF_INET6 if ":" in remote.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(remote)  # chooses a route and sends nothing
            return str(probe.getsockname()[0])

    def attached(self) -> list[IpNetwork]:
        return attached_networks()


class _RealDatagramSocket:
    def __init__(self, local: Address, received: Received) -> None:
        family = socket.AF_INET6 if ":" in local.host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            if family == socket.AF_INET6:  # "::" is for IPv6, so that 0.0.0.0 can be bound beside it
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            self._socket.bind(local)
            name = self._socket.getsockname()
        except BaseException:
            self._socket.close()
            raise
        self.local = Address(name[0], name[1])
        self._received = received
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._readable)

    def _readable(self) -> None:
        receive, deliver = self._socket.recvfrom, self._received
        for _ in range(DRAIN):
            try:
                data, source = receive(MAX_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                # An ICMP error of an earlier send is reported here; it says nothing about what waits behind it.
                continue
            deliver(data, Address(source[0], source[1]))
            if self._socket.fileno() < 0:  # closed by what it delivered
                return

    def send(self, data: bytes | bytearray | memoryview, to: Address) -> None:
        try:
            self._socket.sendto(data, to)
        except OSError:
            return

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._socket.close()
            self._received = _nobody  # whose socket it was would keep it until the garbage collector comes by


def _nobody(data: bytes, source: Address) -> None:
    """Who gets what arrives on a closed socket."""


class _RealStream(asyncio.Protocol):
    _transport: asyncio.Transport
    _receiver: StreamReceiver

    def __init__(self, opened: Accepted) -> None:
        self._opened = opened

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        _keep_alive(transport.get_extra_info("socket"))
        self.local = Address(*transport.get_extra_info("sockname")[:2])
        self.remote = Address(*transport.get_extra_info("peername")[:2])
        self._receiver = self._opened(self)

    def data_received(self, data: bytes) -> None:
        self._receiver.received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._receiver.lost(exc)

    def write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def backlog(self) -> int:
        return self._transport.get_write_buffer_size()

    def close(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()


def _keep_alive(stream: socket.socket) -> None:
    """Have the system find out about peers that vanished, and keep the bindings of NATs on the way."""
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, seconds in (("TCP_KEEPIDLE", KEEP_ALIVE), ("TCP_KEEPINTVL", KEEP_ALIVE // 4), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, option):  # not everywhere
            stream.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), seconds)


class _RealListener:
    def __init__(self, server: asyncio.Server) -> None:
        self._server = server
        self.local = Address(*server.sockets[0].getsockname()[:2])

    def close(self) -> None:
        self._server.close()


def attached_networks(four: Path = ROUTES_4, six: Path = ROUTES_6) -> list[IpNetwork]:
    """Every network with a route that has no gateway; none where the system does not tell (it is not Linux)."""
    return list(dict.fromkeys([*_routes_4(four), *_routes_6(six)]))


def _routes_4(path: Path) -> Iterator[IpNetwork]:
    for _, target, _, flags, _, _, _, mask, *_ in _rows(path, skip=1):
        if int(flags, 16) & (_UP | _GATEWAY) == _UP and int(mask, 16):
            # Numbers in the memory order of this machine.
            host, bits = (int(text, 16).to_bytes(4, sys.byteorder) for text in (target, mask))
            yield ipaddress.IPv4Network((host, _length(bits)))


def _routes_6(path: Path) -> Iterator[IpNetwork]:
    for target, length, _, _, gateway, _, _, _, flags, *_ in _rows(path, skip=0):
        if gateway == _DIRECT and int(flags, 16) & _UP and 0 < int(length, 16) < 128 and not target.startswith("ff"):
            yield ipaddress.IPv6Network((bytes.fromhex(target), int(length, 16)))


def _length(mask: bytes) -> int:
    return int.from_bytes(mask, "big").bit_count()


def _rows(path: Path, *, skip: int) -> list[list[str]]:
    try:
        text = path.read_text(encoding="ascii")
    except OSError:
        return []
    return [line.split() for line in text.splitlines()[skip:]]
