"""Pairs of bound sockets, RTP on an even port and RTCP on the odd one above (RFC 3550 11), reused after a quarantine.

Making, binding and watching two sockets costs several times what the rest of a port costs, so released pairs stay
bound and wait. A pair is given out again only when it has been out of use, and nothing arrived on it, for
``QUARANTINE``: a phone that missed its BYE goes on sending, and must not be heard in the next call.
"""

from __future__ import annotations

import random
from collections import deque
from typing import Protocol

from pbxd.clock import Clock
from pbxd.errors import Refused
from pbxd.network import Address, DatagramSocket, Network

QUARANTINE = 3.0
"""Seconds without use and without stray packets."""
LONGEST_QUARANTINE = 32.0
"""Seconds after which strays no longer matter (64*T1: a SIP peer has given up), so that nobody can starve the pool."""
KEEP = 128
"""Pairs that stay bound though their quarantine is over."""
_ATTEMPTS = 32
"""Port numbers tried, when others are in use by other programs, before giving up."""


class Owner(Protocol):
    """Who gets what arrives on a pair."""

    def rtp_received(self, data: bytes, source: Address) -> None: ...

    def rtcp_received(self, data: bytes, source: Address) -> None: ...


class SocketPair:
    """One RTP and one RTCP socket, and whose they are at the moment."""

    __slots__ = ("_clock", "owner", "ready", "released", "rtcp", "rtp", "strayed")

    rtp: DatagramSocket
    rtcp: DatagramSocket

    def __init__(self, network: Network, clock: Clock, host: str, port: int) -> None:
        self._clock = clock
        self.owner: Owner | None = None
        self.released = self.ready = self.strayed = 0.0
        self.rtp = network.datagram(Address(host, port), self._rtp_received)
        try:
            self.rtcp = network.datagram(Address(host, port + 1), self._rtcp_received)
        except OSError:
            self.rtp.close()
            raise

    def _rtp_received(self, data: bytes, source: Address) -> None:
        if self.owner is not None:
            self.owner.rtp_received(data, source)
        else:
            self.strayed = self._clock.monotonic()

    def _rtcp_received(self, data: bytes, source: Address) -> None:
        # RTCP of the call before harms nobody: its SSRCs are unknown to the next one.
        if self.owner is not None:
            self.owner.rtcp_received(data, source)

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()


class PortPool:
    """The pairs of one local address."""

    def __init__(self, network: Network, clock: Clock, host: str, ports: range, rng: random.Random) -> None:
        self._network = network
        self._clock = clock
        self._host = host
        self._used: set[SocketPair] = set()
        self._resting: deque[SocketPair] = deque()
        """Released pairs, by the moment when their quarantine is over."""
        numbers = list(range(ports.start + ports.start % 2, ports.stop - 1, 2))
        rng.shuffle(numbers)
        self._unbound = deque(numbers)

    @property
    def used(self) -> int:
        """Pairs given out."""
        return len(self._used)

    @property
    def resting(self) -> int:
        """Pairs bound and waiting."""
        return len(self._resting)

    def take(self, owner: Owner) -> SocketPair:
        """A pair whose packets go to ``owner``. Raises :class:`Refused` (503) when none is free."""
        pair = self._rested(self._clock.monotonic()) or self._bind()
        pair.owner = owner
        self._used.add(pair)
        return pair

    def _rested(self, now: float) -> SocketPair | None:
        while self._resting and self._resting[0].ready <= now:
            pair = self._resting.popleft()
            if now - pair.strayed >= QUARANTINE or now - pair.released >= LONGEST_QUARANTINE:
                return pair
            pair.ready = now + QUARANTINE
            self._resting.append(pair)
        return None

    def _bind(self) -> SocketPair:
        for _ in range(min(_ATTEMPTS, len(self._unbound))):
            port = self._unbound.popleft()
            try:
                return SocketPair(self._network, self._clock, self._host, port)
            except OSError:
                self._unbound.append(port)
        raise Refused(503, "No media port is free")

    def give_back(self, pair: SocketPair) -> None:
        """Let go of a pair; it rests before it is given out again."""
        now = self._clock.monotonic()
        self._used.discard(pair)
        pair.owner = None
        pair.released = pair.strayed = now
        pair.ready = now + QUARANTINE
        self._resting.append(pair)
        # Only what could be given out now counts: of those that rest, the next calls will need as many.
        while len(self._resting) > KEEP and self._resting[KEEP].ready <= now:
            self._unbind(self._resting.popleft())

    def _unbind(self, pair: SocketPair) -> None:
        pair.close()
        self._unbound.append(pair.rtp.local.port)

    def close(self) -> None:
        """Close every pair, given out or not."""
        for pair in (*self._used, *self._resting):
            pair.owner = None
            self._unbind(pair)
        self._used.clear()
        self._resting.clear()
