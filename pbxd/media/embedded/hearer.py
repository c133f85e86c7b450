"""Who gets what a party sends, as its port sees it: a Protocol on the path of every packet."""

from __future__ import annotations

from typing import Protocol

from pbxd.media.embedded.streams import Incoming


class Stream(Protocol):
    """Where packets for one hearer go to."""

    def packet(
        self, heard: Incoming, sequence: int, timestamp: int, rate: int, first: int, second: int, payload: bytes,
        packet_time: float, now: float, /
    ) -> bytes | None: ...  # fmt: skip

    def withhold(self, heard: Incoming, sequence: int, /) -> None: ...


class Hearer(Protocol):
    """Who gets what a party sends: another port, or the :class:`pbxd.media.embedded.ear.Ear` of this one."""

    @property
    def outgoing(self) -> Stream: ...

    @property
    def packet_time(self) -> float: ...

    def transmit(self, packet: bytes, /) -> None: ...
