"""Runs SIPp (Debian package ``sip-tester``): the phone or carrier that does exactly what its part says."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.interop.part import DOMAIN, Part

SIPP = shutil.which("sipp")
PATIENCE = 45.0
"""Seconds after which any one SIPp that hasn't ended is a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who a SIPp registers or calls as."""

    user: str
    password: str
    uri: str = DOMAIN
    """The URI its digest is for, without ``sip:``; SIPp must be told."""


class Sipp:
    """One SIPp process that plays one part, ``calls`` times."""

    def __init__(
        self,
        part: Part,
        *,
        directory: Path,
        local: tuple[str, int],
        remote: tuple[str, int] | None = None,
        account: Account | None = None,
        transport: str = "u1",
        calls: int = 1,
        options: Sequence[str] = (),
    ) -> None:
        directory.mkdir(parents=True)
        self._directory = directory
        self._local = local
        (directory / "part.xml").write_text(part.xml())
        self._command = [
            SIPP or "sipp",
            *([f"{remote[0]}:{remote[1]}"] if remote else []),
            *("-sf", "part.xml", "-i", local[0], "-p", str(local[1]), "-bind_local", "-mi", local[0]),
            *("-ci", local[0], "-t", transport, "-m", str(calls), "-nostdin", "-recv_timeout", "15000"),
            *("-trace_err", "-error_file", "errors", "-trace_msg", "-message_file", "messages"),
            *("-timeout", f"{PATIENCE:.0f}s", "-timeout_error"),
            *(("-au", account.user, "-ap", account.password, "-auth_uri", account.uri) if account else ()),
            *options,
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, waiting: bool) -> None:
        """Start it; where it is the one called (``waiting``), return when it listens."""
        with (self._directory / "screen").open("wb") as screen:
            self._process = subprocess.Popen(self._command, cwd=self._directory, stdout=screen, stderr=screen)
        while waiting and not _is_bound(self._local, stream="t1" in self._command):
            assert self._process.poll() is None, self.story()
            time.sleep(0.02)

    @property
    def status(self) -> int | None:
        """Its exit status, 0 if every call went as its part says; ``None`` while it plays."""
        assert self._process is not None
        return self._process.poll()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def messages(self) -> str:
        """All SIP messages it sent and received, in SIPp's own log format."""
        path = self._directory / "messages"
        return path.read_text(errors="replace") if path.exists() else ""

    def story(self) -> str:
        """What it was told, its complaints and its last messages, for a test that failed."""
        errors = self._directory / "errors"
        told = errors.read_text(errors="replace")[-3000:] if errors.exists() else ""
        return f"{' '.join(self._command)}\n{told}\n{self.messages[-8000:]}"


def _is_bound(local: tuple[str, int], *, stream: bool) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(local)
        except OSError:
            return True
    return False
