"""Runs Kamailio (Debian package ``kamailio``): a proxy in front of a server, or the registrar that it registers at."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.interop.authority import Authority
from tests.interop.server import answers_options

KAMAILIO = shutil.which("kamailio")
PATIENCE = 10.0
"""Seconds in which it has to listen."""

COMMON = """\
#!KAMAILIO
debug=0
log_stderror=yes
children=1
auto_aliases=no
dns=no
rev_dns=no
{sockets}
mpath="{modules}"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
loadmodule "textops.so"
"""
SOCKETS = {
    "udp": "disable_tcp=yes\nlisten=udp:{host}:5060",
    "tcp": "tcp_children=1\nlisten=udp:{host}:5060\nlisten=tcp:{host}:5060",
    "tls": "tcp_children=1\nenable_tls=yes\nlisten=udp:{host}:5060\nlisten=tls:{host}:5061",
}
"""What it listens on; phones always reach it by UDP."""
TLS = """\
loadmodule "tls.so"
modparam("tls", "config", "{directory}/tls.cfg")
"""
TLS_PROFILES = """\
[server:default]
method = TLSv1.2+
certificate = {certificate}
private_key = {key}

[client:default]
method = TLSv1.2+
ca_list = {ca}
verify_certificate = yes
require_certificate = yes
"""
WITHIN_DIALOG = """\
request_route {
    if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
    if (is_method("OPTIONS") && !has_totag()) { sl_send_reply("200", "Here"); exit; }
    if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
    if (has_totag()) {
        if (loose_route()) { t_relay(); exit; }
        if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
        sl_send_reply("404", "No Route");
        exit;
    }
    t_check_trans();
"""
FRONT = """\
loadmodule "path.so"
modparam("path", "enable_r2", {double})
{more}
{within}
    if (is_method("REGISTER")) {{
        if (!add_path()) {{ sl_reply_error(); exit; }}
        $du = "{server_uri}";
        t_relay();
        exit;
    }}
    record_route();
    if ($si == "{server}") {{
        loose_route();
    }} else {{
        $du = "{server_uri}";
    }}
    t_relay();
}}
"""
CARRIER = """\
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
{within}
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("{host}", "{password}", "0")) {{ www_challenge("{host}", "1"); exit; }}
        save("location");
        exit;
    }}
    record_route();
    if ($si == "{server}") {{
        if (!pv_proxy_authenticate("{host}", "{password}", "0")) {{ proxy_challenge("{host}", "1"); exit; }}
        consume_credentials();
        $du = "sip:{far}:5060";
    }} else if (!lookup("location")) {{
        sl_send_reply("404", "Not Registered");
        exit;
    }}
    t_relay();
}}
"""
COLLECTOR = """\
loadmodule "xlog.so"
loadmodule "db_text.so"
loadmodule "sipcapture.so"
modparam("sipcapture", "db_url", "text://{directory}")
modparam("sipcapture", "hep_capture_on", 1)
request_route {{
    xlog("L_ALERT", "captured $rm $ci $proto:$si:$sp\\n");
}}
reply_route {{
    xlog("L_ALERT", "captured $rs $ci $proto:$si:$sp\\n");
    drop;
}}
"""
"""Writes a line for each SIP message that comes in HEP, with the source that HEP gives it."""
HIDING = """\
loadmodule "topoh.so"
modparam("topoh", "mask_key", "house")
modparam("topoh", "mask_ip", "{mask}")
"""
"""Contacts, Vias and routes of either side are replaced by names that only Kamailio can read."""


class Kamailio:
    """One Kamailio on an address of its own."""

    def __init__(
        self, host: str, directory: Path, *, transport: str = "udp", authority: Authority | None = None
    ) -> None:
        """``transport`` is what it and the server talk by; for ``tls`` each trusts whom ``authority`` knows."""
        self.host = host
        self.transport = transport
        self._directory = directory
        self._authority = authority
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """Where the server reaches it."""
        return self._uri(self.host)

    @property
    def address(self) -> tuple[str, int]:
        return self.host, 5060

    def in_front_of(self, server: str, *, mask: str | None = None) -> None:
        """Pass everything on to a server, and what comes from it to the phones. ``mask`` hides each from the other."""
        more = HIDING.format(mask=mask) if mask else ""
        double = int(self.transport != "udp")  # two Paths where it changes the transport, as there are two routes
        uri = self._uri(server)
        self._start(FRONT.format(server=server, server_uri=uri, more=more, double=double, within=WITHIN_DIALOG))

    def as_carrier_of(self, server: str, *, far: str, password: str) -> None:
        """Have a server register with a password, and carry calls between it and a ``far`` host."""
        self._start(CARRIER.format(host=self.host, server=server, far=far, password=password, within=WITHIN_DIALOG))

    def as_collector(self) -> None:
        """Take HEP on its address."""
        self._start(COLLECTOR.format(directory=self._directory), ready=self._listens)

    def captured(self) -> list[str]:
        """As a collector: method or status, Call-ID and source of each message so far."""
        found = re.findall(r"captured (\S+ \S+ \S+)$", (self._directory / "log").read_text(), re.MULTILINE)
        return [str(line) for line in found]

    def _uri(self, host: str) -> str:
        return {"udp": f"sip:{host}:5060"}.get(
            self.transport, f"sip:{host}:{5061 if self.transport == 'tls' else 5060};transport={self.transport}"
        )

    def _secured(self) -> str:
        """The part of its configuration about TLS."""
        if self._authority is None:
            return ""
        certificate, key = self._authority.issues(self.host, into="kamailio")
        profiles = TLS_PROFILES.format(certificate=certificate, key=key, ca=self._authority.path)
        (self._directory / "tls.cfg").write_text(profiles)
        return TLS.format(directory=self._directory)

    def _start(self, routing: str, ready: Callable[[], bool] | None = None) -> None:
        """Start it, and return when it is ``ready``; usually, when it answers OPTIONS."""
        if KAMAILIO is None:
            pytest.skip("Kamailio (Debian package kamailio) is not installed")
        self._directory.mkdir(parents=True)
        modules = next(Path("/usr/lib").glob("**/kamailio/modules"))
        config = self._directory / "kamailio.cfg"
        if self.transport == "tls" and not (modules / "tls.so").exists():
            pytest.skip("Kamailio's TLS (Debian package kamailio-tls-modules) is not installed")
        sockets = SOCKETS[self.transport].format(host=self.host)
        config.write_text(COMMON.format(sockets=sockets, modules=modules) + self._secured() + routing)
        with (self._directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [KAMAILIO, "-DD", "-E", "-m", "32", "-M", "8", "-Y", self._directory, "-f", config],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + PATIENCE
        while not (ready() if ready else answers_options(*self.address)):
            assert self._process.poll() is None, self.story()
            assert time.monotonic() < deadline, self.story()

    def _listens(self) -> bool:
        """Whether its socket is there, as the kernel tells (proc(5))."""
        local = socket.inet_aton(self.host)[::-1].hex().upper()
        return f" {local}:{5060:04X} " in Path("/proc/net/udp").read_text()

    def stop(self) -> None:
        """End it, and with it the processes that it started."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def story(self) -> str:
        """What it wrote, for a test that failed."""
        return (self._directory / "log").read_text(errors="replace")[-4000:]
