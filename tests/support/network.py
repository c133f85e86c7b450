"""A network in memory: loses, delays, doubles and reorders by rule and by seed, and remembers every datagram."""

from __future__ import annotations

import asyncio
import errno
import heapq
import os
import random
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

from pbxd.address import IpNetwork
from pbxd.network import MAX_DATAGRAM, Accepted, Address, Received
from tests.support.streams import MemoryListener, MemoryStream

EPHEMERAL = 49_152
"""First port given to who asks for any (RFC 6335 6)."""
ANY_HOST = frozenset(("0.0.0.0", "::"))  # the wildcard, not a bind of ours


def refuse(code: int) -> OSError:
    """The error that the operating system raises with this number."""
    return OSError(code, os.strerror(code))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a path behaves. ``source`` and ``target`` are hosts (``None``: any); of several rules the latest counts.

    Times are seconds, ``loss``, ``duplication`` and ``reordering`` probabilities from 0 to 1. A reordered datagram
    takes ``late`` seconds longer than its like. ``segment`` is the most bytes that a stream delivers at once.
    """

    source: str | None = None
    target: str | None = None
    delay: float = 0.005
    jitter: float = 0.0
    loss: float = 0.0
    duplication: float = 0.0
    reordering: float = 0.0
    late: float = 0.05
    segment: int | None = None
    partitioned: bool = False

    def matches(self, source: Address, target: Address) -> bool:
        return self.source in (None, source.host) and self.target in (None, target.host)


@dataclass(slots=True, kw_only=True)
class Datagram:
    """One datagram as it was sent, and what became of it."""

    sent: float
    source: Address
    target: Address
    data: bytes
    arrives: float | None
    """When it reaches its socket; ``None``: lost on the way."""
    fate: str = ""
    """Empty: delivered or on its way; else why not: ``lost``, ``partition``, ``dropped``, ``nobody listens``."""

    @property
    def lost(self) -> bool:
        return bool(self.fate)


class MemoryNetwork:
    """A :class:`pbxd.network.Network` without an operating system.

    All that arrives at one moment is delivered in one wake-up, in the order sent, like datagrams that waited in one
    socket's buffer. Names of hosts are IP addresses that nobody has to configure: binding makes them.
    """

    def __init__(self, seed: int = 0, *, wildcard: str = "192.0.2.1", rule: Rule | None = None) -> None:
        self.wildcard = wildcard
        """The host that a socket bound to ``0.0.0.0`` or ``::`` sits on."""
        self.datagrams: list[Datagram] = []
        self.streams: list[MemoryStream] = []
        """Every stream ever opened, both ends of each."""
        self._rules = [rule or Rule()]
        self._filters: list[Callable[[Datagram], bool]] = []
        self._random = random.Random(seed)
        self._sockets: dict[Address, MemoryDatagramSocket] = {}
        self._listeners: dict[Address, MemoryListener] = {}
        self._transit: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = 0
        self._wakings: set[float] = set()

    def source(self, remote: Address) -> str:
        """The address that a socket bound to all addresses is reached at."""
        del remote
        return self.wildcard

    def attached(self) -> list[IpNetwork]:
        """None: every host is far away."""
        return []

    # -- what tests say --------------------------------------------------------------------------------------------

    def rule(self, rule: Rule) -> None:
        """Let ``rule`` decide from now on for the paths that it names."""
        self._rules.append(rule)

    def reseed(self, seed: int) -> None:
        """Let chance begin anew."""
        self._random = random.Random(seed)

    def drop(self, which: Callable[[Datagram], bool]) -> None:
        """Lose every datagram that ``which`` is true of, as long as the network lives."""
        self._filters.append(which)

    def partition(self, one: str, other: str) -> None:
        """Nothing passes between two hosts until :meth:`heal`."""
        for source, target in ((one, other), (other, one)):
            self.rule(Rule(source=source, target=target, partitioned=True))

    def heal(self) -> None:
        """Forget all partitions."""
        self._rules = [rule for rule in self._rules if not rule.partitioned]

    def bound(self) -> list[Address]:
        """Every bound UDP socket and listening stream socket, for leak checks."""
        return sorted([*self._sockets, *self._listeners])

    def close(self) -> None:
        """Close everything without a word to anybody."""
        self._sockets.clear()
        self._listeners.clear()
        self._transit.clear()

    # -- Network ---------------------------------------------------------------------------------------------------

    def datagram(self, local: Address, received: Received) -> MemoryDatagramSocket:
        address = self._bindable(local, self._sockets)
        socket = self._sockets[address] = MemoryDatagramSocket(self, address, received)
        return socket

    async def listen(self, local: Address, accepted: Accepted) -> MemoryListener:
        address = self._bindable(local, self._listeners)
        listener = self._listeners[address] = MemoryListener(
            address, accepted, closed=lambda: self._listeners.pop(address, None)
        )
        return listener

    async def connect(self, remote: Address, opened: Accepted, *, source: str = "") -> MemoryStream:
        return await self.connect_from(source or self.wildcard, remote, opened)

    async def connect_from(self, host: str, remote: Address, opened: Accepted) -> MemoryStream:
        """Open a stream from any port of ``host``. Raises ``ConnectionRefusedError`` or ``TimeoutError``."""
        local = self._bindable(Address(host, 0), {stream.local for stream in self.streams if not stream.is_lost})
        rule = self.path(local, remote)
        if rule.partitioned:
            await asyncio.sleep(127.0)  # what Linux does with tcp_syn_retries = 6
            raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        await asyncio.sleep(2 * rule.delay)
        listener = self._listeners.get(remote)
        if listener is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        here, there = MemoryStream.pair(self, local, remote)
        self.streams += [here, there]
        there.open(listener.accepted)
        here.open(opened)
        return here

    # -- within ----------------------------------------------------------------------------------------------------

    def path(self, source: Address, target: Address) -> Rule:
        """The rule for a path, now."""
        return next(rule for rule in reversed(self._rules) if rule.matches(source, target))

    def send(self, data: bytes, source: Address, target: Address) -> None:
        """Send one datagram by the rule of its path."""
        rule = self.path(source, target)
        self._send_once(data, source, target, rule)
        if rule.duplication and self._random.random() < rule.duplication:
            self._send_once(data, source, target, rule)

    def at(self, when: float, deliver: Callable[[], None]) -> None:
        """Deliver at ``when``; what was asked for first comes first."""
        self._serial += 1
        heapq.heappush(self._transit, (when, self._serial, deliver))
        if when not in self._wakings:
            self._wakings.add(when)
            asyncio.get_running_loop().call_at(when, self._wake, when)

    def _send_once(self, data: bytes, source: Address, target: Address, rule: Rule) -> None:
        now = asyncio.get_running_loop().time()
        delay = rule.delay
        # Each property draws its own number, so that switching one on does not move the others.
        if rule.jitter:
            delay += self._random.uniform(0, rule.jitter)
        if rule.reordering and self._random.random() < rule.reordering:
            delay += rule.late
        lost = rule.loss > 0 and self._random.random() < rule.loss
        datagram = Datagram(sent=now, source=source, target=target, data=data, arrives=now + delay)
        self.datagrams.append(datagram)
        if rule.partitioned:
            datagram.fate = "partition"
        elif lost:
            datagram.fate = "lost"
        elif any(which(datagram) for which in self._filters):
            datagram.fate = "dropped"
        if datagram.lost:
            datagram.arrives = None
        else:
            self.at(now + delay, lambda: self._arrive(datagram))

    def _arrive(self, datagram: Datagram) -> None:
        socket = self._sockets.get(datagram.target)
        if socket is None:
            datagram.fate, datagram.arrives = "nobody listens", None
        else:
            socket.received(datagram.data, datagram.source)

    def _wake(self, when: float) -> None:
        self._wakings.discard(when)
        while self._transit and self._transit[0][0] <= when:
            _, _, deliver = heapq.heappop(self._transit)
            deliver()

    def _bindable(self, wanted: Address, taken: Container[Address]) -> Address:
        host = self.wildcard if wanted.host in ANY_HOST else wanted.host
        for port in self._ports(wanted.port):
            address = Address(host, port)
            if address not in taken:
                return address
        raise refuse(errno.EADDRINUSE)

    @staticmethod
    def _ports(wanted: int) -> Iterator[int]:
        return iter((wanted,)) if wanted else iter(range(EPHEMERAL, 65_536))

    def closed(self, socket: MemoryDatagramSocket) -> None:
        """A socket was closed; its address is free again."""
        if self._sockets.get(socket.local) is socket:
            del self._sockets[socket.local]


class MemoryDatagramSocket:
    """A bound :class:`pbxd.network.DatagramSocket` of a :class:`MemoryNetwork`."""

    def __init__(self, network: MemoryNetwork, local: Address, received: Received) -> None:
        self.local = local
        self.received = received
        self._network = network
        self._open = True

    def send(self, data: bytes | bytearray | memoryview, to: Address) -> None:
        if self._open and len(data) <= MAX_DATAGRAM - 28:
            self._network.send(bytes(data), self.local, to)

    def close(self) -> None:
        self._open = False
        self._network.closed(self)
