"""Runs the real server, as an operator would: ``pbxd run`` in a process of its own, with a configuration in a file."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pbxd.config.place import control_path
from pbxd.control import call
from tests.interop.nursery import Forked
from tests.interop.part import DOMAIN

STARTED_WITHIN = 30.0
"""Seconds. Not a judgement of speed: a machine under load may take them."""
STOPPED_WITHIN = 5.0
"""Seconds from SIGTERM to the end, which is promised."""

OPTIONS = """\
OPTIONS sip:{host}:{port} SIP/2.0
Via: SIP/2.0/UDP {local};branch=z9hG4bK-{serial}
From: <sip:probe@{local}>;tag=probe
To: <sip:{host}:{port}>
Call-ID: probe-{serial}@{local}
CSeq: {serial} OPTIONS
Max-Forwards: 70
Content-Length: 0

"""


def secret(device: str) -> str:
    """The password of a device in these tests."""
    return f"{device}-secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user of the house."""

    username: str
    number: str
    alias: str
    devices: tuple[str, ...]


ANNA = User(username="anna", number="+4588887701", alias="201", devices=("anna-desk", "anna-soft"))
BO = User(username="bo", number="+4588887702", alias="202", devices=("bo-desk",))
CORA = User(username="cora", number="+4588887703", alias="203", devices=("cora-desk", "cora-soft", "cora-web"))
USERS = (ANNA, BO, CORA)


ENGINE = "PBXD_TEST_ENGINE"
"""Which media engine the servers of these tests have; scripts/test runs those with sound twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What a server of these tests is told: one organization with a few users, and perhaps trunks."""

    address: str
    port: int = 5060
    ring_seconds: int = 4
    users: Sequence[User] = USERS
    ranges: Sequence[tuple[str, str]] = (("+4588887700", "+4588887799"), ("200", "299"))
    trunks: Sequence[Mapping[str, Any]] = ()
    srtp: Mapping[str, str] = field(default_factory=dict)
    """What devices say about encryption."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the organization, besides how long it rings."""
    server: Mapping[str, Any] = field(default_factory=dict)
    """Keys of the server's file that differ."""
    organization: Mapping[str, Any] = field(default_factory=dict)
    """Keys of the organization's file that differ."""

    def write(self, directory: Path) -> Path:
        """Write the files and return the path of the first."""
        organization = directory / "organizations" / "house.yaml"
        organization.parent.mkdir(parents=True)
        organization.write_text(yaml.safe_dump(self._organization()))
        path = directory / "pbxd.yaml"
        listen = [f"{transport}://{self.address}:{self.port}" for transport in ("udp", "tcp")]
        told = {
            "listen": listen,
            "database": "sqlite:///var/pbxd.db",
            "media": {
                "engine": os.environ.get(ENGINE, "embedded"),
                "rtp_ports": "20000-39999",
                "codecs": ["opus", "g722", "pcma", "pcmu"],
            },
            "log": {"format": "json", "level": "info"},
            "drain": "0",
            "data": "var",
            "organizations": ["organizations/*.yaml"],
            "trunks": [dict(trunk) for trunk in self.trunks],
        }
        path.write_text(yaml.safe_dump(told | dict(self.server)))
        return path

    def _device(self, name: str) -> dict[str, str]:
        said = {"srtp": self.srtp[name]} if name in self.srtp else {}
        return {"name": name, "kind": "desk", "password": secret(name)} | said

    def _organization(self) -> dict[str, Any]:
        return {
            "organization": "house",
            "name": "House",
            "domain": DOMAIN,
            "country": "DK",
            "timezone": "Europe/Copenhagen",
            "languages": ["en"],
            "number_ranges": [{"from": first, "to": last} for first, last in self.ranges],
            "settings": {"ring_seconds": self.ring_seconds, **self.settings},
            "users": [
                {
                    "username": user.username,
                    "name": user.username.title(),
                    "lines": [{"number": user.number, "alias": user.alias, "type": "landline"}],
                    "devices": [self._device(name) for name in user.devices],
                }
                for user in self.users
            ],
            **self.organization,
        }


def answers_options(host: str, port: int, *, patience: float = 0.1) -> bool:
    """Ask a server once by UDP, and wait ``patience`` seconds for its 200."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        probe.settimeout(patience)
        local = "{}:{}".format(*probe.getsockname())
        serial = time.monotonic_ns() % 1_000_000_000
        text = OPTIONS.format(host=host, port=port, local=local, serial=serial)
        probe.sendto(text.replace("\n", "\r\n").encode(), (host, port))
        try:
            return probe.recv(65_535).startswith(b"SIP/2.0 ")
        except (TimeoutError, ConnectionRefusedError):
            return False


class Server:
    """A running pbxd. What it logs is kept, and looked at when it ends.

    It is the command ``pbxd run``, or with ``forked`` the same from a process that has done its imports.
    """

    def __init__(self, house: House, directory: Path, *, forked: bool = False) -> None:
        self.house = house
        self.config = house.write(directory)
        self._output = directory / "output"
        self._errors = directory / "errors"
        self._forked = forked
        self._process: subprocess.Popen[bytes] | Forked | None = None

    @property
    def address(self) -> tuple[str, int]:
        return self.house.address, self.house.port

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and return when it answers OPTIONS."""
        self._process = Forked(self.config, self._output, self._errors) if self._forked else self._command()
        deadline = time.monotonic() + STARTED_WITHIN
        while not answers_options(*self.address):
            assert self._process.poll() is None, f"pbxd ended with {self._process.returncode}\n{self.story()}"
            assert time.monotonic() < deadline, f"pbxd does not answer\n{self.story()}"

    def _command(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "pbxd", "run", "--config", str(self.config)]
        with self._output.open("ab") as output, self._errors.open("ab") as errors:
            return subprocess.Popen(command, stdout=output, stderr=errors)

    def kill(self) -> None:
        """Kill it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Ask it to stop; it must end well, in time, and without having logged an error."""
        assert self._process is not None
        if self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"pbxd did not stop within {STOPPED_WITHIN} s\n{self.story()}") from None
        assert status == 0, f"pbxd ended with {status}\n{self.story()}"
        wrong = [line for line in self.log() if line.get("level") in ("error", "critical")]
        assert not wrong, f"pbxd logged errors: {wrong}"
        assert "Traceback" not in self._errors.read_text(), self.story()

    def log(self) -> list[dict[str, Any]]:
        """Everything it has logged so far."""
        text = self._output.read_text() + self._errors.read_text()
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log lines of one kind of event."""
        return [line for line in self.log() if line.get("event") == name]

    def status(self) -> dict[str, Any]:
        """What ``pbxd status --json`` prints."""
        return call(control_path(self.config), "status")

    def command(self, *arguments: str) -> str:
        """Run a ``pbxd`` command against this server and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "pbxd", *arguments, "--config", str(self.config)],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert done.returncode == 0, f"pbxd {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def story(self) -> str:
        """The end of what it wrote, for a test that failed."""
        return f"{self._output.read_text()[-6000:]}\n{self._errors.read_text()[-6000:]}"


@contextmanager
def running(house: House, directory: Path) -> Iterator[Server]:
    """Run a server for the length of a block; see :meth:`Server.stop` for what it has to show at the end."""
    server = Server(house, directory)
    server.start()
    try:
        yield server
    except BaseException:
        server.kill()
        raise
    server.stop()
