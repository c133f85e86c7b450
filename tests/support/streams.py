"""Stream connections of the network in memory: delayed, cut into pieces, stalled or reset as a test likes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pbxd.network import Accepted, Address, StreamReceiver

if TYPE_CHECKING:
    from tests.support.network import MemoryNetwork


class MemoryListener:
    """A listening socket."""

    def __init__(self, local: Address, accepted: Accepted, closed: Callable[[], object]) -> None:
        self.local = local
        self.accepted = accepted
        self._closed = closed

    def close(self) -> None:
        self._closed()


class MemoryStream:
    """One end of a connection, a :class:`pbxd.network.StreamConnection`."""

    peer: MemoryStream
    _receiver: StreamReceiver

    def __init__(self, network: MemoryNetwork, local: Address, remote: Address) -> None:
        self.local = local
        self.remote = remote
        self.is_lost = False
        self.writes: list[tuple[float, bytes]] = []
        """Everything that this end ever wrote, and when."""
        self._network = network
        self._queue = bytearray()
        self._stalled = False
        self._closing = False
        self._last_arrival = 0.0

    @classmethod
    def pair(cls, network: MemoryNetwork, local: Address, remote: Address) -> tuple[MemoryStream, MemoryStream]:
        """Both ends of a new connection: that of who connects, that of who accepts."""
        here, there = cls(network, local, remote), cls(network, remote, local)
        here.peer, there.peer = there, here
        return here, there

    def open(self, opened: Accepted) -> None:
        """Tell the owner of this end, who returns the receiver."""
        self._receiver = opened(self)

    # -- StreamConnection ------------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        if self.is_lost or self._closing:
            return
        self.writes.append((asyncio.get_running_loop().time(), data))
        self._queue += data
        if not self._stalled:
            self._flush()

    def backlog(self) -> int:
        return len(self._queue)

    def close(self) -> None:
        if self.is_lost or self._closing:
            return
        self._closing = True
        if not self._queue:
            self._finish()

    def abort(self) -> None:
        self._queue.clear()
        self.reset()

    # -- what tests do to it ---------------------------------------------------------------------------------------

    def stall(self) -> None:
        """The peer stops reading: what is written piles up in :meth:`backlog`."""
        self._stalled = True

    def resume(self) -> None:
        """The peer reads again."""
        self._stalled = False
        self._flush()
        if self._closing:
            self._finish()

    def reset(self) -> None:
        """Break the connection: both ends lose it, the other one with ``ConnectionResetError``."""
        loop = asyncio.get_running_loop()
        if not self.is_lost:
            self.is_lost = True
            loop.call_soon(lambda: self._receiver.lost(None))
        self._deliver(lambda: self.peer.lose(ConnectionResetError("Connection reset by peer")))

    def lose(self, error: Exception | None) -> None:
        """This end learns that the connection is gone."""
        if not self.is_lost:
            self.is_lost = True
            self._receiver.lost(error)

    # -- within ----------------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        data = bytes(self._queue)
        self._queue.clear()
        for piece in _pieces(data, self._network.path(self.local, self.remote).segment):
            self._deliver(lambda piece=piece: self.peer.take(piece))  # type: ignore[misc]  # binds now

    def take(self, data: bytes) -> None:
        """A piece of the peer's bytes arrives."""
        if not self.is_lost:
            self._receiver.received(data)

    def _finish(self) -> None:
        self._deliver(lambda: self.peer.lose(None))
        asyncio.get_running_loop().call_soon(self.lose, None)

    def _deliver(self, what: Callable[[], None]) -> None:
        rule = self._network.path(self.local, self.remote)
        if rule.partitioned:
            return
        # Bytes of a stream never overtake each other, whatever the path's delay was set to in between.
        self._last_arrival = max(self._last_arrival, asyncio.get_running_loop().time() + rule.delay)
        self._network.at(self._last_arrival, what)


def _pieces(data: bytes, size: int | None) -> Iterator[bytes]:
    size = size or len(data) or 1
    for start in range(0, len(data), size):
        yield data[start : start + size]
