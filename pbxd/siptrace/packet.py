"""One message that passed, and where it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pbxd.address import Address
from pbxd.sip.flow import Flow


@dataclass(frozen=True, slots=True)
class Packet:
    """A SIP message on its way in or out."""

    at: float
    """Wall-clock seconds."""
    outgoing: bool
    data: bytes
    flow: Flow

    @property
    def source(self) -> Address:
        return self.flow.local if self.outgoing else self.flow.remote

    @property
    def target(self) -> Address:
        return self.flow.remote if self.outgoing else self.flow.local


class Sink(Protocol):
    """Takes the messages of one trace, whose secrets are hidden already, and never waits."""

    def write(self, packet: Packet) -> None: ...

    def close(self) -> None:
        """No more will come."""
        ...

    def __str__(self) -> str:
        """As it was asked for: ``log``, ``pcap:FILE``, ``hep:HOST:PORT``."""
        ...


Failed = Callable[[str], None]
"""Told, with words, when a sink can't go on."""
