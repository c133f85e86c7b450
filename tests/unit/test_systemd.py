"""What a service manager hears of us, on a socket like its own."""

from __future__ import annotations

import configparser
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pbxd.systemd import ServiceManager

UNIT = Path(__file__).parents[2] / "packaging" / "pbxd.service"
PID = 4711


class Manager:
    """The other end of ``NOTIFY_SOCKET``."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0", 1))
        self._socket.setblocking(False)
        self.environment = {"NOTIFY_SOCKET": address}

    def heard(self) -> list[str]:
        """What came since it was last asked."""
        found = []
        while True:
            try:
                found.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return found

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["file", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(str(tmp_path / "notify") if request.param == "file" else f"@pbxd-test{tmp_path}")
    yield manager
    manager.close()


def told(environment: dict[str, str]) -> ServiceManager:
    return ServiceManager(environment, PID, lambda: 12.5)


def test_a_life(manager: Manager) -> None:
    service = told(manager.environment)
    service.ready()
    with service.reloading():
        assert manager.heard() == ["READY=1\nSTATUS=", "RELOADING=1\nMONOTONIC_USEC=12500000"]
    service.stopping(305.8, "waiting for calls to end")
    with service.reloading():
        pass
    assert manager.heard() == [
        "READY=1\nSTATUS=",
        "STOPPING=1\nEXTEND_TIMEOUT_USEC=305800000\nSTATUS=waiting for calls to end",
    ], "who stops is not ready any more, whatever it reads"


def test_it_is_told_that_we_live_twice_as_often_as_it_wants_to_know(manager: Manager) -> None:
    waiting: list[tuple[float, Callable[[], None]]] = []
    service = told(manager.environment | {"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": str(PID)})
    service.keep_watched(lambda seconds, what: waiting.append((seconds, what)))
    for _ in range(2):
        [(seconds, what)] = waiting
        assert seconds == 10
        assert manager.heard() == ["WATCHDOG=1"]
        waiting.clear()
        what()


@pytest.mark.parametrize(
    "more", [{}, {"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "0"}]
)
def test_nobody_watches(manager: Manager, more: dict[str, str]) -> None:
    told(manager.environment | more).keep_watched(lambda *_: pytest.fail("nobody wants to know"))
    assert manager.heard() == []


def test_nobody_to_tell_or_one_who_is_gone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    told({}).ready()
    assert not caplog.records
    told({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()
    assert "can't be told READY" in caplog.text


def test_the_unit_has_no_mistake_and_few_rights(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze (Debian package systemd) is not here")
    program = tmp_path / "pbxd"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / "pbxd.service"
    unit.write_text(UNIT.read_text().replace("/opt/pbxd/bin/pbxd", str(program)))
    done = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert "pbxd.service" not in done.stderr, done.stderr
    judged = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", "--threshold=20", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout[-600:]


def test_the_unit_calls_commands_that_exist() -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT)
    service = unit["Service"]
    assert service["Type"] == "notify"
    assert service["ExecStart"].split()[1:] == ["run"]
    assert service["ExecReload"].split()[1:] == ["reload"]
