"""One suite for both engines, the one in this process and the one in a child, over real sockets."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import time
import wave
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
import uvloop

from pbxd.clock import SystemClock
from pbxd.errors import Refused
from pbxd.media import rtcp, rtp
from pbxd.media.embedded import EmbeddedEngine, Interface
from pbxd.media.engine import FaxEnd, Format, KeyPressed, Latched, LocalEnd, MediaEvent, MediaFailed, Played, RemoteEnd
from pbxd.media.remote import ChildEngine
from pbxd.media.sound import codecs
from pbxd.media.sound.pcm import FRAME, RATE
from pbxd.media.sound.tones import tone
from pbxd.media.sounds import MixId, Programme, Recording, Tone
from pbxd.network import Address, RealNetwork
from tests.support.hearing import frequency

pytestmark = pytest.mark.interop

PCMU = Format(payload_type=0, encoding="PCMU", clock_rate=8000)
OPUS = Format(payload_type=111, encoding="opus", clock_rate=48_000, channels=2)
KEYS = Format(payload_type=101, encoding="telephone-event", clock_rate=8000, parameters="0-16")
PORTS = range(40_000, 40_040)
AnyEngine = EmbeddedEngine | ChildEngine


class Party:
    """A phone's RTP and RTCP sockets on loopback."""

    def __init__(self, host: str) -> None:
        self._packets: asyncio.Queue[bytes] = asyncio.Queue()
        self._reports: asyncio.Queue[bytes] = asyncio.Queue()
        network = RealNetwork()
        self._rtp = network.datagram(Address(host, 4000), lambda data, _: self._packets.put_nowait(data))
        self._rtcp = network.datagram(Address(host, 4001), lambda data, _: self._reports.put_nowait(data))
        self.address = self._rtp.local
        self.end: LocalEnd

    async def joins(self, engine: AnyEngine, *formats: Format) -> None:
        self.end = await engine.open(toward=self.address)
        self.agrees(engine, *formats)

    def agrees(self, engine: AnyEngine, *formats: Format, rtp: Address | None = None, hears: bool = True) -> None:
        engine.configure(
            self.end.port,
            RemoteEnd(
                rtp=rtp or self.address,
                rtcp=None,
                rtcp_mux=False,
                sends_as=formats,
                receives_as=formats,
                hears=hears,
                speaks=True,
            ),
        )

    def sends(self, sequence: int, payload: bytes, payload_type: int = 0) -> None:
        self._rtp.send(rtp.HEADER.pack(rtp.PLAIN, payload_type, sequence, 160 * sequence, 7) + payload, self.end.rtp)

    async def hears(self) -> tuple[tuple[int, ...], bytes]:
        """Header and payload of the next packet."""
        async with asyncio.timeout(5):
            data = await self._packets.get()
        return rtp.HEADER.unpack_from(data), data[12:]

    def faxes(self, datagram: bytes) -> None:
        self._rtp.send(datagram, self.end.rtp)

    async def gets(self) -> bytes:
        """The next datagram."""
        async with asyncio.timeout(5):
            return await self._packets.get()

    async def is_told(self) -> tuple[rtcp.Packet, ...]:
        """The next RTCP compound packet."""
        async with asyncio.timeout(10):
            return rtcp.parse(await self._reports.get())

    def heard_nothing_else(self) -> bool:
        return self._packets.empty()

    def leaves(self) -> None:
        self._rtp.close()
        self._rtcp.close()


@pytest_asyncio.fixture(params=["embedded", "child"])
async def engine(request: pytest.FixtureRequest, loopback: Callable[[], str]) -> AsyncIterator[AnyEngine]:
    interfaces = [Interface(address=loopback())]
    made: AnyEngine
    if request.param == "embedded":
        made = EmbeddedEngine(RealNetwork(), clock=SystemClock(), interfaces=interfaces, ports=PORTS)
    else:
        made = ChildEngine(interfaces=interfaces, ports=PORTS)
    await made.start()
    yield made
    await made.stop()
    assert made.ports_open == 0


@pytest_asyncio.fixture
async def child(loopback: Callable[[], str]) -> AsyncIterator[ChildEngine]:
    made = ChildEngine(interfaces=[Interface(address=loopback())], ports=PORTS)
    await made.start()
    yield made
    await made.stop()


@pytest_asyncio.fixture
async def anna(loopback: Callable[[], str]) -> AsyncIterator[Party]:
    party = Party(loopback())
    yield party
    party.leaves()


@pytest_asyncio.fixture
async def bo(loopback: Callable[[], str]) -> AsyncIterator[Party]:
    party = Party(loopback())
    yield party
    party.leaves()


async def talking(engine: AnyEngine, anna: Party, bo: Party) -> None:
    await anna.joins(engine, PCMU, OPUS)
    await bo.joins(engine, PCMU, Format(payload_type=96, encoding="OPUS", clock_rate=48_000, channels=2))
    engine.hear(anna.end.port, bo.end.port)
    engine.hear(bo.end.port, anna.end.port)
    await engine.figures(bo.end.port)  # answered in order: everything before has been done


async def test_both_hear_each_other(engine: AnyEngine, anna: Party, bo: Party) -> None:
    await talking(engine, anna, bo)
    assert anna.end.rtp.port % 2 == 0
    assert anna.end.rtcp == Address(anna.end.rtp.host, anna.end.rtp.port + 1)
    sound = [os.urandom(160) for _ in range(50)]
    numbers = []
    for sequence, payload in enumerate(sound):
        anna.sends(sequence, payload, 0 if sequence < 25 else 111)
        header, heard = await bo.hears()
        assert heard == payload
        assert header[1] & 0x7F == (0 if sequence < 25 else 96)
        numbers.append(header)
        bo.sends(sequence, payload)
        assert (await anna.hears())[1] == payload
    assert [header[2] - numbers[0][2] & 0xFFFF for header in numbers] == list(range(50))
    assert [header[3] - numbers[0][3] & 0xFFFF_FFFF for header in numbers] == [160 * index for index in range(50)]
    assert len({header[4] for header in numbers}) == 1
    figures = await engine.figures(anna.end.port)
    assert figures is not None
    assert (figures.packets_received, figures.packets_sent, figures.octets_received) == (50, 50, 8000)
    assert (figures.packets_lost, figures.remote) == (0, anna.address)
    assert 0 <= figures.jitter < 1


async def test_a_fax_goes_through(engine: AnyEngine, anna: Party, bo: Party) -> None:
    await talking(engine, anna, bo)
    for party in (anna, bo):
        engine.configure(party.end.port, FaxEnd(udptl=party.address))
    await engine.figures(bo.end.port)
    pages = [sequence.to_bytes(2, "big") + os.urandom(40) for sequence in range(20)]
    for page in pages:
        anna.faxes(page)
        assert await bo.gets() == page
        bo.faxes(page)
        assert await anna.gets() == page


async def test_events_arrive(engine: AnyEngine, anna: Party, bo: Party) -> None:
    events: asyncio.Queue[MediaEvent] = asyncio.Queue()
    engine.subscribe(events.put_nowait)
    await talking(engine, anna, bo)
    anna.sends(1, b"x")
    async with asyncio.timeout(5):
        assert await events.get() == Latched(port=anna.end.port, remote=anna.address)
        anna.agrees(engine, PCMU, rtp=Address("phone.example", 4000))
        failed = await events.get()
    assert isinstance(failed, MediaFailed)
    assert failed.port == anna.end.port
    assert "phone.example" in failed.reason


async def test_keys_go_both_ways(engine: AnyEngine, anna: Party, bo: Party) -> None:
    events: asyncio.Queue[MediaEvent] = asyncio.Queue()
    engine.subscribe(events.put_nowait)
    await talking(engine, anna, bo)
    anna.agrees(engine, PCMU, KEYS)
    await engine.figures(anna.end.port)
    anna.sends(1, bytes([5, 0x8A, 3, 32]), 101)  # the end of a 5 that lasted 800 units
    async with asyncio.timeout(5):
        assert await events.get() == Latched(port=anna.end.port, remote=anna.address)
        assert await events.get() == KeyPressed(port=anna.end.port, key="5", milliseconds=100)
    engine.press(anna.end.port, "#", 40)
    heard = [await anna.hears() for _ in range(4)]
    assert [header[1] for header, _ in heard] == [0x80 | 101, 101, 101, 101]
    assert [payload for _, payload in heard] == [bytes([11, 10, 0, 160]), *[bytes([11, 0x8A, 1, 64])] * 3]


async def test_hold_is_respected(engine: AnyEngine, anna: Party, bo: Party) -> None:
    await talking(engine, anna, bo)
    anna.agrees(engine, PCMU, hears=False)
    await engine.figures(anna.end.port)
    bo.sends(1, b"unheard")
    anna.sends(1, b"heard")
    assert (await bo.hears())[1] == b"heard"
    anna.agrees(engine, PCMU)
    await engine.figures(anna.end.port)
    bo.sends(2, b"back")
    assert (await anna.hears())[1] == b"back"
    assert anna.heard_nothing_else()


async def test_reports_and_goodbye(engine: AnyEngine, anna: Party, bo: Party) -> None:
    await talking(engine, anna, bo)
    anna.sends(1, bytes(160))
    await bo.hears()
    report = (await bo.is_told())[0]
    assert isinstance(report, rtcp.SenderReport)
    assert (report.packets, report.octets) == (1, 160)
    engine.close(bo.end.port)
    while not isinstance(last := (await bo.is_told())[-1], rtcp.Goodbye):
        continue
    assert last.sources == (report.ssrc,)


async def test_ports_run_out_and_come_back_to_nobody_at_once(engine: AnyEngine) -> None:
    ends = [await engine.open() for _ in range(len(PORTS) // 2)]
    assert engine.ports_open == len(ends)
    with pytest.raises(Refused) as refused:
        await engine.open()
    assert refused.value.status == 503
    for end in ends:
        engine.close(end.port)
        assert await engine.figures(end.port) is None
    assert engine.ports_open == 0
    with pytest.raises(Refused):
        await engine.open()


def alive(pid: int) -> bool:
    """Whether a process exists; a zombie does."""
    return Path(f"/proc/{pid}").exists()


async def gone(pid: int) -> None:
    """Wait until a process is reaped."""
    end = time.monotonic() + 5
    while alive(pid):
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


async def test_a_child_that_dies_fails_its_ports_and_is_replaced(child: ChildEngine, anna: Party, bo: Party) -> None:
    events: asyncio.Queue[MediaEvent] = asyncio.Queue()
    child.subscribe(events.put_nowait)
    await talking(child, anna, bo)
    former = anna.end.port
    killed = child.child
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    async with asyncio.timeout(5):
        lost = [await events.get() for _ in range(2)]
    assert lost == [MediaFailed(port=end.port, reason="the media process died") for end in (anna.end, bo.end)]
    await gone(killed)
    assert child.ports_open == 0
    assert await child.figures(former) is None
    child.close(former)
    await talking(child, anna, bo)
    assert anna.end.port > former
    anna.sends(1, b"again")
    assert (await bo.hears())[1] == b"again"


async def test_who_waits_when_the_child_dies_is_refused(child: ChildEngine) -> None:
    pid = child.child
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    opening = asyncio.gather(child.open(), child.open(), return_exceptions=True)
    await asyncio.sleep(0)
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(5):
        refused = await opening
    assert [isinstance(each, Refused) and each.status for each in refused] == [503, 503]


async def test_an_open_that_is_cancelled_leaves_no_port(child: ChildEngine) -> None:
    async def opens() -> None:
        await child.open()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(len(PORTS) // 4):
            task = tasks.create_task(opens())
            await asyncio.sleep(0)
            task.cancel()
    end = await child.open()
    assert child.ports_open == 1
    assert end.port > len(PORTS) // 4, "the child had opened what nobody wanted any more"


async def test_stopping_leaves_no_process(child: ChildEngine) -> None:
    pid = child.child
    assert pid is not None
    await child.open()
    begun = time.monotonic()
    await child.stop()
    assert time.monotonic() - begun < 2
    assert not alive(pid)
    assert child.ports_open == 0
    await child.stop()


async def test_a_child_that_does_not_stop_is_killed(child: ChildEngine) -> None:
    pid = child.child
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    async with asyncio.timeout(5):
        await child.stop()
    assert not alive(pid)


@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_a_child_lives_and_dies_on_either_loop(
    loopback: Callable[[], str], loop_factory: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def heard(one: Party, other: Party) -> bytes:
        # What is sent before the child has connected the two is lost, and nobody says when that is.
        for number in range(1, 100):
            one.sends(number, b"sound")
            with suppress(TimeoutError):
                async with asyncio.timeout(0.3):
                    return (await other.hears())[1]
        return b""

    async def lives_and_dies() -> None:
        engine = ChildEngine(interfaces=[Interface(address=loopback())], ports=PORTS)
        failures: asyncio.Queue[MediaEvent] = asyncio.Queue()
        engine.subscribe(failures.put_nowait)
        anna, bo = Party(loopback()), Party(loopback())
        await talking(engine, anna, bo)
        assert await heard(anna, bo) == b"sound"
        first = engine.child
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await gone(first)
        while not isinstance(await failures.get(), MediaFailed):  # until the engine has noticed
            pass
        await talking(engine, anna, bo)
        second = engine.child
        assert second is not None
        await engine.stop()
        assert not alive(second)
        anna.leaves()
        bo.leaves()

    async def in_time() -> None:
        async with asyncio.timeout(60):
            await lives_and_dies()

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(in_time())


async def test_a_tone_is_played_and_a_voice_recorded(engine: AnyEngine, anna: Party, bo: Party, tmp_path: Path) -> None:
    events: asyncio.Queue[MediaEvent] = asyncio.Queue()
    engine.subscribe(events.put_nowait)
    await talking(engine, anna, bo)
    engine.record(anna.end.port, Recording(ticket=1, path=str(tmp_path / "a.wav")))
    engine.play(anna.end.port, Programme(ticket=2, sounds=(Tone(frequencies=(700,), milliseconds=300),)))
    decoder, encoder = codecs.decoder(PCMU), codecs.encoder(PCMU)
    heard, said = b"", tone((500,), 300, -20)
    for number in range(15):
        _, payload = await anna.hears()
        heard += decoder.decode(payload)
        anna.sends(number, encoder.encode(said[number * FRAME : (number + 1) * FRAME]))
    assert frequency(heard) == pytest.approx(700, abs=3)
    async with asyncio.timeout(5):
        while not isinstance(await events.get(), Played):
            pass
    recorded = await engine.end_recording(anna.end.port)
    assert recorded is not None
    assert 0.2 < recorded.seconds < 3
    with wave.open(str(tmp_path / "a.wav")) as read:
        sound = read.readframes(RATE * 9)
    assert frequency(sound) == pytest.approx(500, abs=3)


async def test_two_hear_each_other_in_a_room(engine: AnyEngine, anna: Party, bo: Party) -> None:
    for party in (anna, bo):
        await party.joins(engine, PCMU)
        engine.mix(party.end.port, MixId(1))
    decoder, encoder = codecs.decoder(PCMU), codecs.encoder(PCMU)
    heard, said = b"", tone((500,), 1000, -20)
    for number in range(50):
        anna.sends(number, encoder.encode(said[number * FRAME : (number + 1) * FRAME]))
        _, payload = await bo.hears()
        heard += decoder.decode(payload)
    assert frequency(heard) == pytest.approx(500, abs=3)


async def test_a_recording_survives_the_death_of_its_process(child: ChildEngine, anna: Party, tmp_path: Path) -> None:
    await anna.joins(child, PCMU)
    child.record(anna.end.port, Recording(ticket=1, path=str(tmp_path / "a.wav")))
    encoder, said = codecs.encoder(PCMU), tone((500,), 2000, -20)
    for number in range(100):
        anna.sends(number, encoder.encode(said[number * FRAME : (number + 1) * FRAME]))
        await asyncio.sleep(0.02)
    assert child.child is not None
    os.kill(child.child, signal.SIGKILL)
    with wave.open(str(tmp_path / "a.wav")) as read:
        assert read.getnframes() / RATE > 1
        assert frequency(read.readframes(RATE * 9)) == pytest.approx(500, abs=3)


async def test_a_closed_socket_waits_for_no_garbage_collector() -> None:
    class Owner:
        def __init__(self) -> None:
            self.socket = RealNetwork().datagram(Address("127.0.0.1", 0), self.received)

        def received(self, data: bytes, source: Address) -> None:
            """Nothing comes."""

    gc.disable()
    try:
        owner = Owner()
        kept = weakref.ref(owner)
        owner.socket.close()
        del owner
        assert kept() is None
    finally:
        gc.enable()
