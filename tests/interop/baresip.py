"""Runs baresip (Debian package ``baresip-core``), a phone without a screen: it registers, calls, speaks and records."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.interop.part import DOMAIN
from tests.interop.server import secret
from tests.interop.tones import Voice, read

BARESIP = shutil.which("baresip")
CONTROL_PORT = 4444
PATIENCE = 30.0
"""Seconds to wait for anything it should say."""

CONFIG = """\
sip_listen {host}:5060
net_interface {host}
rtp_ports 30000-30999
audio_player aubridge,nobody
audio_alert aubridge,silence
audio_source aufile,{directory}/voice.wav
ausrc_srate {rate}
auplay_srate {rate}
ausrc_channels 1
auplay_channels 1
snd_path {directory}/sound
module_path {modules}
module g711.so
module g722.so
module opus.so
module aufile.so
module aubridge.so
module sndfile.so
module srtp.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {host}:4444
"""


class Baresip:
    """One baresip with one account, driven through its control socket."""

    def __init__(
        self,
        device: str,
        voice: Voice,
        *,
        host: str,
        registrar: tuple[str, int],
        directory: Path,
        codec: str = "pcma/8000/1",
        transport: str = "udp",
        encryption: str = "",
    ) -> None:
        """``encryption`` is baresip's ``mediaenc``: ``srtp`` where the far end has it too, or ``srtp-mand``."""
        self._host = host
        self._directory = directory
        self._buffer = b""
        self._events: list[dict[str, Any]] = []
        rate = int(codec.split("/")[1])
        (directory / "sound").mkdir(parents=True)
        voice.write(directory / "voice.wav", seconds=60, rate=rate)
        modules = next(Path("/usr/lib").glob("**/baresip/modules"))
        (directory / "config").write_text(CONFIG.format(host=host, directory=directory, modules=modules, rate=rate))
        proxy = "sip:{}:{};transport={}".format(*registrar, transport)
        (directory / "accounts").write_text(
            f'<sip:{device}@{DOMAIN}>;auth_user={device};auth_pass={secret(device)};outbound="{proxy}"'
            f";regint=120;answermode=manual;audio_codecs={codec}"
            f"{f';mediaenc={encryption}' if encryption else ''}\n"
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def registers(self) -> None:
        """Start it, and wait until the registrar said yes."""
        with (self._directory / "log").open("wb") as log:
            self._process = subprocess.Popen([BARESIP or "baresip", "-f", self._directory], stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        # The event is often over before anybody can listen for it; the log keeps it.
        while "[1 binding]" not in self._log():
            assert self._process.poll() is None, self._story()
            assert time.monotonic() < deadline, f"not registered\n{self._story()}"
            time.sleep(0.02)
        self._control = socket.create_connection((self._host, CONTROL_PORT))
        self._control.settimeout(0.5)

    def calls(self, number: str) -> None:
        """Dial."""
        self._command("dial", f"sip:{number}@{DOMAIN}")

    def answers(self) -> None:
        """Wait for a call and take it."""
        self.waits_for("CALL_INCOMING")
        self._command("accept")

    def transfers(self, number: str) -> None:
        """Send the far end to somebody else by REFER."""
        self._command("transfer", f"sip:{number}@{DOMAIN}")

    def hangs_up(self) -> None:
        """End the call."""
        self._command("hangup")

    def presses(self, key: str) -> None:
        """Send one digit as a telephone-event."""
        self._command("dtmf", key)

    def holds(self) -> None:
        """Put the far end on hold by re-INVITE."""
        self._command("hold")

    def resumes(self) -> None:
        """Come back from hold."""
        self._command("resume")

    def waits_for(self, kind: str, *, patience: float = PATIENCE, **where: str) -> Mapping[str, Any]:
        """Wait for the next event of this kind; see baresip's ``ctrl_tcp`` module."""
        deadline = time.monotonic() + patience
        while True:
            for at, event in enumerate(self._events):
                if event.get("type") == kind and all(event.get(name) == value for name, value in where.items()):
                    del self._events[: at + 1]
                    return event
            assert time.monotonic() < deadline, f"no {kind} from {self._directory.name}\n{self._story()}"
            self._receive()

    def heard(self) -> tuple[Any, int]:
        """The samples that it decoded in its (only) call, and their rate."""
        (path,) = (self._directory / "sound").glob("*-dec.wav")
        return read(path)

    def stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def _command(self, name: str, parameters: str = "") -> str:
        """What baresip says to a command of its menu."""
        assert self._control is not None
        text = json.dumps({"command": name, "params": parameters, "token": name}).encode()
        self._control.sendall(b"%d:%s," % (len(text), text))
        deadline = time.monotonic() + 2 * PATIENCE
        while not any(event.get("response") and event.get("token") == name for event in self._events):
            assert time.monotonic() < deadline, f"baresip does not answer to {name}\n{self._story()}"
            self._receive()
        answer = next(event for event in self._events if event.get("token") == name)
        self._events.remove(answer)
        assert answer["ok"], f"{name}: {answer}\n{self._story()}"
        return str(answer.get("data", ""))

    def _receive(self) -> None:
        assert self._control is not None
        try:
            self._buffer += self._control.recv(65_536)
        except TimeoutError:
            return
        while (colon := self._buffer.find(b":")) > 0:
            end = colon + 1 + int(self._buffer[:colon])
            if len(self._buffer) <= end:
                return
            self._events.append(json.loads(self._buffer[colon + 1 : end]))
            self._buffer = self._buffer[end + 1 :]

    def _story(self) -> str:
        """The end of what it said, for people."""
        return self._log()[-4000:]

    def _log(self) -> str:
        return (self._directory / "log").read_text(errors="replace")
