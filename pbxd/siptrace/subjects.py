"""Which messages a trace is of."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Protocol

from pbxd.address import IpNetwork
from pbxd.events import CallArrived, CallId, Event, LegAdopted, LegDialled
from pbxd.siptrace.packet import Packet

_CALL_ID = re.compile(rb"(?im)^(?:call-id|i)[ \t]*:[ \t]*([^\s]+)")
_ENDS = re.compile(
    rb"(?im)^(?:from|f|to|t)[ \t]*:[^\r\n]*?sips?:([^@:;>\s]{1,256}+)(?::[^@>\s]{0,128}+)?@(\[[^\]]*\]|[^:;>\s]+)"
)


class Subject(Protocol):
    """What a trace is of."""

    def wants(self, packet: Packet) -> bool:
        """Whether a message belongs to it."""
        ...

    def happened(self, event: Event) -> None:
        """An event, which may say what else belongs to it."""
        ...

    def __str__(self) -> str: ...


@dataclass(slots=True)
class OfCall:
    """All legs of one call: those that it has, and those that it gets."""

    call: CallId
    call_ids: set[bytes] = field(default_factory=set)

    def wants(self, packet: Packet) -> bool:
        found = _CALL_ID.search(packet.data)
        return found is not None and found[1] in self.call_ids

    def happened(self, event: Event) -> None:
        match event:
            case CallArrived() | LegDialled() | LegAdopted() if event.call == self.call:
                self.call_ids.add(event.sip_call_id.encode())

    def __str__(self) -> str:
        return f"call {self.call}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfUser:
    """What is said with a user's devices: they are in From or To by their names."""

    user: str
    devices: frozenset[bytes]
    elsewhere: frozenset[bytes] = frozenset()
    """Domains of other organizations, whose devices may have the same names."""

    def wants(self, packet: Packet) -> bool:
        ends = _ENDS.finditer(packet.data.partition(b"\r\n\r\n")[0])
        return any(found[1] in self.devices and found[2].lower() not in self.elsewhere for found in ends)

    def happened(self, event: Event) -> None: ...

    def __str__(self) -> str:
        return f"user {self.user}"


@dataclass(frozen=True, slots=True)
class OfAddress:
    """What is said with an address or network, of any port or one."""

    network: IpNetwork
    port: int | None = None

    def wants(self, packet: Packet) -> bool:
        remote = packet.flow.remote
        return self.port in (None, remote.port) and ipaddress.ip_address(remote.host) in self.network

    def happened(self, event: Event) -> None: ...

    def __str__(self) -> str:
        single = self.network.prefixlen == self.network.max_prefixlen
        host = str(self.network.network_address) if single else str(self.network)
        return f"address {host}" if self.port is None else f"address {host} port {self.port}"


def of_address(text: str) -> OfAddress:
    """``192.0.2.7``, ``192.0.2.7:5060``, ``[2001:db8::1]:5060``, ``192.0.2.0/24``. Raises :class:`ValueError`."""
    found = re.fullmatch(r"\[([^\]]+)\](?::(\d{1,5}))?|([^:]+):(\d{1,5})", text)
    host, port = (found[1] or found[3], found[2] or found[4]) if found else (text, None)
    try:
        return OfAddress(ipaddress.ip_network(host), int(port) if port else None)
    except ValueError:
        raise ValueError(f"{text} is no IP address, with or without port, and no network") from None
