"""Messages that must be refused, and what of them can be answered (ideas of RFC 4475 sections 3.1.2 and 3.3)."""

from __future__ import annotations

import pytest

from pbxd.errors import MalformedMessage
from pbxd.sip.message import response_to
from pbxd.sip.parse import Unparsable, parse_message
from tests.torture.messages import DECENT, OK, START, message


def refused(data: bytes) -> Unparsable:
    with pytest.raises(Unparsable) as caught:
        parse_message(data)
    return caught.value


@pytest.mark.parametrize(
    ("changes", "header"),
    [
        ({"CSeq": "CSeq: 1 OPTIONS"}, "CSeq"),
        ({"CSeq": "CSeq: 1 invite"}, "CSeq"),
        ({"From": "From: <sip:a@h>;tag=f\r\nF: <sip:b@h>;tag=g"}, "From"),
        ({"To": "To: <sip:a@h>\r\nTo: <sip:a@h>"}, "To"),
        ({"Call-ID": "Call-ID: 1\r\ni: 1"}, "Call-ID"),
        ({"CSeq": "CSeq: 1 INVITE\r\nCSeq: 2 INVITE"}, "CSeq"),
        ({"Max-Forwards": "Max-Forwards: 70\r\nMax-Forwards: 0"}, "Max-Forwards"),
        ({"Max-Forwards": "Max-Forwards: 256"}, "Max-Forwards"),
        ({"Max-Forwards": "Max-Forwards: -1"}, "Max-Forwards"),
        ({"Max-Forwards": "Max-Forwards: " + "9" * 4000}, "Max-Forwards"),
        ({"Content-Length": "Content-Length: -999"}, "Content-Length"),
        ({"Content-Length": "Content-Length: 1"}, "Content-Length"),
        ({"Content-Length": "Content-Length: 0\r\nl: 1"}, "Content-Length"),
        ({"Content-Length": "Content-Length: 0x0"}, "Content-Length"),
        ({"Content-Length": "Content-Length:"}, "Content-Length"),
        ({"Content-Length": "Content-Length: " + "9" * 10_000}, "Content-Length"),
    ],
)
def test_wrong_headers_that_can_be_answered(changes: dict[str, str], header: str) -> None:
    error = refused(message(changes))
    assert (error.header, error.status) == (header, 400)
    assert error.request is not None
    answer = response_to(error.request, error.status, to_tag="t")
    assert parse_message(answer.to_bytes()).via.branch == "z9hG4bKtorture"


@pytest.mark.parametrize("name", ["Via", "From", "To", "Call-ID", "CSeq"])
def test_what_misses_a_mandatory_header_cannot_be_answered(name: str) -> None:
    error = refused(message({name: None}))
    assert (error.header, error.reason, error.request) == (name, "missing", None)


@pytest.mark.parametrize(
    ("changes", "header"),
    [
        ({"Via": "Via: SIP/2.0/UDP 192.0.2.15;;,;,,"}, "Via"),
        ({"Via": "Via: SIP/2.0/UDP h;branch=a;branch=b"}, "Via"),
        ({"Via": 'Via: SIP/2.0/UDP h;x="open'}, "Via"),
        ({"Via": "Via:"}, "Via"),
        ({"From": 'From: "Mr. J. User <sip:j.user@example.com>;tag=1'}, "From"),
        ({"From": "From: Bell, Alexander <sip:a.g.bell@example.com>;tag=43"}, "From"),
        ({"From": "From: <sip:a@h>;tag=1;tag=2"}, "From"),
        ({"From": "From: < sip:a@h>;tag=1"}, "From"),
        ({"To": "To: sip:user@example.com?Route=%3Csip:sip.example.com%3E"}, "To"),
        ({"To": "To: <sip:bo@example.com"}, "To"),
        ({"To": "To: <sip:bo@exa mple.com>"}, "To"),
        ({"To": 'To: "Watson, Come Here, <sip:x@h>'}, "To"),
        ({"Call-ID": "Call-ID:"}, "Call-ID"),
        ({"Call-ID": "Call-ID: a b"}, "Call-ID"),
        ({"CSeq": "CSeq: 36893488147419103232 INVITE"}, "CSeq"),
        ({"CSeq": "CSeq: -1 INVITE"}, "CSeq"),
        ({"CSeq": "CSeq: INVITE"}, "CSeq"),
        ({"CSeq": "CSeq: " + "9" * 10_000 + " INVITE"}, "CSeq"),
    ],
)
def test_unreadable_mandatory_headers_cannot_be_answered(changes: dict[str, str], header: str) -> None:
    error = refused(message(changes))
    assert (error.header, error.status, error.request) == (header, 400, None)
    assert refused(message(changes, start=OK)).header == header


@pytest.mark.parametrize(
    "start",
    [
        "INVITE  sip:bo@example.com SIP/2.0",
        "INVITE sip:bo@example.com  SIP/2.0",
        "INVITE sip:bo@example.com SIP/2.0 ",
        "INVITE sip:bo@example.com; lr SIP/2.0",
        "INVITE <sip:bo@example.com> SIP/2.0",
        "INVITE sip:bo@example.com HTTP/1.1",
        "INVITE sip:bo@example.com SIP/2.0x",
        "INVITE sip:bo@[2001:db8::1 SIP/2.0",
        "INVITE sip:bo@2001:db8::1 SIP/2.0",
        "INVITE sip:%zz@example.com SIP/2.0",
        "INVITE bo SIP/2.0",
        "INVITE sip:bo@example.com",
    ],
)
def test_bad_request_lines_can_be_answered(start: str) -> None:
    error = refused(message(start=start))
    assert error.status == 400
    assert error.request is not None
    assert error.request.method == "INVITE"


@pytest.mark.parametrize(
    "start", ["", "INV/ITE sip:h SIP/2.0", '"INVITE" sip:h SIP/2.0', "INVITE", " INVITE sip:h SIP/2.0", "\0"]
)
def test_what_has_no_method_is_hardly_a_request(start: str) -> None:
    assert start == "INVITE" or refused(message(start=start)).request is None


@pytest.mark.parametrize("version", ["SIP/7.0", "SIP/2.1", "sip/1.0", "SIP/2.00"])
def test_another_version_of_sip(version: str) -> None:
    error = refused(message(start=f"INVITE sip:bo@h {version}"))
    assert (error.status, error.request is not None) == (505, True)


@pytest.mark.parametrize(
    "start",
    ["SIP/2.0 4294967301 OK", "SIP/2.0 99 OK", "SIP/2.0 700 x", "SIP/2.0  200 OK", "SIP/7.0 200 OK", "SIP/2.0 ٢٠٠ OK"],
)
def test_bad_status_lines(start: str) -> None:
    assert refused(message(start=start)).request is None


def test_ack_is_never_answered() -> None:
    data = message({"CSeq": "CSeq: 1 ACK"}, start="ACK sip:bo@h SIP/3.0")
    assert (refused(data).status, refused(data).request) == (505, None)


def test_a_long_request_uri() -> None:
    error = refused(message(start=f"INVITE sip:{'a' * 3000}@example.com SIP/2.0"))
    assert (error.status, error.request is not None) == (414, True)


@pytest.mark.parametrize("end", [b"", b"\r\n", b"\r\n\r", b"\r\n\n"])
def test_no_empty_line(end: bytes) -> None:
    data = message(end=end)
    assert refused(data).reason


@pytest.mark.parametrize("data", [b"", b"\r\n", b"\r\n\r\n", b"\x00" * 20, b"jaK\r\n\r\n", b"\xff\xfe", b"\n\n\n"])
def test_what_is_not_sip_at_all(data: bytes) -> None:
    assert refused(data).request is None


@pytest.mark.parametrize(
    "line", ["X: a\nb: c", "X: a\rb", "X\r\n : a", "no colon", ": empty", "X Y: z", "X: a\n\r\n b"]
)
def test_lines_that_two_readers_would_split_differently(line: str) -> None:
    assert refused(message(None, line)).request is None


def test_a_fold_right_after_the_start_line() -> None:
    assert refused(message(None, start=START + "\r\n ")).status == 400


@pytest.mark.covers("SEC-3")
def test_a_message_over_the_bound() -> None:
    assert refused(message({"Content-Length": None}, body=bytes(70_000))).status == 513


def test_a_second_from_does_not_reach_the_answer() -> None:
    error = refused(message({"From": DECENT["From"] + "\r\nFrom: <sip:b@h>;tag=g"}))
    assert error.request is not None
    assert response_to(error.request, 400).headers.all("From") == ("<sip:anna@example.com>;tag=f",)


def test_lazy_views_name_their_header() -> None:
    parsed = parse_message(message(None, "Contact: <sip:a@h>;q=;q=1", "Expires: 10000000000", "Record-Route: x y"))
    for view, header in [("contacts", "Contact"), ("expires", "Expires"), ("record_routes", "Record-Route")]:
        with pytest.raises(MalformedMessage) as caught:
            getattr(parsed, view)
        assert caught.value.header == header
