"""Messages meant to hurt a server, and beside each what a server should do about it.

The ideas are all 49 of RFC 4475 and the 10 of RFC 5118; the messages are our own. A message comes from a carrier that
the house knows by its address, unless it says that a stranger sent it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.torture.messages import OK, message

SILENCE: Final = 0
"""The reaction to what nobody may answer: responses to nothing, ACKs, and what does not say where an answer goes."""
RINGS: Final = 180
"""The reaction to a call that is odd and right."""

STRANGER: Final = "192.0.2.50"
CARRIER: Final = "192.0.2.99"
BO: Final = "sip:+4588887702@192.0.2.1"
INVITE: Final = f"INVITE {BO} SIP/2.0"
SDP: Final = "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio 30000 RTP/AVP 8\r\n"
OFFER: Final = SDP.format(CARRIER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One message and the status of the first response above 100 to it."""

    name: str
    data: bytes
    reaction: int
    host: str = CARRIER


def case(
    name: str,
    reaction: int,
    changes: Mapping[str, str | None] | None = None,
    *more: str,
    start: str = INVITE,
    body: str = "",
    host: str = CARRIER,
) -> Case:
    """A message of :func:`tests.torture.messages.message`, with a method, Via and body that fit together."""
    method = start.split()[0]
    lines: dict[str, str | None] = {
        "Via": f"Via: SIP/2.0/UDP {host}:5060;branch=z9hG4bK{name}",
        "Call-ID": f"Call-ID: {name}@{host}",
        "From": f"From: <sip:+4512345678@{host}>;tag=torture",
        "To": f"To: <{BO}>",
        "CSeq": f"CSeq: 1 {'INVITE' if start.startswith('SIP') else method}",
        "Content-Length": f"Content-Length: {len(body)}",
    }
    if method == "INVITE":
        lines["Contact"] = f"Contact: <sip:somebody@{host}>"
    data = message(lines | dict(changes or {}), *more, start=start, body=body.encode())
    return Case(name=name, data=data, reaction=reaction, host=host)


def asked_by_way_of(name: str, reaction: int, *vias: str) -> Case:
    """An OPTIONS from a stranger that came through others, whose Vias these are."""
    more = (f"Via: {via}" for via in vias)
    return case(name, reaction, None, *more, start="OPTIONS sip:192.0.2.1 SIP/2.0", host=STRANGER)


def offered(name: str, reaction: int, body: str, *more: str, kind: str = "application/sdp") -> Case:
    """A call with a body."""
    return case(name, reaction, None, f"Content-Type: {kind}", *more, body=body)


def asked(name: str, reaction: int, uri: str = "sip:192.0.2.1", *more: str) -> Case:
    """An OPTIONS from a stranger, to a URI."""
    return case(name, reaction, None, *more, start=f"OPTIONS {uri} SIP/2.0", host=STRANGER)


MULTIPART: Final = (
    f"--b\r\nContent-Type: application/sdp\r\n\r\n{OFFER}\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n"
)
_PING: Final = asked("dblreq", 200)

VALID: Final = (  # RFC 4475 3.1.1
    case(
        "wsinv",
        RINGS,
        {
            "To": f"TO :\r\n <{BO}>",
            "From": 'From\t: "An\\"na" \r\n\t<sip:+4512345678@192.0.2.99>\r\n ; tag = 1',
            "CSeq": "cseq: 0009\r\n  INVITE",
            "Via": f"v:  SIP  / 2.0\r\n / UDP\r\n    {CARRIER} ; branch = z9hG4bKwsinv\r\n , SIP / 2.0/ TCP  a.b ; x",
            "Max-Forwards": "MAX-FORWARDS: 0068",
        },
        "NewFangledHeader:   newfangled value\r\n continued",
        "s:\r\n ",
    ),
    case("intmeth", 405, start="!interesting-Method0123456789_*+`.%indeed'~ sip:x@192.0.2.1 SIP/2.0"),
    case("esc01", 404, start="INVITE sip:sips%3Auser%40example.com@192.0.2.1 SIP/2.0"),
    case("esc02", 405, start="RE%47IST%45R sip:192.0.2.1 SIP/2.0"),
    case("lwsdisp", RINGS, {"From": "From: caller<sip:+4512345678@192.0.2.99>;tag=323"}),
    case(
        "longreq",
        RINGS,
        {"From": f'From: "{"I have a long name " * 20}" <sip:+4512345678@192.0.2.99>;tag=1{"2" * 500}'},
        f"Unknown-{'Long' * 20}Header: {'long value ' * 200}; long-parameter={'x' * 500}",
        *(f"Via: SIP/2.0/UDP sip{n}.example.com;branch=z9hG4bK{n}" for n in range(30)),
    ),
    case("semiuri", 404, start="INVITE sip:user;par=u%40example.net@192.0.2.1 SIP/2.0"),
    asked_by_way_of(
        "transports",
        200,
        *(f"SIP/2.0/{name} t{n}.example.com;branch=z9hG4bK{n}" for n, name in enumerate(("SCTP", "TLS", "UNKNOWN"))),
    ),
    Case(name="dblreq", data=_PING.data + b"\r\n\r\n" + _PING.data, reaction=200, host=STRANGER),
    offered("mpart01", 415, MULTIPART, kind="multipart/mixed;boundary=b"),
    case("unreason", SILENCE, start="SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое"),
    case("noreason", SILENCE, start="SIP/2.0 100 "),
)
INVALID: Final = (  # RFC 4475 3.1.2
    case("badinv01-via", SILENCE, {"Via": f"Via: SIP/2.0/UDP {CARRIER};;,;,,"}),
    case("badinv01-contact", 400, {"Contact": 'Contact: "Joe" <sip:joe@192.0.2.99>;;;;'}),
    case("clerr", 400, {"Content-Length": "Content-Length: 9999"}),
    case("ncl", 400, {"Content-Length": "Content-Length: -999"}),
    case("scalar02", SILENCE, {"CSeq": "CSeq: 36893488147419103232 INVITE"}),
    case("scalar02-max-forwards", 400, {"Max-Forwards": "Max-Forwards: 300"}),
    case(
        "scalarlg",
        SILENCE,
        {"CSeq": "CSeq: 9292394834772304023312 OPTIONS"},
        "Retry-After: 949302838503028349304023988",
        start="SIP/2.0 503 Busy",
    ),
    case("quotbal", SILENCE, {"To": f'To: "Mr. Bo <{BO}>'}),
    case("ltgtruri", 400, start=f"INVITE <{BO}> SIP/2.0"),
    case("lwsruri", 400, start=f"INVITE {BO}; lr SIP/2.0"),
    case("lwsstart", 400, start=f"INVITE  {BO}  SIP/2.0"),
    case("trws", 400, start=f"OPTIONS {BO} SIP/2.0  "),
    case("escruri", RINGS, start=f"INVITE {BO}?Route=%3Csip:example.com%3E SIP/2.0"),
    case("baddate", RINGS, None, "Date: Fri, 01 Jan 2010 16:00:00 EST"),
    case("badaspec", SILENCE, {"From": "From: < sip:+4512345678@192.0.2.99>;tag=1"}),
    case("baddn", SILENCE, {"From": "From: Bell, Alexander <sip:+4512345678@192.0.2.99>;tag=43"}),
    case("badvers", 505, start="OPTIONS sip:192.0.2.1 SIP/7.0"),
    case("mismatch01", 400, {"CSeq": "CSeq: 8 INVITE"}, start="OPTIONS sip:192.0.2.1 SIP/2.0"),
    case("mismatch02", 400, {"CSeq": "CSeq: 8 INVITE"}, start="NEWMETHOD sip:192.0.2.1 SIP/2.0"),
    case("bigcode", SILENCE, start="SIP/2.0 4294967301 better not break the receiver"),
)
TRANSACTIONS: Final = (  # RFC 4475 3.2
    case(
        "badbranch",
        200,
        {"Via": f"Via: SIP/2.0/UDP {STRANGER};branch=z9hG4bK"},
        start="OPTIONS sip:192.0.2.1 SIP/2.0",
        host=STRANGER,
    ),
)
APPLICATION: Final = (  # RFC 4475 3.3
    *(case(f"insuf-{name}", SILENCE, {name: None}) for name in ("Via", "From", "To", "Call-ID", "CSeq")),
    case("insuf-contact", 400, {"Contact": None}),
    case("insuf-max-forwards", RINGS, {"Max-Forwards": None}),
    case("tel", RINGS, start="INVITE tel:+4588887702 SIP/2.0"),
    asked("unkscm", 416, "nobodyKnowsThisScheme:totallyopaquecontent"),
    asked("novelsc", 416, "soap.beep://192.0.2.103:3002"),
    case("novelsc-call", 416, start="INVITE soap.beep://192.0.2.103:3002 SIP/2.0"),
    case(
        "bext01",
        420,
        None,
        "Require: nothingSupportsThis, nothingSupportsThisEither",
        "Proxy-Require: noProxiesSupportThis",
    ),
    offered("invut", 415, "<audio>\r\n <pcmu port='443'/>\r\n</audio>\r\n", kind="application/unknownformat"),
    case("type-of-no-body", RINGS, None, "Content-Type: INVITE"),
    offered("type-unreadable", 400, OFFER, kind="/"),
    case("multi01", 400, {"CSeq": "CSeq: 5 INVITE\r\nCSeq: 59 INVITE", "Call-ID": "Call-ID: a\r\nCall-ID: b"}),
    case("multi01-from", 400, {"From": "From: <sip:a@h>;tag=1\r\nFrom: <sip:b@h>;tag=2"}),
    case("mcl01", 400, {"Content-Length": "Content-Length: 0\r\nContent-Length: 5"}),
    case(
        "bcast",
        SILENCE,
        {"Via": "Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK2"},
        start=OK,
    ),
    case("zeromf", 483, {"Max-Forwards": "Max-Forwards: 0"}),
    case(
        "zeromf-options", 200, {"Max-Forwards": "Max-Forwards: 0"}, start="OPTIONS sip:192.0.2.1 SIP/2.0", host=STRANGER
    ),
    offered("sdp01", RINGS, OFFER, "Accept: text/nobodyKnowsThis"),
    case(
        "inv2543",
        RINGS,
        {"Via": f"Via: SIP/2.0/UDP {CARRIER}", "From": "From: <sip:+4512345678@192.0.2.99>", "Max-Forwards": None},
        "Record-Route: <sip:192.0.2.99>",
    ),
    case("ack", SILENCE, start="ACK sip:+4588887702@192.0.2.1 SIP/2.0"),
    case("bye", 481, start="BYE sip:+4588887702@192.0.2.1 SIP/2.0"),
    case("cancel", 481, start="CANCEL sip:+4588887702@192.0.2.1 SIP/2.0"),
    case("in-no-dialog", 481, {"To": f"To: <{BO}>;tag=unknown"}),
)
IPV6: Final = (  # RFC 5118 4
    asked("ipv6-good", 200, "sip:[2001:db8::10]"),
    asked("ipv6-bad", 400, "sip:2001:db8::10"),
    asked("ipv6-port-ambiguous", 200, "sip:[2001:db8::10:5070]"),
    asked("ipv6-port-unambiguous", 200, "sip:[2001:db8::10]:5070"),
    asked_by_way_of(
        "ipv6-received-in-brackets", 200, "SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111"
    ),
    asked_by_way_of("ipv6-received", 200, "SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3"),
    offered("ipv6-in-sdp", RINGS, SDP.replace("IP4", "IP6").format("2001:db8::20")),
    offered("ipv6-mult-in-sdp", RINGS, OFFER + "m=video 6000 RTP/AVP 31\r\nc=IN IP6 2001:db8::30\r\n"),
    offered("ipv6-brackets-in-sdp", 488, SDP.replace("IP4", "IP6").format("[2001:db8::20]")),
    case(
        "ipv6-mult-in-header",
        RINGS,
        {"Contact": "Contact: <sip:user@[2001:db8::20]:5061>"},
        "Record-Route: <sip:[2001:db8::1];lr>, <sip:192.0.2.1;lr>",
    ),
    case("ipv6-v4-mapped", RINGS, {"Contact": "Contact: <sip:user@[::ffff:192.0.2.10]>"}),
    offered("ipv6-v4-mapped-in-sdp", RINGS, SDP.replace("IP4", "IP6").format("::ffff:192.0.2.10")),
    asked("ipv6-extra-colon", 400, "sip:user@[2001:db8:::192.0.2.1]"),
)
CASES: Final = (*VALID, *INVALID, *TRANSACTIONS, *APPLICATION, *IPV6)
