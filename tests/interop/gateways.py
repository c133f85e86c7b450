"""Mail servers, SMS gateways and message centres that are not ours, on loopback addresses of their own."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(slots=True)
class Inbox:
    """What a mail server has taken, and what it says to recipients."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    upgraded: list[bool] = field(default_factory=list)
    """Whether STARTTLS came before each mail."""
    logins: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """To the next RCPTs; after them all is well."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, EmailMessage, policy=default))
        self.recipients += envelope.rcpt_tos
        self.upgraded.append(session.ssl is not None)
        return "250 taken"


@contextmanager
def mail_server(
    host: str,
    port: int,
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    password: bytes | None = None,
) -> Iterator[Inbox]:
    """aiosmtpd in a thread; with ``password`` it wants to know who sends."""
    inbox = Inbox()

    def authenticated(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        inbox.logins.append(data.login.decode())
        return AuthResult(success=data.password == password, handled=False)

    controller = Controller(
        inbox,
        hostname=host,
        port=port,
        ssl_context=tls,
        tls_context=starttls,
        require_starttls=starttls is not None,
        auth_required=password is not None,
        authenticator=authenticated,
        auth_require_tls=tls is None,  # it takes note of STARTTLS only
    )
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request to a gateway."""

    method: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@contextmanager
def http_gateway(
    host: str, port: int, answer: Callable[[Asked], int] = lambda _: 200, *, tls: ssl.SSLContext | None = None
) -> Iterator[list[Asked]]:
    """An HTTP server of the standard library; ``answer`` gives the status, in a thread of each request's own."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            request = Asked(method=self.command, path=self.path, headers=dict(self.headers), body=body)
            asked.append(request)
            status = answer(request)
            self.send_response(status)
            self.send_header("Content-Length", "3")
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(b"ok\n")

        do_GET = do_POST  # noqa: N815 - the standard library's name

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer((host, port), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
