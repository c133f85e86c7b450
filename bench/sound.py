"""What sound costs that is more than relayed: CPU of one core, and how evenly packets leave.

    .venv/bin/python bench/sound.py --seconds 8

The engine runs in a child process on core 0, the parties here on core 1. Gaps between packets are the kernel's time
stamps at the receiving sockets, and so is how late packets come by their RTP time. ``play`` is a prompt to so many
parties, ``listen`` so many who talk while their keys are listened for, ``room`` one room of so many with three who
talk, ``calls`` so many parties in calls of two, who all talk: relayed, translated, keys extracted, or recorded.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
import struct
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from pbxd.media import rtp
from pbxd.media.embedded import Interface
from pbxd.media.engine import Format, LocalEnd, PortId, RemoteEnd
from pbxd.media.remote import ChildEngine
from pbxd.media.sound import codecs
from pbxd.media.sound.pcm import FRAME, RATE
from pbxd.media.sound.tones import tone
from pbxd.media.sound.wav import WavFile
from pbxd.media.sounds import Detection, File, MixId, Programme, Recording
from pbxd.network import Address

HOST = "127.0.0.1"
FORMATS = {
    "PCMU": Format(payload_type=0, encoding="PCMU", clock_rate=8000),
    "PCMA": Format(payload_type=8, encoding="PCMA", clock_rate=8000),
    "G722": Format(payload_type=9, encoding="G722", clock_rate=8000),
    "opus": Format(payload_type=111, encoding="opus", clock_rate=48_000, channels=2),
}
TIMESTAMP = getattr(socket, "SO_TIMESTAMPNS", 35)
WARM = 2.0
"""Seconds before anything is counted."""


@dataclass(slots=True)
class Phone:
    """One party's socket, and when packets came to it."""

    socket: socket.socket
    end: LocalEnd
    format: Format
    arrived: list[float]
    stamps: list[int]
    """RTP time stamps of what came."""

    def receive(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                data, extra, _, _ = self.socket.recvmsg(2048, 64)
                seconds, nanoseconds = struct.unpack("qq", extra[0][2][:16])
                if not 192 <= data[1] <= 223:
                    self.arrived.append(seconds + nanoseconds / 1e9)
                    self.stamps.append(int.from_bytes(data[4:8], "big"))

    def lateness(self) -> list[float]:
        """How far from their RTP time packets came, in seconds; the time between is what half of them took."""
        kept = list(zip(self.arrived, self.stamps, strict=True))[50:]
        transits = [at - (stamp - self.stamps[0] & 0xFFFF_FFFF) / self.format.clock_rate for at, stamp in kept]
        middle = sorted(transits)[len(transits) // 2] if transits else 0.0
        return [abs(transit - middle) for transit in transits]


async def phones(engine: ChildEngine, count: int, formats: Sequence[Format]) -> list[Phone]:
    """So many parties with a port each, who have these formats by turns."""
    made = []
    for number in range(count):
        format_ = formats[number % len(formats)]
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, TIMESTAMP, 1)
        sock.bind((HOST, 0))
        remote = Address(*sock.getsockname())
        end = await engine.open(toward=remote)
        engine.configure(
            end.port,
            RemoteEnd(
                rtp=remote, rtcp=None, rtcp_mux=False, sends_as=(format_,), receives_as=(format_,), hears=True,
                speaks=True,
            ),
        )  # fmt: skip
        phone = Phone(sock, end, format_, [], [])
        asyncio.get_running_loop().add_reader(sock, phone.receive)
        made.append(phone)
    return made


def payloads_of(format_: Format) -> list[bytes]:
    """A second of sound."""
    encoder = codecs.encoder(format_)
    said = tone((440,), 1000)
    return [encoder.encode(said[at : at + FRAME]) for at in range(0, len(said), FRAME)]


async def talk(talking: list[Phone], seconds: float) -> None:
    """Have parties say something, spread over the time of a packet."""
    payloads = {phone.format: payloads_of(phone.format) for phone in talking}
    begun = time.monotonic()
    for number in range(round(seconds * 50)):
        for place, phone in enumerate(talking):
            due = begun + 0.02 * (number + place / len(talking))
            if (wait := due - time.monotonic()) > 0.001:
                await asyncio.sleep(wait)
            stamp = number * codecs.frame_units(phone.format)
            header = rtp.HEADER.pack(rtp.PLAIN, phone.format.payload_type, number & 0xFFFF, stamp, 7)
            phone.socket.sendto(header + payloads[phone.format][number % 50], phone.end.rtp)


def cpu(pid: int) -> float:
    """Seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(
    name: str,
    count: int,
    talkers: int,
    encoding: str,
    begin: Callable[[ChildEngine, list[Phone]], None],
    seconds: float,
) -> None:
    """One line of the table. ``encoding`` may name several, for parties by turns."""
    engine = ChildEngine(interfaces=[Interface(address=HOST)], ports=range(20_000, 28_000))
    await engine.start()
    assert engine.child is not None
    os.sched_setaffinity(engine.child, {0})
    parties = await phones(engine, count, [FORMATS[name] for name in encoding.split("-")])
    begin(engine, parties)
    talking = asyncio.get_running_loop().create_task(talk(parties[:talkers], seconds + WARM))
    await asyncio.sleep(WARM)
    before, begun = cpu(engine.child), time.monotonic()
    await asyncio.sleep(seconds)
    used = (cpu(engine.child) - before) / (time.monotonic() - begun)
    await talking
    off = sorted(
        abs(after - before - 0.02) * 1000
        for phone in parties
        for before, after in zip(phone.arrived[50:-1], phone.arrived[51:], strict=True)
    )
    late = sorted(1000 * each for phone in parties for each in phone.lateness())
    told = f"{middle(off):6.2f} {last(off):6.2f}   {middle(late):6.2f} {last(late):6.2f}" if off else "     -"
    print(f"{name:9}{encoding:10}{count:4}  {used * 100:6.1f} %  {told}", flush=True)
    await engine.stop()
    for phone in parties:
        asyncio.get_running_loop().remove_reader(phone.socket)
        phone.socket.close()


def middle(values: list[float]) -> float:
    """The one that half of them are below."""
    return values[len(values) // 2]


def last(values: list[float]) -> float:
    """The one that 99 of 100 are below."""
    return values[len(values) * 99 // 100]


def each(what: Callable[[ChildEngine, PortId], None]) -> Callable[[ChildEngine, list[Phone]], None]:
    """Do this with every port."""

    def begin(engine: ChildEngine, parties: list[Phone]) -> None:
        for phone in parties:
            what(engine, phone.end.port)

    return begin


def in_pairs(*, extract_keys: bool = False, into: Path | None = None) -> Callable[[ChildEngine, list[Phone]], None]:
    """Have two and two hear each other."""

    def begin(engine: ChildEngine, parties: list[Phone]) -> None:
        ports = [phone.end.port for phone in parties]
        for one, other in zip(ports[::2], ports[1::2], strict=True):
            engine.hear(one, other, extract_keys=extract_keys)
            engine.hear(other, one)
            if into is not None:
                engine.record(one, Recording(ticket=one, path=str(into / f"{one}.wav"), beside=other))

    return begin


async def run(seconds: float) -> None:
    print("what     format      n   core     gap off 20 ms, off its RTP time: p50, p99 (ms)")
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "prompt.wav"
        file = WavFile(path, rate=RATE, channels=1)
        file.append(tone((440, 350), 5000))
        file.close()
        programme = Programme(ticket=1, sounds=(File(path=str(path)),), repeat=True)
        play = each(lambda engine, port: engine.play(port, programme))
        for encoding, count in (("PCMA", 100), ("opus", 100), ("PCMA", 200)):
            await measure("play", count, 0, encoding, play, seconds)
        listen = each(lambda engine, port: engine.detect(port, Detection(keys=True)))
        for encoding, count in (("PCMA", 100), ("opus", 50)):
            await measure("listen", count, count, encoding, listen, seconds)
        mix = each(lambda engine, port: engine.mix(port, MixId(1)))
        for encoding, count in (("PCMA", 3), ("PCMA", 10), ("PCMA", 30), ("G722", 30), ("opus", 30)):
            await measure("room", count, 3, encoding, mix, seconds)
        for encoding in ("PCMA", "PCMA-PCMU", "PCMA-G722", "PCMA-opus"):
            await measure("calls", 100, 100, encoding, in_pairs(), seconds)
        await measure("keys", 100, 100, "PCMA", in_pairs(extract_keys=True), seconds)
        await measure("recorded", 100, 100, "PCMA", in_pairs(into=Path(place)), seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=8)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {1})
    uvloop.run(run(arguments.seconds))


if __name__ == "__main__":
    main()
