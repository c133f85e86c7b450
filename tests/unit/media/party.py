"""A party of a media engine on the network in memory: sends RTP as told, keeps what comes."""

from __future__ import annotations

import random
from dataclasses import dataclass

from pbxd.clock import Clock
from pbxd.media import rtcp, rtp
from pbxd.media.embedded import EmbeddedEngine, Interface
from pbxd.media.engine import Engine, Format, LocalEnd, RemoteEnd
from pbxd.network import Address
from tests.support.network import MemoryNetwork

HOST = "192.0.2.10"
PCMU = Format(payload_type=0, encoding="PCMU", clock_rate=8000)
PCMA = Format(payload_type=8, encoding="PCMA", clock_rate=8000)
OPUS = Format(payload_type=111, encoding="opus", clock_rate=48000, channels=2)
EVENTS = Format(payload_type=101, encoding="telephone-event", clock_rate=8000, parameters="0-16")


def engine_on(network: MemoryNetwork, clock: Clock, ports: range = range(20_000, 20_100)) -> EmbeddedEngine:
    return EmbeddedEngine(network, clock=clock, interfaces=[Interface(address=HOST)], ports=ports, rng=random.Random(7))


def renumbered(format_: Format, payload_type: int) -> Format:
    return Format(
        payload_type=payload_type,
        encoding=format_.encoding,
        clock_rate=format_.clock_rate,
        channels=format_.channels,
        parameters=format_.parameters,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One RTP packet as it was received."""

    source: Address
    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes

    @classmethod
    def parse(cls, data: bytes, source: Address) -> Packet:
        first, second, sequence, timestamp, ssrc = rtp.HEADER.unpack_from(data)
        assert first == rtp.PLAIN
        return cls(
            source=source,
            marker=second >= rtp.MARKER,
            payload_type=second & 0x7F,
            sequence=sequence,
            timestamp=timestamp,
            ssrc=ssrc,
            payload=data[12:],
        )


def packet(
    sequence: int, payload: bytes = b"sound", *, ssrc: int = 77, payload_type: int = 0, timestamp: int | None = None,
    marker: bool = False
) -> bytes:  # fmt: skip
    """An RTP packet of 20 ms at 8000 Hz."""
    stamp = 160 * sequence if timestamp is None else timestamp
    return rtp.HEADER.pack(0x80, payload_type | marker << 7, sequence & 0xFFFF, stamp & 0xFFFF_FFFF, ssrc) + payload


class Party:
    """A phone's media, at ``host``; its RTCP is on the port above."""

    def __init__(self, network: MemoryNetwork, host: str, port: int = 4000) -> None:
        self.address = Address(host, port)
        self.packets: list[Packet] = []
        self.reports: list[tuple[rtcp.Packet, ...]] = []
        self.reports_to: list[Address] = []
        self._rtp = network.datagram(self.address, self._received)
        self._rtcp = network.datagram(Address(host, port + 1), self._reported)
        self.end: LocalEnd

    def _received(self, data: bytes, source: Address) -> None:
        if rtp.classify(data) is rtp.Kind.RTCP:
            self._reported(data, source)
        else:
            self.packets.append(Packet.parse(data, source))

    def _reported(self, data: bytes, source: Address) -> None:
        self.reports.append(rtcp.parse(data))
        self.reports_to.append(source)

    async def joins(self, engine: Engine, *formats: Format, **differing: object) -> None:
        """Open a port and agree on ``formats`` (PCMU) for both directions."""
        self.end = await engine.open(toward=self.address)
        self.agrees(engine, *formats, **differing)

    def agrees(self, engine: Engine, *formats: Format, **differing: object) -> None:
        """Configure the port anew."""
        agreed = formats or (PCMU,)
        fields: dict[str, object] = {
            "rtp": self.address,
            "rtcp": None,
            "rtcp_mux": False,
            "sends_as": agreed,
            "receives_as": agreed,
            "hears": True,
            "speaks": True,
        }
        engine.configure(self.end.port, RemoteEnd(**(fields | differing)))  # type: ignore[arg-type]  # tests' shorthand

    def sends(self, data: bytes) -> None:
        self._rtp.send(data, self.end.rtp)

    def sends_rtcp(self, data: bytes) -> None:
        self._rtcp.send(data, self.end.rtcp)

    def leaves(self) -> None:
        self._rtp.close()
        self._rtcp.close()


async def talking(engine: Engine, one: Party, other: Party, *formats: Format) -> None:
    """Two parties that hear each other."""
    await one.joins(engine, *formats)
    await other.joins(engine, *formats)
    engine.hear(one.end.port, other.end.port)
    engine.hear(other.end.port, one.end.port)
