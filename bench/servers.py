"""The servers that are compared, each pinned to one core: pbxd, sippy's B2BUA (PyPI) and Kamailio (Debian)."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.interop.server import BO, House, User, answers_options, secret

SERVER_CORE, LOAD_CORE = 0, 1
CALLER, CALLEE = "127.8.0.2", "127.8.0.3"
PORT = 5060
NUMBER = "4588887702"
CALLEE_DEVICE = "bo-desk"
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def pinned(command: list[str], core: int) -> list[str]:
    """The command, on one core where there are two."""
    several = (os.cpu_count() or 1) > 1 and shutil.which("taskset") is not None
    return ["taskset", "-c", str(core), *command] if several else command


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a server's processes have used together."""

    cpu: float
    """Seconds of processor time since they began."""
    memory: int
    """Resident bytes now."""


class Server(ABC):
    """One server on one core, that sends every call on to the phone at :data:`CALLEE`."""

    name: str
    host: str
    registers = True
    """Whether it is a registrar."""
    callee_registers = False
    """Whether it finds the callee by registration; the others are told his address."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / self.name
        self.directory.mkdir()
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    @abstractmethod
    def lacking(cls) -> str:
        """What has to be installed before this server can run; empty when nothing."""

    @abstractmethod
    def command(self) -> list[str]:
        """Write what it needs to :attr:`directory` and say how it is started."""

    def environment(self) -> Mapping[str, str]:
        """Environment variables of its own."""
        return {}

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = pinned(self.command(), SERVER_CORE)
        with (self.directory / "output").open("wb") as output:
            self._process = subprocess.Popen(
                command, cwd=self.directory, stdout=output, stderr=output, env=os.environ | dict(self.environment())
            )
        deadline = time.monotonic() + 15
        while not answers_options(self.host, PORT):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not run: {(self.directory / 'output').read_text()[-2000:]}")

    def stop(self) -> None:
        """Stop it and wait for its end."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def usage(self) -> Usage:
        """Processor time and memory of the process and its children."""
        assert self._process is not None
        processes = _family(self._process.pid)
        ticks = pages = 0
        for each in processes:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
            pages += int(Path(f"/proc/{each}/statm").read_text().split()[1])
        return Usage(cpu=ticks / TICK, memory=pages * PAGE)


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _family(int(child)))]


class Pbxd(Server):
    """This project, as it is run: call records, decision trail and log are on."""

    name = "pbxd"
    host = "127.8.1.1"
    callee_registers = True
    registered_users = 1000

    @classmethod
    def lacking(cls) -> str:
        return ""

    def command(self) -> list[str]:
        caller = {"name": "caller", "address": f"sip:{CALLER}:{PORT}", "match": [CALLER], "organizations": ["house"]}
        limits = {"calls": 100_000, "calls_per_second": 100_000}
        house = House(
            address=self.host,
            port=PORT,
            trunks=[caller],
            users=[BO, *bench_users(self.registered_users)],
            ranges=[("+4588887700", "+4588887799"), ("+4577700000", "+4577799999"), ("200", "299"), ("30000", "39999")],
            server={"limits": limits, "media": {"rtp_ports": "20000-49999", "codecs": ["pcma", "pcmu"]}},
        )
        return [sys.executable, "-m", "pbxd", "run", "--config", str(house.write(self.directory / "config"))]


class Sippy(Server):
    """The simple B2BUA of sippy, without a log."""

    name = "sippy"
    host = "127.8.2.1"
    registers = False

    @classmethod
    def lacking(cls) -> str:
        return "" if importlib.util.find_spec("sippy") else "sippy (PyPI)"

    def command(self) -> list[str]:
        where = ["-l", self.host, "-p", str(PORT), "-n", f"{CALLEE}:{PORT}"]
        return [sys.executable, "-m", "sippy.b2bua_simple", "-f", *where]

    def environment(self) -> Mapping[str, str]:
        return {"SIPLOG_BEND": "none", "SIPLOG_LVL": "CRIT"}


KAMAILIO = """\
#!KAMAILIO
debug=0
log_stderror=yes
children=1
disable_tcp=yes
auto_aliases=no
listen=udp:{host}:{port}
mpath="{modules}/"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
modparam("usrloc", "db_mode", 0)
request_route {{
    if (is_method("OPTIONS") && uri==myself) {{ sl_send_reply("200", "OK"); exit; }}
    if (is_method("REGISTER")) {{
        $var(password) = $fU + "-secret";
        if (!pv_www_authenticate("$td", "$var(password)", "0")) {{ www_challenge("$td", "0"); exit; }}
        save("location");
        exit;
    }}
    if (uri==myself) {{ $du = "sip:{callee}:{port}"; }}
    t_relay();
}}
"""


class Kamailio(Server):
    """Kamailio as a stateful proxy with one worker: no B2BUA, but the bound."""

    name = "kamailio"
    host = "127.8.3.1"

    @classmethod
    def lacking(cls) -> str:
        return "" if shutil.which("kamailio") else "kamailio (Debian)"

    def command(self) -> list[str]:
        modules = next(Path("/usr/lib").glob("**/kamailio/modules"))
        text = KAMAILIO.format(host=self.host, port=PORT, callee=CALLEE, modules=modules)
        path = self.directory / "kamailio.cfg"
        path.write_text(text)
        return ["kamailio", "-f", str(path), "-DD", "-E", "-Y", str(self.directory)]


SERVERS: tuple[type[Server], ...] = (Pbxd, Sippy, Kamailio)


def bench_users(count: int) -> list[User]:
    """Users with one device each, for registrations."""
    return [
        User(
            username=f"u{number:04d}", alias=f"3{number:04d}", number=f"+45777{number:05d}", devices=(f"d{number:04d}",)
        )
        for number in range(count)
    ]


def accounts(count: int) -> str:
    """Rows of SIPp's injection file: device and its credentials."""
    rows = "".join(
        f"d{n:04d};[authentication username=d{n:04d} password={secret(f'd{n:04d}')}]\n" for n in range(count)
    )
    return f"SEQUENTIAL\n{rows}"
