"""What the tests of the transaction layer share: one side of a wire, and messages of both ends."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from pbxd.network import Address
from pbxd.sip.flow import Flow
from pbxd.sip.message import Headers, Message, Request, Response, response_to
from pbxd.sip.parse import parse_message
from pbxd.sip.transaction import ClientEntry, ServerEntry, TransactionLayer
from pbxd.sip.uri import Uri

US, PEER = Address("192.0.2.1", 5060), Address("198.51.100.7", 40_001)
UDP = Flow("udp", US, PEER)
TCP = Flow("tcp", US, PEER, 3)


class BugError(Exception):
    """A bug of the user's."""


class User:
    """Whoever made a request: keeps what it heard."""

    def __init__(self, on_news: Callable[[], None] = lambda: None) -> None:
        self.heard: list[int | str] = []
        self._on_news = on_news

    def response(self, response: Response, now: float) -> None:
        self.heard.append(response.status)
        self._on_news()

    def failed(self, status: int, reason: str, now: float) -> None:
        self.heard.append(f"{status} {reason}")
        self._on_news()


class Side:
    """A layer with its wire, its core and a clock that is moved by hand."""

    def __init__(self) -> None:
        serial = count(1)
        self.now = 1000.0
        self.sent: list[bytes] = []
        self.requests: list[tuple[Request, ServerEntry | None]] = []
        self.cancels: list[ServerEntry] = []
        self.strays: list[Response] = []
        self.unacknowledged: list[ServerEntry] = []
        self.on_request: Callable[[], None] | None = None
        self.layer = TransactionLayer(
            core=self,
            send=self._send,
            sent_by=lambda flow: (flow.local.host, flow.local.port),
            branch=lambda: f"z9hG4bKours{next(serial)}",
        )

    # The core

    def request(self, request: Request, entry: ServerEntry | None, flow: Flow, now: float) -> None:
        self.requests.append((request, entry))
        if self.on_request is not None:
            self.on_request()

    def cancelled(self, cancel: Request, entry: ServerEntry, now: float) -> None:
        self.cancels.append(entry)

    def stray_response(self, response: Response, flow: Flow, now: float) -> None:
        self.strays.append(response)

    def ack_missing(self, entry: ServerEntry, now: float) -> None:
        self.unacknowledged.append(entry)

    def _send(self, data: bytes, flow: Flow) -> None:
        self.sent.append(data)

    # The test's hands

    @property
    def entry(self) -> ServerEntry:
        """The transaction of the first request."""
        entry = self.requests[0][1]
        assert entry is not None
        return entry

    def receive(self, message: Message, flow: Flow = UDP) -> None:
        self.layer.receive(parse_message(message.to_bytes()), flow, self.now)

    def respond(self, status: int, *, tag: str = "ours") -> None:
        """Answer the latest request."""
        request, entry = self.requests[-1]
        assert entry is not None
        self.layer.respond(entry, response_to(request, status, to_tag=tag), self.now)

    def ask(self, method: str, user: User | None = None, flow: Flow = UDP) -> ClientEntry:
        return self.layer.request(ours(method), flow, user or User(), self.now)

    def out(self) -> list[str]:
        """What was sent since the last time, as method or status."""
        sent, self.sent = self.sent, []
        return [word(parse_message(data)) for data in sent]

    def last(self) -> Message:
        return parse_message(self.sent[-1])

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        while (deadline := self.layer.next_deadline()) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            self.layer.wake(self.now)
        self.now = until

    def is_empty(self) -> bool:
        layer = self.layer
        tables = (layer._clients, layer._servers, layer._legacy_acks, layer._merging, layer._streams)
        return len(layer) == 0 and not any(tables) and layer.next_deadline() is None


def word(message: Message) -> str:
    return message.method if isinstance(message, Request) else f"{message.status} {message.cseq.method}"


def ours(method: str) -> Request:
    """A request as a session hands it over, without Via."""
    headers = Headers(
        (
            ("Max-Forwards", "70"),
            ("From", "<sip:pbxd@nordhavn.example>;tag=f"),
            ("To", "<sip:anna@nordhavn.example>"),
            ("Call-ID", "ours@192.0.2.1"),
            ("CSeq", f"4 {method}"),
        )
    )
    return Request(method, Uri.parse("sip:anna@198.51.100.7:40001"), headers)


VIA = "SIP/2.0/UDP 198.51.100.7:40001;branch=z9hG4bKt1"
"""Of a peer that keeps to RFC 3261."""
OLD = "SIP/2.0/UDP 10.0.0.2:5060"
"""Of one that keeps to RFC 2543."""


def theirs(
    method: str,
    *,
    via: str = VIA,
    cseq: int = 1,
    tag: str = "t",
    to_tag: str | None = None,
    extra: tuple[tuple[str, str], ...] = (),
) -> Request:
    """A request as a peer sends it."""
    to = "<sip:bo@nordhavn.example>" + (f";tag={to_tag}" if to_tag else "")
    headers = Headers(
        (
            ("Via", via),
            ("Max-Forwards", "70"),
            ("From", f"<sip:anna@nordhavn.example>;tag={tag}"),
            ("To", to),
            ("Call-ID", "theirs@phone"),
            ("CSeq", f"{cseq} {method}"),
            *extra,
        )
    )
    return Request(method, Uri.parse("sip:bo@nordhavn.example"), headers)


def answer(to: bytes | Message, status: int, *, tag: str = "peer") -> Response:
    """A peer's response to what we sent."""
    request = parse_message(to) if isinstance(to, bytes) else to
    assert isinstance(request, Request)
    return response_to(request, status, to_tag=tag if status > 100 else None)
