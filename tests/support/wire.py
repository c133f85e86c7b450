"""How a scripted phone writes SIP and puts it on the network in memory, without any of pbxd's transports."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Protocol

from pbxd.network import Address, StreamConnection, StreamReceiver
from pbxd.sip.message import Request
from tests.support.network import MemoryNetwork

Heard = Callable[[bytes, Address], None]
Pairs = Iterable[tuple[str, str]]
_LENGTH = re.compile(rb"(?im)^(?:Content-Length|l)[ \t]*:[ \t]*(\d+)")


def write(first: str, headers: Pairs, body: bytes = b"", content_type: str = "application/sdp") -> bytes:
    """A message: its first line, header fields and body."""
    fields = list(headers)
    if body:
        fields.append(("Content-Type", content_type))
    fields.append(("Content-Length", str(len(body))))
    lines = [first, *(f"{name}: {value}" for name, value in fields), "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + body


def write_response(
    request: Request, status: int, reason: str, tag: str, headers: Pairs = (), body: bytes = b""
) -> bytes:
    """A response with what RFC 3261 8.2.6.2 copies from the request."""
    to = request.headers.get("To") or ""
    copied = [("Via", via) for via in request.headers.all("Via")]
    copied += [("Record-Route", route) for route in request.headers.all("Record-Route") if status != 100]
    copied += [
        ("From", request.headers.get("From") or ""),
        ("To", to if "tag=" in to or not tag else f"{to};tag={tag}"),
    ]
    copied += [(name, request.headers.get(name) or "") for name in ("Call-ID", "CSeq")]
    return write(f"SIP/2.0 {status} {reason}", [*copied, *headers], body)


class Wire(Protocol):
    """A phone's way to the world."""

    transport: str
    reliable: bool
    local: Address

    def send(self, data: bytes, to: Address) -> None: ...

    def close(self) -> None: ...


class UdpWire:
    """One UDP socket."""

    transport = "UDP"
    reliable = False

    def __init__(self, network: MemoryNetwork, local: Address, heard: Heard) -> None:
        self._socket = network.datagram(local, heard)
        self.local = self._socket.local

    def send(self, data: bytes, to: Address) -> None:
        self._socket.send(data, to)

    def close(self) -> None:
        self._socket.close()


class TcpWire(StreamReceiver):
    """One TCP connection to the server, over which everything goes."""

    transport = "TCP"
    reliable = True
    connection: StreamConnection

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._buffer = b""
        self.losses: list[Exception | None] = []

    @classmethod
    async def open(cls, network: MemoryNetwork, host: str, server: Address, heard: Heard) -> TcpWire:
        """Connect from a host to the server."""
        wire = cls(heard)
        await network.connect_from(host, server, wire._opened)
        return wire

    def _opened(self, connection: StreamConnection) -> StreamReceiver:
        self.connection = connection
        self.local = connection.local
        return self

    def received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            self._buffer = self._buffer.lstrip(b"\r\n")
            head, separator, rest = self._buffer.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            if not separator or length is None or len(rest) < int(length.group(1)):
                return
            end = len(head) + len(separator) + int(length.group(1))
            message, self._buffer = self._buffer[:end], self._buffer[end:]
            self._heard(message, self.connection.remote)

    def lost(self, error: Exception | None) -> None:
        self.losses.append(error)

    def send(self, data: bytes, to: Address) -> None:
        self.connection.write(data)

    def close(self) -> None:
        self.connection.close()
