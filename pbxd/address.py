"""An IP address and a port, said in the same way by every world here; and which address we tell others is ours."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

IpNetwork: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK: tuple[IpNetwork, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
REMEMBERED = 4096
"""Hosts whose address is not looked for again."""


class Address(NamedTuple):
    """An IP address as text (never a name, IPv6 without brackets) and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """The address that a network has to use to reach us."""

    network: str
    """Such as ``10.0.0.0/8``."""
    address: str


class Advertising:
    """What a server behind NAT says its address is, to whom: the narrowest network that has the other side decides.

    For loopback and the networks that the machine is ``attached`` to that is our own address, and so it is where no
    network fits.
    """

    def __init__(self, external: Iterable[External] = (), attached: Iterable[IpNetwork] = ()) -> None:
        own: list[tuple[IpNetwork, str | None]] = [(network, None) for network in (*LOOPBACK, *attached)]
        told = [(ipaddress.ip_network(each.network), each.address) for each in external]
        self._networks = sorted([*told, *own], key=lambda pair: -pair[0].prefixlen) if told else []
        self._known: dict[str, str | None] = {}

    def told(self, host: str) -> str | None:
        """The address to give to ``host``, of the same version; ``None``: our own."""
        if not self._networks:
            return None
        if host not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            address = ipaddress.ip_address(host)
            self._known[host] = next((told for network, told in self._networks if address in network), None)
        return self._known[host]
