"""64 kB made to be slow to read: the cost grows no faster than the size (SEC-3)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from time import process_time

import pytest

from pbxd.errors import MalformedMessage
from pbxd.sip.framing import StreamFramer
from pbxd.sip.grammar import parse_params, split_commas, tokens
from pbxd.sip.headers import Headers
from pbxd.sip.message import REASONS, Message
from pbxd.sip.parse import parse_message
from pbxd.sip.uri import Uri
from pbxd.sip.values import CSeq, NameAddr, Reason, Via, parse_content_type, parse_retry_after
from tests.torture.messages import message

LIMIT = 0.020
"""Seconds for 64 kB."""

VIEWS = ("vias", "contacts", "routes", "record_routes", "expires", "content_type", "require", "supported", "allow")

PIECES = [
    "a",
    " ",
    "\t",
    '"',
    '\\"',
    "\\",
    "<",
    ">",
    ",",
    ";",
    "=",
    ":",
    "/",
    "%",
    "@",
    "0",
    "[",
    "(",
    "?",
    "\r\n ",
    " \r\n",
    "a ",
    '"a" ',
    '"",',
    "<>,",
    ";a",
    ";a=",
    ' ; a = "',
    "a, ",
    "SIP/2.0/UDP a,",
    "<sip:a@b>,",
    "sip:a@b;",
    "a@",
    ":a:",
    "%00",
    "é",
    "\udcff",
]
"""What a reader with a bad expression would try again and again."""


def cost(read: Callable[[str], object], text: str, *, rounds: int) -> float:
    """Seconds of this process for one reading: the best of ``rounds``."""
    best = float("inf")
    for _ in range(rounds):
        started = process_time()
        with suppress(MalformedMessage):
            read(text)
        best = min(best, process_time() - started)
    return best


def as_header(name: str) -> Callable[[str], object]:
    def read(text: str) -> None:
        touch(parse_message(message({name: f"{name}: {text}"})))

    return read


def as_many_headers(text: str) -> None:
    lines = [f"Route: {text[at : at + 1000]}" for at in range(0, len(text), 1000)]
    touch(parse_message(message(None, *lines)))


def touch(parsed: Message) -> None:
    for view in VIEWS:
        with suppress(MalformedMessage):
            getattr(parsed, view)


def as_stream(text: str) -> object:
    return list(StreamFramer().feed(text.encode("utf-8", "surrogateescape")))


READERS: dict[str, Callable[[str], object]] = {
    "Uri": Uri.parse,
    "NameAddr": NameAddr.parse,
    "NameAddr list": NameAddr.parse_list,
    "Via": Via.parse,
    "Via list": Via.parse_list,
    "CSeq": CSeq.parse,
    "Reason list": Reason.parse_list,
    "Content-Type": parse_content_type,
    "Retry-After": parse_retry_after,
    "parameters": parse_params,
    "tokens": tokens,
    "commas": split_commas,
    "header": Headers.parse,
    "message": lambda text: parse_message(text.encode("utf-8", "surrogateescape")),
    "From": as_header("From"),
    "Via header": as_header("Via"),
    "many headers": as_many_headers,
    "stream": as_stream,
}
PREFIXES = [
    "",
    "a",
    '"',
    "<",
    "sip:",
    "SIP/2.0/UDP a",
    "Route: ",
    "sip:a@b;",
    "<sip:a>",
    "1 ",
    "INVITE sip:a SIP/2.0\r\nX: ",
]


@pytest.mark.covers("SEC-3")
@pytest.mark.parametrize("name", READERS)
def test_64_kb_are_read_or_refused_in_linear_time(name: str) -> None:
    read = READERS[name]
    for prefix in PREFIXES:
        for piece in PIECES:
            text = prefix + piece * (65_000 // len(piece.encode("utf-8", "surrogateescape")))
            # Below a quarter the clock says little, and a quadratic reader takes seconds.
            if cost(read, text, rounds=1) > LIMIT / 4:
                whole = cost(read, text, rounds=10)
                half = cost(read, text[: len(text) // 2], rounds=10)
                assert whole < 3 * half, f"{name}: {prefix!r} + {piece!r} ..."
                assert whole < LIMIT, f"{name}: {prefix!r} + {piece!r} ... took {whole:.3f} s"


@pytest.mark.covers("SEC-3")
def test_a_stream_fed_byte_by_byte_costs_linear_time() -> None:
    def feed(size: int) -> float:
        data = b"OPTIONS sip:a SIP/2.0\r\nl: 0\r\n" + b"X: \r\n" * (size // 5)
        framer = StreamFramer()
        started = process_time()
        for at in range(len(data)):
            assert list(framer.feed(data[at : at + 1])) == []
        return process_time() - started

    assert min(feed(60_000) for _ in range(3)) < 3 * min(feed(30_000) for _ in range(3))


def test_every_registered_phrase_can_be_read_back() -> None:
    for status, phrase in REASONS.items():
        parsed = parse_message(message(start=f"SIP/2.0 {status} {phrase}"))
        assert repr(parsed) == f"<Response {status} {phrase}>"
