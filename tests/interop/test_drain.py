"""Stopping without cutting calls off, and what a service manager hears of it."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.interop.operator import Place, ended, eventually, pbxd, phones_of, recorded, started, talk
from tests.interop.server import House

pytestmark = [pytest.mark.interop, pytest.mark.covers("REL-3")]


@pytest.fixture
def house(loopback: Place) -> House:
    return House(address=loopback(), server={"drain": "30"})


def test_sigterm_waits_for_the_calls_that_run(house: House, tmp_path: Path, loopback: Place) -> None:
    with started(house, tmp_path / "server") as server, phones_of(server, loopback) as phones:
        anna, bo, cora = map(phones, ("anna-desk", "bo-desk", "cora-desk"))
        invite, answer = talk(anna, bo)
        os.kill(server.pid, signal.SIGTERM)
        eventually(lambda: server.events("server-draining"), "draining")
        cora.gets(cora.invites("201"), 503)
        assert server.status()["draining"]
        done = pbxd("health", "--config", str(server.config))
        assert done.returncode == 1
        assert "not ready: the server takes no new calls" in done.stderr
        anna.hangs_up(invite, answer)
        bo.replies(bo.waits_for("BYE"), 200)
        assert ended(server) == 0
        assert [result for _, result in recorded(server)] == ["answered"]


def test_drain_ends_what_does_not_end_by_itself(house: House, tmp_path: Path, loopback: Place) -> None:
    with started(house, tmp_path / "server") as server, phones_of(server, loopback) as phones:
        anna, bo = phones("anna-desk"), phones("bo-desk")
        talk(anna, bo)
        begun = time.monotonic()
        assert "when 1 call has ended, in 1 s at the latest" in server.command("drain", "--limit", "1")
        for phone in (anna, bo):
            phone.replies(phone.waits_for("BYE"), 200)
        assert time.monotonic() - begun >= 1
        assert ended(server) == 0
        assert [result for _, result in recorded(server)] == ["shutdown"]


def test_a_second_signal_ends_calls_politely_and_a_third_the_process(
    house: House, tmp_path: Path, loopback: Place
) -> None:
    with started(house, tmp_path / "server") as server, phones_of(server, loopback) as phones:
        anna, bo = phones("anna-desk"), phones("bo-desk")
        talk(anna, bo)
        os.kill(server.pid, signal.SIGTERM)
        eventually(lambda: server.events("server-draining"), "draining")
        os.kill(server.pid, signal.SIGTERM)
        bo.waits_for("BYE")  # and no answer: the server waits
        os.kill(server.pid, signal.SIGTERM)
        assert ended(server) == -signal.SIGTERM


def test_sigint_does_not_wait_and_neither_does_anything_without_calls(
    house: House, tmp_path: Path, loopback: Place
) -> None:
    with started(house, tmp_path / "server") as server, phones_of(server, loopback) as phones:
        assert server.command("health") == "ready\n"
        talk(phones("anna-desk"), phones("bo-desk"))
        os.kill(server.pid, signal.SIGINT)
        assert ended(server) == 0
        server.start()
        assert "no calls run" in server.command("drain")
        assert ended(server) == 0


@contextmanager
def service_manager(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What servers that are started now tell their service manager comes out of the socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        monkeypatch.setenv("WATCHDOG_USEC", "400000")
        yield manager


def test_the_service_manager_is_told(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        service_manager(tmp_path / "notify", monkeypatch) as manager,
        started(house, tmp_path / "server") as server,
    ):

        def hears(word: str) -> str:
            while not (text := manager.recv(4096).decode()).startswith(word):
                assert text == "WATCHDOG=1", text
            return text

        hears("READY=1")
        for _ in range(3):
            assert manager.recv(4096) == b"WATCHDOG=1"
        os.kill(server.pid, signal.SIGHUP)
        hears("RELOADING=1")
        hears("READY=1")
        os.kill(server.pid, signal.SIGTERM)
        assert "EXTEND_TIMEOUT_USEC=" in hears("STOPPING=1")
        assert ended(server) == 0
