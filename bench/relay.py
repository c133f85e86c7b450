"""What relaying sound costs: CPU of one core per 100 calls at 50 packets/s each way, and how long a packet takes.

    .venv/bin/python bench/relay.py --calls 100 --seconds 15

The engine, in a process of its own, relays between two sockets per call; beside it, in the same run, a bare relay
(uvloop, ``add_reader``, one ``recvfrom`` and one ``sendto``) shows what the machine asks for. Relay and load share
nothing but loopback; where there are two cores, each has its own. Delays are taken from a time stamp that the sender
puts in the payload, so they include the load's own wake-ups. ``srtp`` is the engine with one phone of each call
encrypted, ``srtp both`` with both; the load's own encryption is on its own core.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import hashlib
import itertools
import multiprocessing
import os
import resource
import selectors
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import uvloop
from pylibsrtp import Policy, Session

from pbxd.clock import SystemClock
from pbxd.media import rtp
from pbxd.media.embedded import EmbeddedEngine, Interface
from pbxd.media.engine import Format, Keying, RemoteEnd, Sdes, Suite, Unencrypted
from pbxd.network import Address, RealNetwork

HOST = "127.0.0.1"
PCMU = (Format(payload_type=0, encoding="PCMU", clock_rate=8000),)
HEADER = struct.Struct("!BBHII")
STAMP = struct.Struct("!Q")
PACKET_TIME = 0.02
SLICES = 20
"""Senders are spread over this many moments of a packet time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One relay under one load."""

    relay: str
    cpu: float
    """Share of one core."""
    median: float
    """Milliseconds, as is ``late``."""
    late: float
    """99th percentile."""
    sent: int
    received: int
    kilobytes_per_call: float


def phone() -> socket.socket:
    """A socket of the load."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    made.bind((HOST, 0))
    return made


def keys_of(index: int) -> Sdes:
    """The keys of one phone of the load; relay and load work them out for themselves."""
    drawn = hashlib.sha512(b"%d" % index).digest()
    return Sdes(suite=Suite.AES_CM_128_HMAC_SHA1_80, sends_with=drawn[:30], receives_with=drawn[30:60])


class BareRelay:
    """No more than what must be done."""

    def __init__(self, encrypted: int) -> None:
        self._loop = asyncio.get_running_loop()

    async def call(self, serial: int, one: Address, other: Address) -> tuple[Address, Address]:
        here, there = phone(), phone()
        for near, far, to in ((here, there, other), (there, here, one)):
            self._loop.add_reader(near, self._pass, near, far, to)
        return Address(*here.getsockname()), Address(*there.getsockname())

    @staticmethod
    def _pass(near: socket.socket, far: socket.socket, to: Address) -> None:
        data, _ = near.recvfrom(2048)
        far.sendto(data, to)


class EngineRelay:
    """The engine, as the server uses it, with ``encrypted`` (0 to 2) phones of each call encrypted."""

    def __init__(self, encrypted: int) -> None:
        self._encrypted = encrypted
        self._engine = EmbeddedEngine(
            RealNetwork(), clock=SystemClock(), interfaces=[Interface(address=HOST)], ports=range(20_000, 32_000)
        )

    async def call(self, serial: int, one: Address, other: Address) -> tuple[Address, Address]:
        here, there = await self._engine.open(), await self._engine.open()
        for side, (end, remote) in enumerate(((here, one), (there, other))):
            keying: Keying = keys_of(2 * serial + side) if side < self._encrypted else Unencrypted()
            self._engine.configure(
                end.port,
                RemoteEnd(
                    rtp=remote, rtcp=None, rtcp_mux=False, sends_as=PCMU, receives_as=PCMU, hears=True, speaks=True,
                    keying=keying,
                ),
            )  # fmt: skip
        self._engine.hear(here.port, there.port)
        self._engine.hear(there.port, here.port)
        return here.rtp, there.rtp


RELAYS: dict[str, tuple[type[BareRelay | EngineRelay], int]] = {
    "bare": (BareRelay, 0),
    "engine": (EngineRelay, 0),
    "srtp": (EngineRelay, 1),
    "srtp both": (EngineRelay, 2),
}
"""What carries the calls, and how many phones of each are encrypted."""


def relay(name: str, control: Connection) -> None:
    """The relay's process: takes the phones' addresses, answers with its own, tells its CPU seconds when asked."""
    pin(0)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        kind, encrypted = RELAYS[name]
        made = kind(encrypted)
        pairs = control.recv()
        before = resident()
        control.send([await made.call(serial, *pair) for serial, pair in enumerate(pairs)])
        done = loop.create_future()

        def asked() -> None:
            if control.recv() == "cpu":
                used = resource.getrusage(resource.RUSAGE_SELF)
                control.send((used.ru_utime + used.ru_stime, (resident() - before) / len(pairs)))
            else:
                done.set_result(None)

        loop.add_reader(control.fileno(), asked)
        await done
        loop.remove_reader(control.fileno())

    gc.freeze()
    uvloop.run(run())


def resident() -> float:
    """Kilobytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1024


def pin(core: int) -> None:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(0, {cores[core]})


def bytes_as_they_are(data: bytes) -> bytes:
    """What a phone without encryption does with a packet."""
    return data


class Load:
    """Phones that send 50 packets a second each and note when packets reach them."""

    def __init__(self, calls: int, encrypted: int) -> None:
        self.phones = [phone() for _ in range(2 * calls)]
        self._seal: dict[socket.socket, Callable[[bytes], bytes]] = dict.fromkeys(self.phones, bytes_as_they_are)
        self._open = dict(self._seal)
        for index, each in enumerate(self.phones):
            if index % 2 < encrypted:
                keys = keys_of(index)
                self._seal[each] = Session(Policy(keys.sends_with, Policy.SSRC_ANY_OUTBOUND)).protect
                self._open[each] = Session(Policy(keys.receives_with, Policy.SSRC_ANY_INBOUND)).unprotect
        self._selector = selectors.DefaultSelector()
        for each in self.phones:
            self._selector.register(each, selectors.EVENT_READ)
        self.delays: list[int] = []
        self.sent = 0
        self._tick = 0

    def run(self, targets: list[Address], seconds: float) -> None:
        """Send for ``seconds`` and wait a moment for what is under way."""
        senders = list(zip(self.phones, targets, itertools.count(1), strict=False))
        slices = [senders[index::SLICES] for index in range(SLICES)]
        filling = bytes(160 - STAMP.size)
        begin = time.monotonic()
        step = PACKET_TIME / SLICES
        for tick in range(1, int(seconds / step) + 1):
            self._tick += 1
            sequence = self._tick // SLICES
            for sender, target, ssrc in slices[self._tick % SLICES]:
                stamp = STAMP.pack(time.monotonic_ns())
                header = HEADER.pack(0x80, 0, sequence & 0xFFFF, 160 * sequence & 0xFFFF_FFFF, ssrc)
                sender.sendto(self._seal[sender](header + stamp + filling), target)
                self.sent += 1
            self._receive_until(begin + tick * step)
        self._receive_until(time.monotonic() + 0.5)

    def _receive_until(self, end: float) -> None:
        while (left := end - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                try:
                    data = key.fileobj.recv(2048)  # type: ignore[union-attr]  # registered above: a socket
                except BlockingIOError:
                    continue
                if rtp.classify(data) is not rtp.Kind.RTP:  # a report for the phone whose RTP is one port below
                    continue
                opened = self._open[key.fileobj](data)  # type: ignore[index]
                self.delays.append(time.monotonic_ns() - STAMP.unpack_from(opened, HEADER.size)[0])

    def close(self) -> None:
        self._selector.close()
        for each in self.phones:
            each.close()


def measure(name: str, calls: int, seconds: float) -> Figures:
    """Run one relay under load."""
    context = multiprocessing.get_context("spawn")
    control, theirs = context.Pipe()
    process = context.Process(target=relay, args=(name, theirs))
    process.start()
    load = Load(calls, RELAYS[name][1])
    try:
        addresses = [Address(*each.getsockname()) for each in load.phones]
        control.send(list(zip(addresses[::2], addresses[1::2], strict=True)))
        targets = [end for pair in control.recv() for end in pair]
        load.run(targets, 1.0)
        load.delays.clear()
        load.sent = 0
        control.send("cpu")
        before, _ = control.recv()
        load.run(targets, seconds)
        control.send("cpu")
        after, per_call = control.recv()
    finally:
        control.send("end")
        process.join()
        load.close()
    delays = sorted(load.delays) or [0]
    return Figures(
        relay=name,
        cpu=(after - before) / seconds,
        median=delays[len(delays) // 2] / 1e6,
        late=delays[len(delays) * 99 // 100] / 1e6,
        sent=load.sent,
        received=len(load.delays),
        kilobytes_per_call=per_call,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--relay", action="append", choices=RELAYS, help="default: all, in turn")
    arguments = parser.parse_args()
    pin(1)
    print(f"{'relay':10} {'CPU/100 calls':>14} {'p50 ms':>8} {'p99 ms':>8} {'lost':>6} {'KiB/call':>9}")
    bare = None
    for name in arguments.relay or RELAYS:
        result = measure(name, arguments.calls, arguments.seconds)
        cpu = 100 * result.cpu * 100 / arguments.calls
        bare = bare or cpu
        print(
            f"{name:10} {cpu:12.1f} % {result.median:8.2f} {result.late:8.2f} {result.sent - result.received:6} "
            f"{result.kilobytes_per_call:9.1f}  x{cpu / bare:.2f}"
        )


if __name__ == "__main__":
    main()
