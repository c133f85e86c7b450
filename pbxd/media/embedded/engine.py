"""The media engine in the server's own process: a relay of RTP in callbacks, with no task per port or packet."""

from __future__ import annotations

import asyncio
import heapq
import ipaddress
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pbxd.clock import Clock
from pbxd.errors import Refused
from pbxd.media.embedded.drops import Drop
from pbxd.media.embedded.port import Port, Surroundings
from pbxd.media.embedded.reports import Reports, report_interval
from pbxd.media.embedded.sockets import PortPool
from pbxd.media.embedded.streams import Outgoing
from pbxd.media.engine import LocalEnd, MediaEvent, MediaFailed, PortFigures, PortId, RemoteEnd
from pbxd.network import Address, Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """One local IP address that ports are bound to."""

    address: str
    """``0.0.0.0`` and ``::`` are allowed where ``advertised`` says what parties are told."""
    advertised: str = ""
    """What SDP names instead (the external address of a NAT); empty: ``address``."""

    def __post_init__(self) -> None:
        if ipaddress.ip_address(self.address).is_unspecified and not self.advertised:
            raise ValueError(f"{self.address} can't be told to anybody: an advertised address is needed")


class EmbeddedEngine:
    """An :class:`pbxd.media.engine.Engine` on the running event loop.

    ``ports`` are the numbers to use; each port takes an even one for RTP and the odd one above it for RTCP. The first
    interface is the default; :meth:`open` picks another where ``toward`` needs its IP version or is on loopback.
    ``rng`` should be unpredictable outside tests: SSRC, sequence and timestamp are drawn from it (RFC 3550 5.1).
    """

    def __init__(
        self,
        network: Network,
        *,
        clock: Clock,
        interfaces: Sequence[Interface],
        ports: range,
        rng: random.Random | None = None,
    ) -> None:
        self._clock = clock
        self._rng = rng or random.SystemRandom()
        self._interfaces = tuple(interfaces)
        self._pools = {
            interface: PortPool(network, clock, interface.address, ports, self._rng) for interface in self._interfaces
        }
        self._ports: dict[PortId, tuple[Port, PortPool]] = {}
        self._last_id = 0
        self._subscriber: Callable[[MediaEvent], None] | None = None
        self._due: list[tuple[float, PortId]] = []
        self._timer: asyncio.TimerHandle | None = None
        self.drops: Counter[Drop] = Counter()
        """Datagrams not passed on, of all ports since the start."""
        self._around = Surroundings(clock=clock, drops=self.drops, emit=self._emit)

    @property
    def ports_open(self) -> int:
        """Ports that were opened and not closed."""
        return len(self._ports)

    @property
    def sockets_in_use(self) -> int:
        """Sockets that belong to open ports; those that rest in the pool are not counted."""
        return 2 * sum(pool.used for pool in self._pools.values())

    def subscribe(self, subscriber: Callable[[MediaEvent], None]) -> None:
        self._subscriber = subscriber

    def _emit(self, event: MediaEvent) -> None:
        if self._subscriber is not None:
            self._subscriber(event)

    async def start(self) -> None:
        """Nothing to do: sockets are bound when a port first needs them."""

    async def stop(self) -> None:
        for port in tuple(self._ports):
            self.close(port)
        for pool in self._pools.values():
            pool.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._due.clear()

    async def open(self, *, toward: Address | None = None) -> LocalEnd:
        interface = self._interface(toward)
        pool = self._pools[interface]
        self._last_id += 1
        number = PortId(self._last_id)
        draw, now = self._rng.getrandbits, self._clock.monotonic()
        outgoing = Outgoing(draw(32), draw(15), draw(32), now)
        port = Port(number, self._around, outgoing, Reports(cname=f"{draw(96):024x}"))
        pair = pool.take(port)
        port.attach(pair)
        self._ports[number] = port, pool
        self._schedule(now + report_interval(self._rng, initial=True), number)
        host = interface.advertised or interface.address
        return LocalEnd(port=number, rtp=Address(host, pair.rtp.local.port), rtcp=Address(host, pair.rtcp.local.port))

    def _interface(self, toward: Address | None) -> Interface:
        if toward is None:
            return self._interfaces[0]
        wanted = ipaddress.ip_address(toward.host)
        fitting = [i for i in self._interfaces if ipaddress.ip_address(i.address).version == wanted.version]
        if not fitting:
            raise Refused(503, f"No media interface for IPv{wanted.version}")
        # Loopback can't be left, so it is not a matter of routes which interface reaches it.
        for interface in fitting:
            if ipaddress.ip_address(interface.address).is_loopback == wanted.is_loopback:
                return interface
        return fitting[0]

    def configure(self, port: PortId, remote: RemoteEnd) -> None:
        opened = self._ports.get(port)
        if opened is None:
            return
        try:
            opened[0].configure(_checked(remote))
        except ValueError as error:
            self._emit(MediaFailed(port=port, reason=str(error)))

    def hear(self, port: PortId, source: PortId | None) -> None:
        opened = self._ports.get(port)
        if opened is None:
            return
        heard = self._ports.get(source) if source is not None else None
        opened[0].hear(heard[0] if heard is not None else None)

    def close(self, port: PortId) -> None:
        opened = self._ports.pop(port, None)
        if opened is None:
            return
        closed, pool = opened
        closed.close()
        pool.give_back(closed.pair)

    async def figures(self, port: PortId) -> PortFigures | None:
        opened = self._ports.get(port)
        return opened[0].figures() if opened is not None else None

    def _schedule(self, due: float, port: PortId) -> None:
        heapq.heappush(self._due, (due, port))
        self._arm()

    def _arm(self) -> None:
        """One timer for the reports of all ports."""
        due = self._due[0][0]
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(due, self._report)

    def _report(self) -> None:
        self._timer = None
        now = self._clock.monotonic()
        while self._due and self._due[0][0] <= now:
            number = self._due[0][1]
            opened = self._ports.get(number)
            if opened is None:
                heapq.heappop(self._due)
                continue
            opened[0].report()
            heapq.heapreplace(self._due, (now + report_interval(self._rng), number))
        if self._due:
            self._arm()


def _checked(remote: RemoteEnd) -> RemoteEnd:
    """Refuse (ValueError) what can't be sent to, here and not per packet.

    A host name in particular would make every ``sendto`` a DNS query.
    """
    for address in (remote.rtp, remote.rtcp):
        if address is None:
            continue
        parsed = ipaddress.ip_address(address.host)
        if parsed.is_multicast or parsed.is_unspecified:
            raise ValueError(f"{address.host} is no address of a party")
        if not 0 < address.port < 1 << 16:
            raise ValueError(f"{address.port} is no port of a party")
    return remote
