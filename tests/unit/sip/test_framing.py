"""Messages and keep-alives out of a stream (RFC 3261 18.3, RFC 5626 3.5.1)."""

from __future__ import annotations

import pytest

from pbxd.errors import MalformedMessage
from pbxd.sip.framing import PING, Ping, StreamFramer
from pbxd.sip.parse import MAX_MESSAGE

WITH_BODY = b"OPTIONS sip:a SIP/2.0\r\nl:\r\n 7 \r\nX: y\r\n\r\nabc\r\n\r\n"
WITHOUT = b"INVITE sip:a SIP/2.0\r\nX: l: 3\r\n l: 4\r\nContent-length : 0\r\n\r\n"
ANSWER = b"SIP/2.0 200 OK\r\nContent-Length: 2\r\nCONTENT-LENGTH:2\r\n\r\n\r\n"
STREAM = b"\r\n" + WITH_BODY + b"\r\n\r\n" + WITHOUT + ANSWER + b"\r\n\r\n\r\n\r\n\r\n" + WITH_BODY
ITEMS: list[bytes | Ping] = [WITH_BODY, PING, WITHOUT, ANSWER, PING, PING, WITH_BODY]


def test_several_messages_in_one_segment() -> None:
    framer = StreamFramer()
    assert list(framer.feed(STREAM)) == ITEMS
    assert framer.pending == 0


def test_split_at_every_byte() -> None:
    for at in range(len(STREAM) + 1):
        framer = StreamFramer()
        assert [*framer.feed(STREAM[:at]), *framer.feed(STREAM[at:])] == ITEMS


def test_byte_by_byte() -> None:
    framer = StreamFramer()
    assert [item for byte in STREAM for item in framer.feed(bytes([byte]))] == ITEMS


def test_what_is_not_whole_is_kept() -> None:
    framer = StreamFramer()
    assert list(framer.feed(WITH_BODY[:-1])) == []
    assert framer.pending == len(WITH_BODY) - 1
    assert list(framer.feed(WITH_BODY[-1:])) == [WITH_BODY]


def test_bytes_fed_before_the_first_result_is_read_are_not_lost() -> None:
    framer = StreamFramer()
    early = framer.feed(WITHOUT)
    assert [*framer.feed(ANSWER), *early] == [WITHOUT, ANSWER]


@pytest.mark.parametrize(
    "data",
    [
        b"OPTIONS sip:a SIP/2.0\r\nX: y\r\n\r\n",
        b"OPTIONS sip:a SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\n",
        b"OPTIONS sip:a SIP/2.0\r\nl: -1\r\n\r\n",
        b"OPTIONS sip:a SIP/2.0\r\nl:\r\n\r\n",
        b"OPTIONS sip:a SIP/2.0\r\nl: 1x\r\n\r\n",
        b"OPTIONS sip:a SIP/2.0\r\nl: " + b"9" * 5000 + b"\r\n\r\n",
        b"OPTIONS sip:a SIP/2.0\r\nl: 65535\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"\n\n",
        b"\rx",
        b"\r\n\rx",
    ],
)
def test_what_cannot_be_resynchronised_ends_the_stream(data: bytes) -> None:
    framer = StreamFramer()
    items = framer.feed(WITHOUT + data)
    assert next(items) == WITHOUT
    with pytest.raises(MalformedMessage):
        next(items)
    with pytest.raises(MalformedMessage):
        list(framer.feed(WITHOUT))
    assert framer.pending == 0


@pytest.mark.covers("SEC-3")
def test_an_endless_header_is_refused() -> None:
    framer = StreamFramer()
    line = b"X: yyyyyyyyyyyyy\r\n"
    for _ in range(MAX_MESSAGE // len(line)):
        assert list(framer.feed(line)) == []
    with pytest.raises(MalformedMessage) as caught:
        list(framer.feed(line))
    assert caught.value.status == 513


def test_the_largest_message() -> None:
    head = b"OPTIONS sip:a SIP/2.0\r\nl: 65000\r\n\r\n"
    message = head + bytes(65_000)
    assert list(StreamFramer().feed(message + message)) == [message, message]
    with pytest.raises(MalformedMessage):
        list(StreamFramer(max_message=60_000).feed(head))


def test_a_ping_shows_itself() -> None:
    assert repr(PING) == "PING"
