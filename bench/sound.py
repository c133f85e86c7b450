"""What sound costs that is more than relayed: CPU of one core, and how evenly packets leave.

    .venv/bin/python bench/sound.py --seconds 8

The engine runs in a child process on core 0, the parties here on core 1. Gaps between packets are the kernel's time
stamps at the receiving sockets. ``play`` is a prompt to so many parties, ``listen`` so many who talk while their keys
are listened for, ``room`` one room of so many with three who talk.
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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvloop

from pbxd.media import rtp
from pbxd.media.embedded import Interface
from pbxd.media.engine import Format, LocalEnd, RemoteEnd
from pbxd.media.remote import ChildEngine
from pbxd.media.sound import codecs
from pbxd.media.sound.pcm import FRAME, RATE
from pbxd.media.sound.tones import tone
from pbxd.media.sound.wav import WavFile
from pbxd.media.sounds import Detection, File, MixId, Programme
from pbxd.network import Address

HOST = "127.0.0.1"
FORMATS = {
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
    arrived: list[float]

    def receive(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                _, extra, _, _ = self.socket.recvmsg(2048, 64)
                seconds, nanoseconds = struct.unpack("qq", extra[0][2][:16])
                self.arrived.append(seconds + nanoseconds / 1e9)


async def phones(engine: ChildEngine, count: int, format_: Format) -> list[Phone]:
    """So many parties with a port each."""
    made = []
    for _ in range(count):
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
        phone = Phone(sock, end, [])
        asyncio.get_running_loop().add_reader(sock, phone.receive)
        made.append(phone)
    return made


async def talk(talking: list[Phone], format_: Format, seconds: float) -> None:
    """Have parties say something, spread over the time of a packet."""
    encoder = codecs.encoder(format_)
    said = tone((440,), 1000)
    payloads = [encoder.encode(said[at : at + FRAME]) for at in range(0, len(said), FRAME)]
    begun = time.monotonic()
    for number in range(round(seconds * 50)):
        for place, phone in enumerate(talking):
            due = begun + 0.02 * (number + place / len(talking))
            if (wait := due - time.monotonic()) > 0.001:
                await asyncio.sleep(wait)
            stamp = number * codecs.frame_units(format_)
            header = rtp.HEADER.pack(rtp.PLAIN, format_.payload_type, number & 0xFFFF, stamp, 7)
            phone.socket.sendto(header + payloads[number % len(payloads)], phone.end.rtp)


def cpu(pid: int) -> float:
    """Seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(
    name: str, count: int, talkers: int, encoding: str, begin: Callable[[ChildEngine, Phone], None], seconds: float
) -> None:
    """One line of the table."""
    engine = ChildEngine(interfaces=[Interface(address=HOST)], ports=range(20_000, 28_000))
    await engine.start()
    assert engine.child is not None
    os.sched_setaffinity(engine.child, {0})
    format_ = FORMATS[encoding]
    parties = await phones(engine, count, format_)
    for phone in parties:
        begin(engine, phone)
    talking = asyncio.get_running_loop().create_task(talk(parties[:talkers], format_, seconds + WARM))
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
    late = f"{off[len(off) // 2]:6.2f} {off[len(off) * 99 // 100]:6.2f}" if off else "     -      -"
    print(f"{name:8}{encoding:6}{count:4}  {used * 100:6.1f} %  {late}", flush=True)
    await engine.stop()
    for phone in parties:
        asyncio.get_running_loop().remove_reader(phone.socket)
        phone.socket.close()


async def run(seconds: float) -> None:
    print("what     format  n   core     gap off 20 ms by: p50, p99 (ms)")
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "prompt.wav"
        file = WavFile(path, rate=RATE, channels=1)
        file.append(tone((440, 350), 5000))
        file.close()
        programme = Programme(ticket=1, sounds=(File(path=str(path)),), repeat=True)
        for encoding, count in (("PCMA", 100), ("opus", 100), ("PCMA", 200)):
            await measure(
                "play", count, 0, encoding, lambda engine, phone: engine.play(phone.end.port, programme), seconds
            )
        keys = Detection(keys=True)
        for encoding, count in (("PCMA", 100), ("opus", 50)):
            await measure(
                "listen", count, count, encoding, lambda engine, phone: engine.detect(phone.end.port, keys), seconds
            )
        for encoding, count in (("PCMA", 3), ("PCMA", 10), ("PCMA", 30), ("G722", 30), ("opus", 30)):
            await measure(
                "room", count, 3, encoding, lambda engine, phone: engine.mix(phone.end.port, MixId(1)), seconds
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=8)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {1})
    uvloop.run(run(arguments.seconds))


if __name__ == "__main__":
    main()
