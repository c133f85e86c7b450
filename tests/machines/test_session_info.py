"""INFO in a dialog: keys, and what is refused (RFC 2976, RFC 6086)."""

from __future__ import annotations

import pytest

from pbxd.sip.message import Request
from pbxd.sip.session import Keyed, Report
from pbxd.sip.session.info import PLAIN, RELAY, digit_of
from tests.machines.sessions import (
    NOW,
    SDP,
    answer,
    answered,
    connected,
    entry,
    inbound,
    responded,
    sent,
    theirs,
    words,
)


def info(content_type: str, body: bytes, *headers: str) -> Request:
    return theirs("INFO", 11, *headers).with_body(content_type, body)


@pytest.mark.parametrize(
    ("content_type", "body", "digit"),
    [
        (RELAY, b"Signal=5\r\nDuration=160\r\n", "5"),
        (RELAY, b"Signal= #\nDuration= 250", "#"),
        (RELAY, b"Duration=100\r\nsignal=*", "*"),
        (RELAY, b"Signal=10\r\n", "*"),
        (RELAY, b"Signal=d\r\n", "D"),
        (RELAY, b"Signal=16\r\n", None),  # a hook flash
        (RELAY, b"Signal=17\r\n", None),
        (RELAY, b"NoSignal=5\r\n", None),
        (RELAY, b"Duration=160\r\n", None),
        (RELAY, b"\xff\xfe", None),
        (RELAY, b" " * 300 + b"\r\nSignal=5", None),
        (PLAIN, b"7", "7"),
        (PLAIN, b" 11\r\n", "#"),
        (PLAIN, b"12345", None),
    ],
)
def test_digits(content_type: str, body: bytes, digit: str | None) -> None:
    assert digit_of(content_type, body) == digit


def test_a_key_is_reported() -> None:
    request, body = info(RELAY, b"Signal=5\r\nDuration=160\r\n"), b"Signal=5\r\nDuration=160\r\n"
    accepted, report = answered().request(request, entry(request), NOW)
    assert words([accepted]) == "200 INFO"
    assert report == Report(Keyed(digit="5", content_type=RELAY, body=body))


@pytest.mark.parametrize(
    ("request_", "status", "header"),
    [
        (theirs("INFO", 11), 200, None),
        (info("text/plain", b"hello"), 415, ("Accept", f"{RELAY}, {PLAIN}")),
        (info("application/sdp", SDP), 415, ("Accept", f"{RELAY}, {PLAIN}")),
        (info(RELAY, b"nothing"), 400, None),
        (info(RELAY, b"Signal=5", "Info-Package: foo"), 469, ("Recv-Info", "")),
    ],
)
def test_others(request_: Request, status: int, header: tuple[str, str] | None) -> None:
    effects = answered().request(request_, entry(request_), NOW)
    response = responded(effects)
    assert (response.status, len(effects)) == (status, 1)
    assert header is None or response.headers.get(header[0]) == header[1]


def test_passing_a_key_on_to_who_takes_it() -> None:
    assert connected().inform(RELAY, b"Signal=5") == []  # its 200 did not allow INFO
    session = inbound("Allow: INVITE, ACK, BYE, INFO")
    assert session.inform(RELAY, b"Signal=5") == []  # not before it is answered
    session.accept(SDP, NOW)
    session.ack(theirs("ACK", 10))
    request = sent(session.inform(RELAY, b"Signal=5"), "INFO")
    assert (request.content_type, request.body) == (RELAY, b"Signal=5")
    assert session.response(answer(request, 415), NOW) == []
    assert session.calm
