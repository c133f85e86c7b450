"""What is secret in a message is hidden, and nothing moves."""

from __future__ import annotations

import pytest

from pbxd.network import Address
from pbxd.sip.flow import Flow
from pbxd.siptrace.masking import masked
from pbxd.siptrace.packet import Packet
from pbxd.siptrace.subjects import OfUser


def message(*headers: str, body: str = "", start: str = "INVITE sip:202@house.example SIP/2.0") -> bytes:
    return "\r\n".join([start, *headers, f"Content-Length: {len(body)}", "", body]).encode()


@pytest.mark.parametrize(
    ("given", "secret", "kept"),
    [
        (
            message('Authorization: Digest username="anna", nonce="n0nce", uri="sip:x", response="0a1b2c", qop=auth'),
            ["n0nce", "0a1b2c"],
            ['username="anna"', 'nonce="*****"', 'response="******"', "qop=auth"],
        ),
        (
            message('Proxy-Authorization : Digest username="anna",\r\n response="0a1b2c"\r\n ,cnonce=c0ffee'),
            ["0a1b2c", "c0ffee"],
            ["username", "cnonce=******"],
        ),
        (message("Authorization: Basic YW5uYTpzZWNyZXQ="), ["YW5uYTpzZWNyZXQ"], ["Authorization: Basic ***"]),
        (
            message('WWW-Authenticate: Digest realm="house", nonce="n0nce"', start="SIP/2.0 401 Unauthorized"),
            ["n0nce"],
            ['realm="house"'],
        ),
        (
            message('Authentication-Info: nextnonce="n3xt", rspauth="0a1b"', start="SIP/2.0 200 OK"),
            ["n3xt", "0a1b"],
            [],
        ),
        (message("From: <sip:anna:s3cret@house.example>;tag=1"), ["s3cret"], ["<sip:anna:******@house.example>;tag=1"]),
        (
            message("Content-Type: application/sdp", body="v=0\r\na=crypto:1 AES_CM_128 inline:Zm9vYmFy|2^20\r\n"),
            ["Zm9vYmFy"],
            ["inline:********|2^20"],
        ),
        (message("c: application/sdp", body="v=0\r\na=ice-pwd:asd88fgpdd777uzj\r\n"), ["asd88fgpdd"], ["a=ice-pwd:*"]),
        (
            message("Content-Type: application/dtmf-relay", body="Signal=7\r\nDuration=160\r\n"),
            ["Signal=7"],
            ["Signal=*", "Duration=160"],
        ),
        (message("Content-Type: application/dtmf", body="7"), ["\r\n7"], []),
        (
            message("Content-Type: text/plain", body="the code is 1234", start="MESSAGE sip:bo@house.example SIP/2.0"),
            ["code", "1234"],
            ["*** **** ** ****"],
        ),
    ],
)
def test_secrets(given: bytes, secret: list[str], kept: list[str]) -> None:
    found = masked(given)
    assert len(found) == len(given)
    assert found.count(b"\r\n") == given.count(b"\r\n")
    text = found.decode()
    for words in secret:
        assert words not in text
    for words in kept:
        assert words in text


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"\r\n\r\n",
        b"not SIP at all \xff\xfe",
        message("Subject: the response=42 is no secret", "Call-ID: nonce=1@host"),
        message("Content-Type: application/sdp", body="v=0\r\nm=audio 4000 RTP/AVP 8\r\n"),
    ],
)
def test_nothing_secret_stays_as_it_is(given: bytes) -> None:
    assert masked(given) == given


def test_hostile_headers_take_no_time() -> None:
    given = message("Authorization: Digest " + 'response="\\' * 20_000, "From: " + "sip:" * 20_000)
    assert len(masked(given)) == len(given)


def test_subjects_are_found_in_hostile_headers_at_once() -> None:
    """The tap sees what anybody sends. 64 KiB of this took seconds with patterns that try again from each place."""
    data = message("From: " + "sip:" * 16_000, "To: <sip:bo-desk@house.example>")
    packet = Packet(0.0, False, data, Flow("udp", Address("192.0.2.1", 5060), Address("192.0.2.2", 5060)))
    assert OfUser(user="bo", devices=frozenset({b"bo-desk"})).wants(packet)
    assert not OfUser(user="bo", devices=frozenset({b"bo-desk"}), elsewhere=frozenset({b"house.example"})).wants(packet)
