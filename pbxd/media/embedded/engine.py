"""The media engine in the server's own process: a relay of RTP in callbacks, with no task per port or packet."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pbxd.address import Advertising, External
from pbxd.chance import BlockRandom
from pbxd.clock import Clock
from pbxd.errors import Refused
from pbxd.media.embedded import fax
from pbxd.media.embedded.addresses import check_all, reach
from pbxd.media.embedded.drops import Drop
from pbxd.media.embedded.interpreter import Translation
from pbxd.media.embedded.loading import Loading, in_order, with_sound
from pbxd.media.embedded.port import Port, Surroundings
from pbxd.media.embedded.reports import Reports, report_interval
from pbxd.media.embedded.sockets import PortPool
from pbxd.media.embedded.streams import Outgoing
from pbxd.media.engine import (
    Ending,
    FaxEnd,
    LocalEnd,
    MediaEvent,
    MediaFailed,
    Played,
    PortFigures,
    PortId,
    Recorded,
    RemoteEnd,
)
from pbxd.media.sounds import Detection, MixId, Programme, Recording, Sound
from pbxd.network import Address, Network

if TYPE_CHECKING:
    from pbxd.media.embedded.studio import Studio

ANYWHERE = {"0.0.0.0": Address("192.0.2.1", 9), "::": Address("2001:db8::1", 9)}  # noqa: S104  a name, no bind
"""Unspecified addresses, and an address of documentation's (RFC 5737, RFC 3849) that the default route leads to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """One local IP address that ports are bound to."""

    address: str
    """May be ``0.0.0.0`` or ``::``."""
    external: tuple[External, ...] = ()
    """What SDP names instead, to whom (the external address of a NAT); otherwise ``address``, or if that is
    unspecified, the address that this machine reaches the party from."""


class EmbeddedEngine:
    """An :class:`pbxd.media.engine.Engine` on the running event loop.

    ``ports`` are the numbers to use; each port takes an even one for RTP and the odd one above it for RTCP. The first
    interface is the default; :meth:`open` picks another where ``toward`` needs its IP version or is on loopback.
    ``rng`` should be unpredictable outside tests: SSRC, sequence and timestamp are drawn from it (RFC 3550 5.1).
    ``first_id`` is the first port's, for an engine that follows another one. A party that may speak and
    gives no sign of life for ``silence`` seconds is told of (:class:`Silent`), at its port's next report; 0: never.
    """

    def __init__(
        self,
        network: Network,
        *,
        clock: Clock,
        interfaces: Sequence[Interface],
        ports: range,
        rng: random.Random | None = None,
        first_id: int = 1,
        silence: float = 0.0,
    ) -> None:
        self._network = network
        self._clock = clock
        self._rng = rng or BlockRandom()
        self._interfaces = tuple(interfaces)
        self._advertising = {
            each: Advertising(each.external, network.attached()) for each in self._interfaces if each.external
        }
        self._pools = {
            interface: PortPool(network, clock, interface.address, ports, self._rng) for interface in self._interfaces
        }
        self._ports: dict[PortId, tuple[Port, PortPool]] = {}
        self._last_id = first_id - 1
        self._subscriber: Callable[[MediaEvent], None] | None = None
        self._due: list[tuple[float, PortId]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._armed = 0.0
        self._studio: Studio | None = None
        self.loading = Loading()
        self._lacking = False
        """Whether what sound needs is not installed."""
        self.drops: Counter[Drop] = Counter()
        """Datagrams not passed on, of all ports since the start."""
        self._around = Surroundings(
            clock=clock, drops=self.drops, emit=self._emit, translate=self._translate, silence=silence
        )

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
        await self.loading.over()
        for port in tuple(self._ports):
            self.close(port)
        if self._studio is not None:
            await self._studio.stop()
            self._studio = None
        for pool in self._pools.values():
            pool.close()

    async def open(self, *, toward: Address | None = None) -> LocalEnd:
        interface = self._interface(toward)
        host = self._told(interface, toward)
        pool = self._pools[interface]
        self._last_id += 1
        number = PortId(self._last_id)
        now = self._clock.monotonic()
        port = self._port(number, now)
        pair = pool.take(port)
        port.attach(pair)
        self._ports[number] = port, pool
        self._schedule(now + report_interval(self._rng, initial=True), number)
        return LocalEnd(port=number, rtp=Address(host, pair.rtp.local.port), rtcp=Address(host, pair.rtcp.local.port))

    def _port(self, number: PortId, now: float) -> Port:
        drawn = self._rng.getrandbits(32 + 32 + 15 + 96)  # at once: asking the system for each costs more
        outgoing = Outgoing(drawn & 0xFFFF_FFFF, drawn >> 64 & 0x7FFF, drawn >> 32 & 0xFFFF_FFFF, now)
        return Port(number, self._around, outgoing, Reports(cname=f"{drawn >> 79:024x}"))

    def _interface(self, toward: Address | None) -> Interface:
        if toward is None:
            return self._interfaces[0]
        wanted = reach(toward.host)
        for interface in self._interfaces:
            if reach(interface.address) == wanted:
                return interface
        # Loopback is preferred for itself only: a machine reaches its own addresses from any of them.
        for interface in self._interfaces:
            if reach(interface.address)[0] == wanted[0]:
                return interface
        raise Refused(503, f"No media interface reaches {toward.host}")

    def _told(self, interface: Interface, toward: Address | None) -> str:
        """The host to name in SDP."""
        anywhere = ANYWHERE["::" if ":" in interface.address else "0.0.0.0"]  # noqa: S104  a name, no bind
        told = self._advertising[interface].told((toward or anywhere).host) if interface.external else None
        if told is not None:
            return told
        if interface.address not in ANYWHERE:
            return interface.address
        try:
            return self._network.source(toward or anywhere)
        except OSError as error:
            raise Refused(503, f"No way to {toward or 'anywhere'}: {error.strerror}") from error

    def configure(self, port: PortId, remote: RemoteEnd | FaxEnd) -> None:
        opened = self._ports.get(port)
        if opened is None:
            return
        try:
            if isinstance(remote, FaxEnd):
                check_all(remote.udptl)
                fax.relay(opened[0], remote.udptl)
            else:
                check_all(remote.rtp, remote.rtcp)
                opened[0].configure(remote)
        except ValueError as error:
            self._emit(MediaFailed(port=port, reason=str(error)))

    @in_order
    def hear(self, port: PortId, source: PortId | None, *, extract_keys: bool = False) -> None:
        opened = self._ports.get(port)
        if opened is None:
            return
        heard = self._ports.get(source) if source is not None else None
        if self._studio is not None:
            self._studio.hush(opened[0])
        opened[0].hear(heard[0] if heard is not None else None, extracts=extract_keys)

    @with_sound
    def play(self, port: PortId, programme: Programme) -> None:
        found = self._with_studio(port, lambda why: Played(port=port, ticket=programme.ticket, problem=why))
        if found is not None:
            studio, opened = found
            opened.hear(None)
            studio.play(opened, programme)

    @with_sound
    def mix(self, port: PortId, room: MixId, *, heard_by: Sequence[PortId] | None = None) -> None:
        found = self._with_studio(port)
        if found is not None:
            studio, opened = found
            opened.hear(None)
            studio.mix(opened, room, heard_by)

    @in_order
    def tell(self, room: MixId, sounds: Sequence[Sound]) -> None:
        if self._studio is not None:
            self._studio.tell(room, sounds)

    @with_sound
    def record(self, port: PortId, recording: Recording) -> None:
        failed = Recorded(port=port, ticket=recording.ticket, seconds=0.0, ending=Ending.FAILED)
        found = self._with_studio(port, lambda _: failed)
        if found is not None:
            studio, opened = found
            other = self._ports.get(PortId(recording.beside)) if recording.beside is not None else None
            studio.record(opened, other[0] if other is not None else None, recording)

    async def end_recording(self, port: PortId) -> Recorded | None:
        return await self.recording_end(port)

    @in_order
    def finish_recording(self, port: PortId) -> None:
        opened = self._ports.get(port)
        if opened is not None and self._studio is not None:
            self._studio.finish_recording(opened[0])

    def recording_end(self, port: PortId) -> asyncio.Future[Recorded | None]:
        """As :meth:`end_recording`: the recording has ended when this returns, and is on disk when it is done."""
        told: asyncio.Future[Recorded | None] = asyncio.get_running_loop().create_future()
        self._end_recording(port, told)
        return told

    @in_order
    def _end_recording(self, port: PortId, told: asyncio.Future[Recorded | None]) -> None:
        opened = self._ports.get(port)
        ending = self._studio.end_recording(opened[0]) if self._studio is not None and opened is not None else None
        if ending is None:
            told.set_result(None)
        else:
            ending.add_done_callback(partial(_pass_on, told))

    @with_sound
    def detect(self, port: PortId, detection: Detection) -> None:
        found = self._with_studio(port, lambda _: None)
        if found is not None:
            studio, opened = found
            studio.detect(opened, detection)

    def _with_studio(
        self, port: PortId, without: Callable[[str], MediaEvent | None] | None = None
    ) -> tuple[Studio, Port] | None:
        """The studio and an open port; ``None`` where it is not open, or where nobody installed what sound needs.

        The latter is told by the event that ``without`` makes of the reason, or is the end of the port.
        """
        opened = self._ports.get(port)
        if opened is None:
            return None
        try:
            return self._at_work(), opened[0]
        except ImportError as error:
            why = f"sound needs the extra pbxd[media]: {error}"
            event = without(why) if without is not None else MediaFailed(port=port, reason=why)
            if event is not None:
                self._emit(event)
            return None

    def _at_work(self) -> Studio:
        """The studio, made when it is needed first. Raises :class:`ImportError`."""
        if self._studio is None:
            from pbxd.media.embedded.studio import Studio  # numpy and FFmpeg are for those who need them

            self._studio = Studio(self._clock)
        return self._studio

    def _translate(self, source: Port, hearer: Port, keys: bool) -> Translation | None:
        """``None`` for now while that is being loaded, and for good where nobody installed it."""
        if self._lacking or self.loading.needed():
            return None
        try:
            return self._at_work().translate(source, hearer, keys=keys)
        except ImportError:  # what can't be understood is not heard
            self._lacking = True
            return None

    @in_order
    def press(self, port: PortId, key: str, milliseconds: int) -> None:
        opened = self._ports.get(port)
        if opened is None:
            return
        if opened[0].takes_events:
            opened[0].press(key, milliseconds)
        else:
            self._press_tones(port, key, milliseconds)

    @with_sound
    def _press_tones(self, port: PortId, key: str, milliseconds: int) -> None:
        opened = self._ports.get(port)
        if opened is not None:
            with contextlib.suppress(ImportError):
                self._at_work().press(opened[0], key, milliseconds)

    @in_order
    def close(self, port: PortId) -> None:
        opened = self._ports.pop(port, None)
        if opened is None:
            return
        closed, pool = opened
        if self._studio is not None:
            self._studio.closed(closed)
        closed.close()
        pool.give_back(closed.pair)
        if not self._ports:
            self._stop_reporting()

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
            if self._armed <= due:
                return
            self._timer.cancel()
        self._armed = due  # uvloop's handles of what is due already don't tell when
        self._timer = asyncio.get_running_loop().call_at(due, self._report)

    def _stop_reporting(self) -> None:
        self._due.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _report(self) -> None:
        self._timer = None
        now = self._clock.monotonic()
        while self._due:
            due, number = self._due[0]
            opened = self._ports.get(number)
            if (
                opened is None
            ):  # closed since: also when not yet due, since most calls are over before their first report
                heapq.heappop(self._due)
                continue
            if due > now:
                break
            opened[0].report()
            opened[0].look(now)
            heapq.heapreplace(self._due, (now + report_interval(self._rng), number))
        if self._due:
            self._arm()


def _pass_on(told: asyncio.Future[Recorded | None], ended: asyncio.Future[Recorded | None]) -> None:
    if not told.done():
        told.set_result(ended.result())
