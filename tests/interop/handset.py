"""A phone in a few lines over a UDP socket, for plays in which a server is stopped, killed or told something new.

It does one thing after the other and never repeats a message: on the loopback nothing is lost.
"""

from __future__ import annotations

import itertools
import re
import socket
import time
from types import TracebackType
from typing import Self

from tests.interop.part import DOMAIN
from tests.interop.server import secret
from tests.support.credentials import Credentials

PATIENCE = 10.0
"""Seconds that a message may take to come; a machine under load may need some."""

SDP = """\
v=0
o=- 7 1 IN IP4 {host}
s=-
c=IN IP4 {host}
t=0 0
m=audio 30000 RTP/AVP 8
a=rtpmap:8 PCMA/8000
"""


class Handset:
    """A device of the house on an address of its own."""

    def __init__(self, device: str, host: str, server: tuple[str, int], *, password: str | None = None) -> None:
        self.device = device
        self.host = host
        self._server = server
        self._credentials = Credentials(device, password or secret(device), ("MD5",))
        self._serial = itertools.count(1)
        self._arrived: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 5060))
        self._registering = f"{device}-{host}-{time.monotonic_ns()}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def registers(self, *, expires: int = 600, patience: float = PATIENCE) -> None:
        """Register, with credentials once asked for them; fails with whatever else than 200 is answered."""
        uri, own = f"sip:{DOMAIN}", f"<sip:{self.device}@{DOMAIN}>"
        contact = [f"Contact: <sip:{self.device}@{self.host}:5060>", f"Expires: {expires}"]
        answer = self._asks("REGISTER", uri, own, self._registering, contact, patience=patience)
        assert answer.startswith("SIP/2.0 200 "), answer

    def writes(self, number: str, text: str) -> str:
        """Send a short message; the status that answers it."""
        uri, call_id = f"sip:{number}@{DOMAIN}", f"{next(self._serial)}-{self._registering}"
        authorization: list[str] = []
        while True:
            request = self._request("MESSAGE", uri, f"<{uri}>", call_id, authorization, text, "text/plain")
            self._send(request)
            answer = self._final(request, PATIENCE)
            if authorization or not answer.startswith("SIP/2.0 401 "):
                return answer.split()[1]
            authorization = [self._authorization(answer, "MESSAGE", uri)]

    def invites(self, number: str) -> str:
        """Call a number; returns the INVITE that has credentials, which is now under way."""
        uri, call_id = f"sip:{number}@{DOMAIN}", f"{next(self._serial)}-{self._registering}"
        invite = self._request("INVITE", uri, f"<{uri}>", call_id, body=SDP.format(host=self.host))
        self._send(invite)
        challenge = self.gets(invite, 401)
        self.acks(invite, challenge)
        authorization = self._authorization(challenge, "INVITE", uri)
        invite = self._request("INVITE", uri, f"<{uri}>", call_id, [authorization], SDP.format(host=self.host))
        self._send(invite)
        return invite

    def acks(self, invite: str, response: str) -> None:
        """Acknowledge the final response to an INVITE."""
        success = response.startswith("SIP/2.0 2")
        contact = re.search(r"<([^>]*)>", field(response, "Contact")) if success else None
        target = contact[1] if contact else invite.split()[1]
        via = f"SIP/2.0/UDP {self.host}:5060;branch=z9hG4bK{time.monotonic_ns()}" if success else field(invite, "Via")
        sequence = field(invite, "CSeq").split()[0]
        self._send(
            f"ACK {target} SIP/2.0\nVia: {via}\nFrom: {field(invite, 'From')}\nTo: {field(response, 'To')}\n"
            f"Call-ID: {field(invite, 'Call-ID')}\nCSeq: {sequence} ACK\nMax-Forwards: 70\nContent-Length: 0\n\n"
        )

    def hangs_up(self, invite: str, response: str) -> None:
        """End a call that this handset made and ``response`` answered."""
        contact = re.search(r"<([^>]*)>", field(response, "Contact"))
        assert contact is not None
        self._send(
            f"BYE {contact[1]} SIP/2.0\nVia: SIP/2.0/UDP {self.host}:5060;branch=z9hG4bK{time.monotonic_ns()}\n"
            f"From: {field(invite, 'From')}\nTo: {field(response, 'To')}\nCall-ID: {field(invite, 'Call-ID')}\n"
            f"CSeq: {next(self._serial)} BYE\nMax-Forwards: 70\nContent-Length: 0\n\n"
        )

    def replies(self, request: str, status: int, *, sdp: bool = False) -> None:
        """Answer a request."""
        vias = "".join(f"Via: {via}\n" for via in fields(request, "Via"))
        to = field(request, "To")
        tagged = to if ";tag=" in to else f"{to};tag=there"
        body = SDP.format(host=self.host) if sdp else ""
        kind = "Content-Type: application/sdp\n" if sdp else ""
        self._send(
            f"SIP/2.0 {status} Said\n{vias}From: {field(request, 'From')}\nTo: {tagged}\n"
            f"Call-ID: {field(request, 'Call-ID')}\nCSeq: {field(request, 'CSeq')}\n"
            f"Contact: <sip:{self.device}@{self.host}:5060>\n{kind}",
            body,
        )

    def gets(self, request: str, status: int, *, patience: float = PATIENCE) -> str:
        """Wait for a response of this status to ``request``."""
        call, sequence = field(request, "Call-ID"), field(request, "CSeq")
        return self._wait(f"SIP/2.0 {status} ", patience, call, sequence)

    def waits_for(self, method: str, *, patience: float = PATIENCE) -> str:
        """Wait for a request."""
        return self._wait(f"{method} ", patience)

    def _asks(self, method: str, uri: str, to: str, call_id: str, headers: list[str], *, patience: float) -> str:
        """The final answer to a request, given with credentials."""
        request = self._request(method, uri, to, call_id, headers)
        self._send(request)
        answer = self._final(request, patience)
        if not answer.startswith("SIP/2.0 401 "):
            return answer
        request = self._request(method, uri, to, call_id, [*headers, self._authorization(answer, method, uri)])
        self._send(request)
        return self._final(request, patience)

    def _final(self, request: str, patience: float) -> str:
        return self._wait("SIP/2.0 ", patience, field(request, "Call-ID"), field(request, "CSeq"))

    def _authorization(self, challenge: str, method: str, uri: str) -> str:
        chosen = self._credentials.choose(fields(challenge, "WWW-Authenticate"))
        return f"Authorization: {self._credentials.answer(chosen, method, uri)}"

    def _request(
        self,
        method: str,
        uri: str,
        to: str,
        call_id: str,
        headers: list[str] | None = None,
        body: str = "",
        kind: str = "application/sdp",
    ) -> str:
        number = next(self._serial)
        given = "".join(f"{header}\n" for header in headers or [])
        if body:
            given += f"Contact: <sip:{self.device}@{self.host}:5060>\nContent-Type: {kind}\n"
        body = body.replace("\n", "\r\n")
        return (
            f"{method} {uri} SIP/2.0\nVia: SIP/2.0/UDP {self.host}:5060;branch=z9hG4bK{time.monotonic_ns()}\n"
            f"From: <sip:{self.device}@{DOMAIN}>;tag={call_id[:8]}\nTo: {to}\nCall-ID: {call_id}\n"
            f"CSeq: {number} {method}\nMax-Forwards: 70\n{given}Content-Length: {len(body)}\n\n{body}"
        )

    def _send(self, text: str, body: str | None = None) -> None:
        if body is not None:
            body = body.replace("\n", "\r\n")
            text = f"{text}Content-Length: {len(body)}\n\n{body}"
        self._socket.sendto(re.sub(r"\r?\n", "\r\n", text).encode(), self._server)

    def _wait(self, start: str, patience: float, *inside: str) -> str:
        deadline = time.monotonic() + patience
        while True:
            for message in self._arrived:
                if message.startswith(start) and all(words in message for words in inside):
                    self._arrived.remove(message)
                    return message
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                self._arrived.append(self._socket.recv(65_535).decode())
            except TimeoutError:
                got = "\n".join(self._arrived)
                raise AssertionError(f"{self.device} did not get {start!r} {inside}, but\n{got}") from None


def field(message: str, name: str) -> str:
    """The first value of a header field."""
    return fields(message, name)[0]


def fields(message: str, name: str) -> list[str]:
    """All lines of a header field."""
    return [found.strip() for found in re.findall(rf"^{name}:([^\r\n]*)", message, re.MULTILINE)]
