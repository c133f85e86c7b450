"""What the tables of dialogs and sessions are written with: a peer's messages, and effects in a few words."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from pbxd.network import Address
from pbxd.sip.digest_client import DigestClient
from pbxd.sip.flow import Flow
from pbxd.sip.headers import Headers
from pbxd.sip.message import Request, Response, response_to
from pbxd.sip.parse import parse_message
from pbxd.sip.session import (
    Cancel,
    Effect,
    InboundSession,
    OutboundSession,
    Report,
    Respond,
    SendAck,
    SendRequest,
)
from pbxd.sip.transaction import InviteServerTransaction, NonInviteServerTransaction, ServerEntry
from pbxd.sip.uri import Uri
from tests.machines.transactions import TIMERS

US, ANNA = Address("192.0.2.1", 5060), Address("198.51.100.7", 5060)
FLOW = Flow("udp", US, ANNA)
CONTACT = Uri.parse("sip:pbxd@192.0.2.1")
SDP = b"v=0\r\n"
NOW = 100.0
_keys = count()


def theirs(
    method: str, cseq: int, *extra: str, to_tag: str | None = "ours", from_tag: str = "theirs", sdp: bool = False
) -> Request:
    """A request as the peer sends it, in the dialog unless there is no ``to_tag``."""
    tag = f";tag={to_tag}" if to_tag else ""
    body = SDP.decode() if sdp else ""
    lines = (
        f"{method} sip:pbxd@192.0.2.1 SIP/2.0",
        f"Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK{next(_keys)}",
        "Max-Forwards: 70",
        f"From: Anna <sip:anna@nordhavn.example>;tag={from_tag}",
        f"To: <sip:202@nordhavn.example>{tag}",
        "Call-ID: one@phone",
        f"CSeq: {cseq} {method}",
        *(() if any(one.startswith("Contact") for one in extra) else ("Contact: <sip:anna@198.51.100.7>",)),
        *(("Content-Type: application/sdp",) if sdp else ()),
        *extra,
        f"Content-Length: {len(body)}\r\n\r\n{body}",
    )
    message = parse_message("\r\n".join(lines).encode())
    assert isinstance(message, Request)
    return message


def entry(request: Request, flow: Flow = FLOW) -> ServerEntry:
    """The server transaction of a request."""
    kind = InviteServerTransaction if request.method == "INVITE" else NonInviteServerTransaction
    return ServerEntry(f"key {next(_keys)}", flow, kind(request, reliable=False, timers=TIMERS))


def inbound(
    *extra: str, offer: bool = True, jitter: float = 0.5, credentials: DigestClient | None = None
) -> InboundSession:
    """Anna calls us."""
    invite = theirs("INVITE", 10, *extra, to_tag=None, sdp=offer)
    return InboundSession(
        invite,
        entry(invite),
        local_tag="ours",
        contact=CONTACT,
        timers=TIMERS,
        jitter=lambda: jitter,
        credentials=credentials,
    )


def answered(*, offer: bool = True, jitter: float = 0.5) -> InboundSession:
    """Anna called us, we accepted, and her ACK is in."""
    session = inbound(offer=offer, jitter=jitter)
    session.accept(SDP, NOW)
    session.ack(theirs("ACK", 10))
    return session


def outbound(*, jitter: float = 0.5, credentials: DigestClient | None = None) -> OutboundSession:
    """We call Anna."""
    headers = Headers(
        (
            ("Max-Forwards", "70"),
            ("From", "<sip:202@nordhavn.example>;tag=ours"),
            ("To", "<sip:anna@nordhavn.example>"),
            ("Call-ID", "two@pbxd"),
            ("CSeq", "50 INVITE"),
            ("Contact", f"<{CONTACT}>"),
            ("Content-Type", "application/sdp"),
        )
    )
    invite = Request("INVITE", Uri.parse("sip:anna@198.51.100.7"), headers, SDP)
    return OutboundSession(
        invite,
        contact=CONTACT,
        flow=FLOW,
        direct=True,
        timers=TIMERS,
        jitter=lambda: jitter,
        credentials=credentials,
    )


def connected(*, jitter: float = 0.5, credentials: DigestClient | None = None) -> OutboundSession:
    """We called Anna, and she answered."""
    session = outbound(jitter=jitter, credentials=credentials)
    session.response(answer(session.invite, 200, sdp=True), NOW)
    return session


def answer(request: Request, status: int, *extra: tuple[str, str], tag: str = "theirs", sdp: bool = False) -> Response:
    """The peer's response to a request of ours."""
    headers = extra if any(name == "Contact" for name, _ in extra) else (("Contact", "<sip:anna@198.51.100.7>"), *extra)
    response = response_to(
        request.with_headers(request.headers.prepending("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKours")),
        status,
        to_tag=tag or None,
        headers=headers,
        body=SDP if sdp else b"",
        content_type="application/sdp" if sdp else "",
    )
    message = parse_message(response.to_bytes())
    assert isinstance(message, Response)
    return message


def words(effects: Iterable[Effect]) -> str:
    """Effects in short: ``200 INVITE, BYE, Ended``."""
    return ", ".join(map(_word, effects))


def _word(effect: Effect) -> str:
    match effect:
        case Respond(_, response):
            return f"{response.status} {response.cseq.method}"
        case SendRequest(request) | SendAck(request):
            return request.method
        case Cancel():
            return "CANCEL"
        case Report(event):
            return type(event).__name__


def sent(effects: Iterable[Effect], method: str) -> Request:
    """The one request of this method that was sent."""
    (request,) = (
        effect.request
        for effect in effects
        if isinstance(effect, SendRequest | SendAck) and effect.request.method == method
    )
    return request


def responded(effects: Iterable[Effect]) -> Response:
    """The one response."""
    (response,) = (effect.response for effect in effects if isinstance(effect, Respond))
    return response
