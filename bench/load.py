"""The load: SIPp as caller, callee and as a crowd of phones that register, all on the core that the server has not."""

from __future__ import annotations

import csv
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.servers import CALLEE, CALLEE_DEVICE, CALLER, LOAD_CORE, NUMBER, PORT, Server, accounts, pinned
from tests.interop.part import DOMAIN, Part, audio
from tests.interop.server import secret


class Scenario(Protocol):
    """What SIPp can be told to play."""

    def xml(self) -> str:
        """The scenario as SIPp reads it."""


FAILED_SHARE = 0.001
"""A rate is held while fewer calls than this fail."""
LATE = 1.1
"""And while the load does not take longer than this many times as long as it should."""
HOLD = 1.0
"""Seconds that a call lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One load on one server."""

    rate: float
    """Calls or registrations per second that were asked for."""
    done: int
    failed: int
    seconds: float
    cpu: float
    """Seconds of processor time that the server took."""

    @property
    def milliseconds(self) -> float:
        """Processor time for each."""
        return 1000 * self.cpu / max(self.done, 1)

    def held(self, planned: float) -> bool:
        """Whether nearly all went well, and in nearly the ``planned`` seconds."""
        return self.failed < FAILED_SHARE * (self.done + self.failed) and self.seconds < LATE * planned + HOLD + 2


def caller(host: str, hold: float) -> Part:
    """A call that its caller ends: INVITE, (100), 180, 200, ACK, BYE, 200; descriptions on both legs."""
    part = Part.calling(NUMBER, user="4512345678", domain=host).invites(audio()).gets(180, optional=True)
    return part.gets(200).acks().pauses(hold).sends("BYE").gets(200)


def callee() -> Part:
    """Rings and answers at once."""
    part = Part.called().waits_for("INVITE").answers(180).answers(200, audio(), repeated=True)
    return part.waits_for("ACK").waits_for("BYE").replies(200)


def phone(expires: int = 600) -> Part:
    """A phone that registers with digest: two requests."""
    part = Part.registering("[field0]").sends("REGISTER", headers=[f"Expires: {expires}"]).challenged()
    return part.sends("REGISTER", headers=[f"Expires: {expires}", "[field1]"]).gets(200)


@contextmanager
def answering(server: Server, directory: Path) -> Iterator[None]:
    """A callee for the length of a block, registered where the server needs that."""
    if server.callee_registers:
        account = ["-au", CALLEE_DEVICE, "-ap", secret(CALLEE_DEVICE), "-auth_uri", DOMAIN]
        part = Part.registering(CALLEE_DEVICE).registers(expires=3600).challenged().registers(expires=3600).gets(200)
        options = [f"{server.host}:{PORT}", "-m", "1", *account]
        if _sipp(part, directory, "registering", CALLEE, options).wait(30):
            raise RuntimeError(f"the callee could not register with {server.name}")
    process = _sipp(callee(), directory, "callee", CALLEE, ["-m", "100000000"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def calls(server: Server, *, rate: float, seconds: float, directory: Path, hold: float = HOLD) -> Run:
    """Call ``rate`` times a second for ``seconds``."""
    return _run(server, caller(server.host, hold), rate, int(rate * seconds), directory, [])


def registrations(server: Server, *, rate: float, seconds: float, users: int, directory: Path) -> Run:
    """Register ``users`` phones in turn, ``rate`` a second."""
    path = directory / "accounts.csv"
    path.write_text(accounts(users))
    domain = ["-inf", str(path), "-auth_uri", DOMAIN]
    return _run(server, phone(), rate, int(rate * seconds), directory, domain)


def memory_of_held_calls(server: Server, *, count: int, rate: float, directory: Path) -> float:
    """Bytes of resident memory that each call takes while ``count`` of them are up."""
    before = server.usage().memory
    ramp = count / rate
    part = caller(server.host, ramp + 4)
    process = _sipp(part, directory, "holding", CALLER, _aimed(server, rate, count))
    try:
        time.sleep(ramp + 2)
        return (server.usage().memory - before) / count
    finally:
        process.wait(ramp + 60)


def _run(server: Server, part: Part, rate: float, count: int, directory: Path, options: list[str]) -> Run:
    before, begun = server.usage().cpu, time.monotonic()
    process = _sipp(part, directory, "caller", CALLER, [*_aimed(server, rate, count), *options])
    try:
        process.wait(2 * count / rate + 40)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    seconds = time.monotonic() - begun
    done, failed = _counts(directory / "caller.csv", count)
    return Run(rate=rate, done=done, failed=failed, seconds=seconds, cpu=server.usage().cpu - before)


def _aimed(server: Server, rate: float, count: int) -> list[str]:
    return [f"{server.host}:{PORT}", "-r", f"{rate:.0f}", "-m", str(count), "-l", "100000"]


def _sipp(part: Scenario, directory: Path, name: str, host: str, options: list[str]) -> subprocess.Popen[bytes]:
    scenario = directory / f"{name}.xml"
    scenario.write_text(part.xml())
    statistics = directory / f"{name}.csv"
    statistics.unlink(missing_ok=True)
    command = ["sipp", *options, "-sf", str(scenario), "-i", host, "-p", str(PORT), "-bind_local", "-mi", host]
    command += ["-ci", host, "-nostdin", "-trace_stat", "-fd", "1", "-stf", str(statistics), "-recv_timeout", "10000"]
    with (directory / f"{name}.screen").open("wb") as screen:
        process = subprocess.Popen(pinned(command, LOAD_CORE), cwd=directory, stdout=screen, stderr=screen)
    while not _bound(host):
        if process.poll() is not None:
            raise RuntimeError(
                f"SIPp ended with {process.returncode}: {(directory / f'{name}.screen').read_text()[-800:]}"
            )
        time.sleep(0.02)
    return process


def _bound(host: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, PORT))
        except OSError:
            return True
    return False


def _counts(statistics: Path, planned: int) -> tuple[int, int]:
    """How many went well and how many did not; what never ended did not."""
    with statistics.open() as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    done = int(last["SuccessfulCall(C)"])
    return done, planned - done
