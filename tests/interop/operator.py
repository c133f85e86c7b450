"""What an operator does with a server and its phones, for tests that end the server themselves."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.interop.handset import Handset
from tests.interop.server import STOPPED_WITHIN, House, Server

PATIENCE = 10.0
"""Seconds that anything observable may take to happen."""

Place = Callable[[], str]


def eventually(found: Callable[[], Any], what: str, *, within: float = PATIENCE) -> Any:
    """What ``found`` returns as soon as that is true."""
    deadline = time.monotonic() + within
    while not (result := found()):
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.01)
    return result


def ended(server: Server, within: float = STOPPED_WITHIN) -> int:
    """Exit status of a server that was told to stop, as soon as it has."""
    assert server._process is not None
    return server._process.wait(within)


def pbxd(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [sys.executable, "-m", "pbxd", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=30, env={**os.environ, **environment}
    )


@contextmanager
def started(house: House, directory: Path, *, forked: bool = True) -> Iterator[Server]:
    """A server that the test itself ends; killed if it doesn't."""
    server = Server(house, directory, forked=forked)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class Phones:
    """Handsets that are closed at the end of a test."""

    def __init__(self, place: Place, server: Server, stack: ExitStack) -> None:
        self._place = place
        self._server = server
        self._stack = stack

    def __call__(self, device: str, *, password: str | None = None) -> Handset:
        """A phone that has registered."""
        phone = Handset(device, self._place(), self._server.address, password=password)
        self._stack.enter_context(phone)
        phone.registers()
        return phone


@contextmanager
def phones_of(server: Server, place: Place) -> Iterator[Phones]:
    with ExitStack() as stack:
        yield Phones(place, server, stack)


def ring(caller: Handset, callee: Handset, number: str = "202") -> tuple[str, str]:
    """Caller's and callee's INVITE of a call that rings."""
    invite = caller.invites(number)
    ringing = callee.waits_for("INVITE")
    callee.replies(ringing, 180)
    caller.gets(invite, 180)
    return invite, ringing


def talk(caller: Handset, callee: Handset, number: str = "202") -> tuple[str, str]:
    """Have a call answered; the caller's INVITE and what answered it."""
    invite, ringing = ring(caller, callee, number)
    callee.replies(ringing, 200, sdp=True)
    answer = caller.gets(invite, 200)
    caller.acks(invite, answer)
    callee.waits_for("ACK")
    return invite, answer


def recorded(server: Server) -> list[tuple[str, str]]:
    """Id and result of every call in the database."""
    with sqlite3.connect(server.config.parent / "var" / "pbxd.db") as database:
        rows = database.execute("SELECT call, result FROM calls ORDER BY started").fetchall()
    database.close()
    return rows
