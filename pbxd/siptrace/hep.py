"""A trace to a collector that speaks HEP version 3 (Homer Encapsulation Protocol, "EEP/HEP3", sipcapture.org)."""

from __future__ import annotations

import ipaddress
import re
import struct

from pbxd.address import Address
from pbxd.network import Network
from pbxd.siptrace.packet import Packet

AGENT = 2001
"""What collectors know us by."""
MOST = 60_000
"""Bytes of a message; a longer one is cut off, since all goes into one datagram."""
_UDP, _TCP, _SIP = 17, 6, 1
_CALL_ID = re.compile(rb"(?im)^(?:call-id|i)[ \t]*:[ \t]*(\S+)")


class Hep:
    """A collector on the network."""

    def __init__(self, network: Network, collector: Address) -> None:
        """Raises :class:`OSError` where the system has no socket."""
        anywhere = "::" if ":" in collector.host else "0.0.0.0"  # noqa: S104 - it only sends
        self._collector = collector
        self._socket = network.datagram(Address(anywhere, 0), _unheard)

    def write(self, packet: Packet) -> None:
        self._socket.send(encapsulated(packet), self._collector)

    def close(self) -> None:
        self._socket.close()

    def __str__(self) -> str:
        return f"hep:{self._collector}"


def _unheard(_data: bytes, _source: Address) -> None:
    """Collectors don't answer."""


def encapsulated(packet: Packet) -> bytes:
    """The message in chunks of vendor 0, the generic ones."""
    source, target = (ipaddress.ip_address(end.host) for end in (packet.source, packet.target))
    version = max(source.version, target.version)
    family, first = (2, 3) if version == 4 else (10, 5)
    seconds, microseconds = divmod(round(packet.at * 1e6), 1_000_000)
    call_id = _CALL_ID.search(packet.data)
    chunks = [
        _chunk(1, bytes([family])),
        _chunk(2, bytes([_TCP if packet.flow.reliable else _UDP])),
        _chunk(first, _packed(source, version)),
        _chunk(first + 1, _packed(target, version)),
        _chunk(7, struct.pack("!H", packet.source.port)),
        _chunk(8, struct.pack("!H", packet.target.port)),
        _chunk(9, struct.pack("!I", seconds)),
        _chunk(10, struct.pack("!I", microseconds)),
        _chunk(11, bytes([_SIP])),
        _chunk(12, struct.pack("!I", AGENT)),
        *([_chunk(17, call_id[1])] if call_id else []),
        _chunk(15, packet.data[:MOST]),
    ]
    content = b"".join(chunks)
    return b"HEP3" + struct.pack("!H", 6 + len(content)) + content


def _chunk(kind: int, value: bytes) -> bytes:
    return struct.pack("!HHH", 0, kind, 6 + len(value)) + value


def _packed(address: ipaddress.IPv4Address | ipaddress.IPv6Address, version: int) -> bytes:
    return address.packed if address.version == version else bytes(10) + b"\xff\xff" + address.packed
