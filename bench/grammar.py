"""Microseconds per operation of the SIP grammar, on a 1.6 kB INVITE and its 200 (`python -m bench.grammar`).

Every round works on a message whose tag, branch and Call-ID are its own, as calls have; addresses repeat, as they do.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from itertools import cycle
from time import perf_counter

from pbxd.sip.framing import StreamFramer
from pbxd.sip.headers import Headers
from pbxd.sip.message import Request, response_to
from pbxd.sip.parse import parse_message
from pbxd.sip.uri import Uri, sip_uri

ROUNDS = 20_000
VARIANTS = 500

SDP = b"\r\n".join(
    [
        b"v=0",
        b"o=anna 2890844526 2890844526 IN IP4 192.0.2.17",
        b"s=-",
        b"c=IN IP4 192.0.2.17",
        b"t=0 0",
        b"m=audio 49170 RTP/AVP 96 9 8 0 101",
        b"a=rtpmap:96 opus/48000/2",
        b"a=fmtp:96 minptime=20;useinbandfec=1",
        b"a=rtpmap:9 G722/8000",
        b"a=rtpmap:8 PCMA/8000",
        b"a=rtpmap:0 PCMU/8000",
        b"a=rtpmap:101 telephone-event/8000",
        b"a=fmtp:101 0-16",
        b"a=ptime:20",
        b"a=rtcp:49171 IN IP4 192.0.2.17",
        b"a=sendrecv",
        b"",
    ]
)


def invite(number: int) -> bytes:
    """The INVITE of one call."""
    lines = [
        "INVITE sip:bo@pbx.example.com;transport=udp SIP/2.0",
        f"Via: SIP/2.0/UDP 192.0.2.17:5060;branch=z9hG4bK-524287-1---{number:016x};rport",
        "Max-Forwards: 70",
        "Contact: <sip:anna@192.0.2.17:5060;transport=udp;ob>",
        "To: <sip:bo@pbx.example.com>",
        f'From: "Anna Andersen" <sip:anna@pbx.example.com>;tag={number:08x}',
        f"Call-ID: {number:032x}@192.0.2.17",
        "CSeq: 2 INVITE",
        "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REGISTER, SUBSCRIBE, NOTIFY, REFER, INFO, MESSAGE, UPDATE",
        "Supported: replaces, norefersub, extended-refer, timer, outbound, path, X-cisco-serviceuri",
        "Accept: application/sdp, application/dtmf-relay, text/plain",
        "User-Agent: Desk Phone 1.0 with a fairly long name (build 20250101)",
        'Authorization: Digest username="anna",realm="pbx.example.com",nonce="4f1c8a5d9e7b4d0c8f3a2b1c0d9e8f7a",'
        'uri="sip:bo@pbx.example.com",response="6629fae49393a05397450978507c4ef1",cnonce="0a4f113b",nc=00000001,'
        "qop=auth,algorithm=MD5",
        "Allow-Events: presence, kpml, talk, hold, conference",
        "P-Preferred-Identity: <sip:anna@pbx.example.com>",
        "Session-Expires: 1800",
        "Min-SE: 90",
        "Content-Type: application/sdp",
        f"Content-Length: {len(SDP)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + SDP


def ok(request: bytes) -> bytes:
    """What a phone answers to it."""
    headers = [("Contact", "<sip:bo@192.0.2.99:5060>"), ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE")]
    answer = response_to(
        as_request(request), 200, to_tag="a48s", headers=headers, body=SDP, content_type="application/sdp"
    )
    return answer.to_bytes()


def as_request(data: bytes) -> Request:
    message = parse_message(data)
    assert isinstance(message, Request)
    return message


def touch(data: bytes) -> None:
    """Read all that a call setup reads beyond what the transaction needs."""
    message = parse_message(data)
    _ = message.contact, message.routes, message.record_routes, message.content_type, message.supported
    _ = message.require, message.allow, message.expires, message.vias


def build(body: bytes) -> None:
    """A new INVITE for the other leg, that shares nothing with the first but its body."""
    target = sip_uri("bo", "192.0.2.99", 5060)
    pairs = [
        ("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabcdefgh;rport"),
        ("Max-Forwards", "69"),
        ("From", '"Anna Andersen" <sip:202@pbx.example.com>;tag=f00f'),
        ("To", "<sip:bo@pbx.example.com>"),
        ("Call-ID", "abcdefghijklmnop"),
        ("CSeq", "1 INVITE"),
        ("Contact", "<sip:192.0.2.1:5060>"),
        ("Allow", "INVITE, ACK, CANCEL, OPTIONS, BYE, UPDATE"),
        ("Supported", "timer, replaces"),
        ("User-Agent", "pbxd"),
        ("Content-Type", "application/sdp"),
    ]
    Request("INVITE", target, Headers(pairs), body).to_bytes()


def copy(data: bytes) -> None:
    """The same INVITE for the other leg, its untouched headers copied as they are."""
    request = as_request(data)
    headers = request.headers.without("Via", "Contact", "Call-ID", "Authorization").having(
        ("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabcdefgh"),
        ("Call-ID", "abcdefghijklmnop"),
        ("Contact", "<sip:192.0.2.1:5060>"),
    )
    request.with_headers(headers.setting("Max-Forwards", "69")).to_bytes()


def take_in(data: bytes) -> None:
    """Parse and fill in received and rport (RFC 3581), as for every request."""
    request = as_request(data)
    via = request.via.with_param("received", "192.0.2.17").with_param("rport", "5060")
    _ = request.with_top_via(via).from_


def measure(operation: Callable[[bytes], object], messages: Sequence[bytes]) -> float:
    """Microseconds per operation: the best of three runs."""
    best = float("inf")
    gc.collect()
    for _ in range(3):
        started = perf_counter()
        for _, message in zip(range(ROUNDS), cycle(messages), strict=False):
            operation(message)
        best = min(best, perf_counter() - started)
    return best / ROUNDS * 1e6


def main() -> None:
    invites = [invite(number) for number in range(VARIANTS)]
    answers = [ok(request) for request in invites]
    heads = [message.partition(b"\r\n\r\n")[0].partition(b"\r\n")[2] for message in invites]
    uris = [b"sip:user%d@192.0.2.17:5060;transport=udp;ob" % number for number in range(5_000)]
    framer = StreamFramer()
    rows: list[tuple[str, Callable[[bytes], object], Sequence[bytes]]] = [
        ("split headers, INVITE", lambda head: Headers.parse(head.decode()), heads),
        ("parse, INVITE", parse_message, invites),
        ("parse, 200", parse_message, answers),
        ("parse and touch every view, INVITE", touch, invites),
        ("parse and fill in received and rport", take_in, invites),
        ("parse and answer 180", lambda data: response_to(as_request(data), 180, to_tag="x").to_bytes(), invites),
        ("parse, rewrite for the other leg, write", copy, invites),
        ("build an INVITE and write it", build, [SDP]),
        ("cut out of a stream, INVITE", lambda data: list(framer.feed(data)), invites),
        ("URI never seen before", lambda uri: Uri.parse(uri.decode()), uris),
    ]
    print(f"INVITE {len(invites[0])} bytes, 200 {len(answers[0])} bytes, microseconds per operation")
    for name, operation, messages in rows:
        print(f"{measure(operation, messages):8.1f}  {name}")


if __name__ == "__main__":
    main()
