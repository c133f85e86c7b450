"""Facsimile between two ports: UDPTL datagrams (ITU-T T.38 8) go through as they are, and nothing else does.

It stands in its port's place as the sockets' owner, as SRTP does, so that sound knows nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.media.embedded.drops import Drop
from pbxd.media.embedded.source import SourceLock
from pbxd.media.engine import Latched

if TYPE_CHECKING:
    from pbxd.media.embedded.port import Port
    from pbxd.network import Address

SHORTEST, LONGEST = 4, 1472
"""Bytes of a datagram: sequence number, a primary and no redundancy; what an Ethernet frame holds."""
PER_SECOND = 250
"""Datagrams that are passed on; image data comes in 20 to 100 of them a second."""
NEAR = 0x4000
"""How far a sequence number may be from the one before. They begin at 0, so that the last RTP packets of the sound
before, whose first two bits are 10, are far off."""


def relay(port: Port, udptl: Address | None) -> None:
    """Have a port relay facsimile toward ``udptl``, until sound is configured again."""
    owner = port.pair.owner
    facsimile = owner if isinstance(owner, Facsimile) else Facsimile(port)
    facsimile.configure(udptl)


class Facsimile:
    """The facsimile of one port."""

    __slots__ = ("_began", "_destination", "_heard_at", "_lock", "_passed", "_port", "_sequence")

    def __init__(self, port: Port) -> None:
        self._port = port
        self._lock = SourceLock()
        self._destination: Address | None = None
        self._sequence = 0
        self._heard_at = self._began = port.now()
        self._passed = 0
        """Datagrams passed on since ``_began``, a second at the most."""
        port.pair.owner = self
        port.remote = port.destination = None  # no sound, no RTCP
        port.uninterpreted()
        port.reroute()
        if port.source is not None:
            port.source.reroute()

    def configure(self, udptl: Address | None) -> None:
        """Say where the party wants to be sent to."""
        self._lock.announce(udptl)
        self._destination = None if udptl is None else self._lock.address or udptl

    def rtp_received(self, data: bytes, source: Address) -> None:
        """Take a datagram from the first socket of the pair."""
        port, now = self._port, self._port.now()
        why = self._wrong(data, now)
        if why is None and source != self._lock.address and not self._believes(source, now):
            why = Drop.STRANGER
        if why is not None:
            port.drop(why)
            return
        self._heard_at = now
        self._passed += 1
        self._sequence = int.from_bytes(data[:2], "big")
        for hearer in port.hearers:
            if isinstance(hearer.pair.owner, Facsimile):
                hearer.pair.owner.send(data)

    def rtcp_received(self, data: bytes, source: Address) -> None:
        """Nothing is to come here."""
        self._port.drop(Drop.PROTOCOL)

    def send(self, datagram: bytes) -> None:
        """Send a datagram to the party."""
        if self._destination is not None:
            self._port.pair.rtp.send(datagram, self._destination)

    def _wrong(self, data: bytes, now: float) -> Drop | None:
        if not SHORTEST <= len(data) <= LONGEST:
            return Drop.MALFORMED
        leap = int.from_bytes(data[:2], "big") - self._sequence & 0xFFFF
        if NEAR < leap < 0x1_0000 - NEAR:
            return Drop.PROTOCOL
        if now - self._began >= 1.0:
            self._began, self._passed = now, 0
        return Drop.EXCESS if self._passed >= PER_SECOND else None

    def _believes(self, source: Address, now: float) -> bool:
        if not self._lock.believes(source, same_ssrc=True, silence=now - self._heard_at):
            return False
        if self._destination is not None:
            self._destination = source
        self._port.emit(Latched(port=self._port.id, remote=source))
        return True
