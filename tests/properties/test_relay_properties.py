"""Whatever arrives in whatever order, the hearer gets one RTP stream, and in it only what somebody sent."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from pbxd.media import rtp
from pbxd.media.embedded import EmbeddedEngine, Interface
from pbxd.media.engine import Format, LocalEnd, RemoteEnd
from pbxd.network import Address, Network, Received
from tests.support.loop import VirtualClockLoop

PCMU = Format(payload_type=0, encoding="PCMU", clock_rate=8000)
EVENTS = Format(payload_type=101, encoding="telephone-event", clock_rate=8000)
WORD = 1 << 32
HEARER = Address("198.51.100.99", 4000)


@dataclass(slots=True)
class Wire:
    """A network whose sockets are called by the test, and a clock that it turns."""

    now: float = 0.0
    sent: list[tuple[bytes, Address]] = field(default_factory=list)
    sockets: dict[Address, Received] = field(default_factory=dict)

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now

    def datagram(self, local: Address, received: Received) -> Socket:
        self.sockets[local] = received
        return Socket(self, local)


@dataclass(slots=True)
class Socket:
    wire: Wire
    local: Address

    def send(self, data: bytes | bytearray | memoryview, to: Address) -> None:
        self.wire.sent.append((bytes(data), to))

    def close(self) -> None:
        del self.wire.sockets[self.local]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens: a packet of a speaker (with faults) or a change of who is heard."""

    speaker: int
    fault: str
    pause: float


steps = st.lists(
    st.builds(
        Step,
        st.sampled_from([0, 0, 0, 1]),
        st.sampled_from(
            ["none"] * 4
            + ["swap", "event", "resume"] * 2
            + ["lose", "double", "late", "ssrc", "leap", "switch", "hold"]
        ),
        st.sampled_from([0.0, 0.001, 0.02, 0.02, 0.02, 0.7, 3.0]),
    ),
    min_size=20,
    max_size=120,
)


class Speaker:
    """A source with its own numbering, and what it has in flight."""

    def __init__(self, index: int, rng: random.Random) -> None:
        self.address = Address(f"198.51.100.{index + 1}", 4000)
        self._rng = rng
        self._renew()
        self.held: bytes | None = None
        self.sent: list[bytes] = []
        self._recent: list[bytes] = []

    def _renew(self) -> None:
        self.ssrc, self.sequence = self._rng.getrandbits(32), self._rng.getrandbits(16)
        self.timestamp = self._rng.getrandbits(32)

    def packets(self, fault: str) -> list[bytes]:
        """What reaches the engine in this step."""
        if fault == "ssrc":
            self._renew()
        if fault == "leap":
            self.sequence += 20_000
            # Two late ones in order from before a leap are, to RFC 3550 A.1, a leap back, and are heard again.
            self._recent.clear()
        self.sequence, self.timestamp = self.sequence + 1, self.timestamp + 160
        payload = self._rng.randbytes(8)
        header = rtp.HEADER.pack(
            rtp.PLAIN, 101 if fault == "event" else 0, self.sequence & 0xFFFF, self.timestamp % WORD, self.ssrc
        )
        packet = header + payload
        self.sent.append(packet)
        self._recent.append(packet)
        match fault:
            case "lose":
                return []
            case "double":
                return [packet, packet]
            case "swap" if self.held is None:
                self.held = packet
                return []
            case "late" if len(self._recent) > 5:
                return [packet, self._recent[-5]]
        if self.held is not None:
            held, self.held = self.held, None
            return [packet, held]
        return [packet]


class Room:
    """Two speakers and one hearer on an engine."""

    def __init__(self, seed: int) -> None:
        self.wire = Wire()
        network: Network = self.wire  # type: ignore[assignment]  # no streams in this part of the network
        rng = random.Random(seed)
        self.engine = EmbeddedEngine(
            network, clock=self.wire, interfaces=[Interface(address="192.0.2.1")], ports=range(1000, 1100), rng=rng
        )
        self.speakers = [Speaker(index, rng) for index in range(2)]
        self.ends: list[LocalEnd] = []
        self.hearer: LocalEnd

    async def play(self, script: list[Step], formats: tuple[Format, ...]) -> None:
        """Let everybody join, then follow the script; nothing here waits."""
        for speaker in self.speakers:
            self.ends.append(await self.engine.open())
            self.agree(self.ends[-1], speaker.address, (PCMU, EVENTS))
        self.hearer = await self.engine.open()
        self.agree(self.hearer, HEARER, formats)
        self.engine.hear(self.hearer.port, self.ends[0].port)
        for step in script:
            self.wire.now += step.pause
            if step.fault == "switch":
                self.engine.hear(self.hearer.port, self.ends[step.speaker].port)
            elif step.fault in ("hold", "resume"):
                self.agree(self.hearer, HEARER, formats, hears=step.fault == "resume")
            else:
                speaker = self.speakers[step.speaker]
                for packet in speaker.packets(step.fault):
                    self.wire.sockets[self.ends[step.speaker].rtp](packet, speaker.address)

    def agree(self, end: LocalEnd, address: Address, formats: tuple[Format, ...], *, hears: bool = True) -> None:
        remote = RemoteEnd(
            rtp=address, rtcp=None, rtcp_mux=False, sends_as=formats, receives_as=formats, hears=hears, speaks=True
        )
        self.engine.configure(end.port, remote)


def played(script: list[Step], formats: tuple[Format, ...], seed: int) -> Room:
    room = Room(seed)
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(room.play(script, formats))
    return room


@settings(max_examples=150, deadline=None)
@given(steps, st.sampled_from([(PCMU,), (PCMU, EVENTS)]), st.integers(0, 2**32))
def test_the_hearer_gets_one_stream(script: list[Step], formats: tuple[Format, ...], seed: int) -> None:
    room = played(script, formats, seed)
    sound = [(data, to) for data, to in room.wire.sent if rtp.classify(data) is rtp.Kind.RTP]
    assert {to for _, to in sound} <= {HEARER}
    headers = [rtp.HEADER.unpack_from(data) for data, _ in sound]
    assert len({ssrc for *_, ssrc in headers}) <= 1
    assert {second & 0x7F for _, second, *_ in headers} <= {each.payload_type for each in formats}
    uses = Counter(sequence for _, _, sequence, *_ in headers)
    assert all(count == 1 for count in uses.values()), "each sequence number once"

    said = {packet[12:] for speaker in room.speakers for packet in speaker.sent}
    heard = [data[12:] for data, _ in sound]
    assert set(heard) <= said
    assert len(set(heard)) == len(heard), "nothing twice"

    ordered = unwrapped([(sequence, timestamp) for _, _, sequence, timestamp, _ in headers])
    for (_, before), (_, after) in itertools.pairwise(ordered):
        assert after > before, "time goes forward with the sequence"


def unwrapped(numbers: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sequence numbers and time stamps without their wrapping, in order of sequence."""
    if not numbers:
        return []
    (sequence, timestamp), result = numbers[0], []
    for next_sequence, next_timestamp in numbers:
        sequence += (next_sequence - sequence + (1 << 15) & 0xFFFF) - (1 << 15)
        timestamp += (next_timestamp - timestamp + (1 << 31)) % WORD - (1 << 31)
        result.append((sequence, timestamp))
    return sorted(result)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=80), max_size=20), st.integers(0, 2**32))
def test_hostile_datagrams_never_raise(datagrams: list[bytes], seed: int) -> None:
    room = played([], (PCMU, EVENTS), seed)
    for datagram, start in itertools.product(
        datagrams, (b"", b"\x80", b"\x80\x00", b"\x9f\x00", b"\xb0\x65", b"\x81\xc8")
    ):
        for local in (room.hearer.rtp, room.hearer.rtcp):
            room.wire.sockets[local](start + datagram, HEARER)
