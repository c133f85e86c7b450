"""Calendar servers on loopback: Radicale (CalDAV), recorded answers of an Exchange server, calendars at addresses."""

from __future__ import annotations

import base64
import re
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

from tests.interop.operator import eventually
from tests.interop.recorded import exchange

ACCOUNT = ("pbx", "pbx-secret")
_serial = count(1)
BASIC = "Basic " + base64.b64encode(":".join(ACCOUNT).encode()).decode()


def calendar(*events: tuple[float, float, str]) -> bytes:
    """A calendar of events: start and end (seconds since 1970), and more lines."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//House//EN"]
    for start, end, more in events:
        lines += ["BEGIN:VEVENT", f"UID:{next(_serial)}@house", "DTSTAMP:20260101T000000Z"]
        lines += [f"DTSTART:{_utc(start)}", f"DTEND:{_utc(end)}", *more.splitlines(), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def _utc(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y%m%dT%H%M%SZ}"


@dataclass
class Web:
    """A web server with calendars, by path; it knows what it has sent before (ETag)."""

    contents: dict[str, bytes] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    """Of every answer."""
    always: int = 0
    """A status that everything is answered with."""
    sends_on: dict[str, str] = field(default_factory=dict)
    """Where paths lead to."""


@contextmanager
def web(address: str, port: int) -> Iterator[Web]:
    """Calendars at ``http://address:port/``."""
    held = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = held.contents.get(self.path, b"")
            etag = f'"{hash(content)}"'
            status = held.always or (200 if content else 404)
            if self.path in held.sends_on:
                status = 302
            elif status == 200 and self.headers.get("If-None-Match") == etag:
                status = 304
            held.statuses.append(status)
            self.send_response(status)
            self.send_header("ETag", etag)
            if status == 302:
                self.send_header("Location", held.sends_on[self.path])
            self.send_header("Content-Length", str(len(content) if status == 200 else 0))
            self.end_headers()
            if status == 200:
                with suppress(OSError):
                    self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """What is asked is in ``statuses``."""

    with _serving(address, port, Handler):
        yield held


@contextmanager
def mail_server(address: str, port: int, mailboxes: Mapping[str, Sequence[Mapping[str, str]]]) -> Iterator[list[str]]:
    """An Exchange server's web services, for ``mailboxes`` by address; yields the kinds of requests that it got."""
    asked: list[str] = []

    def answer(body: str) -> str:
        kind = re.search(r"<s:Body><m:(\w+)[ >]", body)
        mailbox = re.search(r"<t:PrimarySmtpAddress>([^<]+)<", body)
        assert kind is not None
        assert mailbox is not None, "the account acts for somebody"
        asked.append(kind[1])
        if mailbox[1] not in mailboxes:
            return exchange.refused(kind[1], "ErrorNonExistentMailbox", "No mailbox with such guid.")
        match kind[1]:
            case "GetFolder":
                name = re.search(r'DistinguishedFolderId Id="(\w+)"', body)
                assert name is not None
                return exchange.folder(name[1])
            case "FindItem":
                return exchange.found(len(mailboxes[mailbox[1]]))
            case _:
                return exchange.items(mailboxes[mailbox[1]])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            may = self.headers.get("Authorization") == BASIC
            content = answer(body).encode() if may else b""
            self.send_response(200 if may else 401)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """What is asked is in ``asked``."""

    with _serving(address, port, Handler):
        yield asked


@contextmanager
def _serving(address: str, port: int, handler: type[BaseHTTPRequestHandler]) -> Iterator[None]:
    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server((address, port), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def radicale(address: str, port: int, directory: Path) -> Iterator[str]:
    """A CalDAV server that lets only :data:`ACCOUNT` in; yields its address."""
    directory.mkdir()
    (directory / "users").write_text(":".join(ACCOUNT))
    arguments = [
        *("--config", "", "--hosts", f"{address}:{port}", "--auth-type", "htpasswd"),
        *("--auth-htpasswd-filename", str(directory / "users"), "--auth-htpasswd-encryption", "plain"),
        *("--storage-filesystem-folder", str(directory / "collections"), "--logging-level", "error"),
        *("--auth-delay", "0"),
    ]
    process = subprocess.Popen([sys.executable, "-m", "radicale", *arguments], stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: _listens(address, port), "Radicale", within=20)
        yield f"http://{address}:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _listens(address: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) == 0


def put(url: str, content: bytes, method: str = "PUT") -> None:
    """Write something to a CalDAV server."""
    request = urllib.request.Request(url, content, {"Authorization": BASIC, "Content-Type": "text/calendar"})
    request.method = method
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status in (201, 204)
