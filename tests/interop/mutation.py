"""Breaks messages by chance and by seed, as a fuzzer does that knows a little of SIP."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

LONGEST = 8_000
"""Bytes. Every packet has to fit one datagram, and small ones reach more code in the same time."""
LENGTH = re.compile(rb"Content-Length: *[0-9]+")
NASTY = (
    *(b"\x00", b"\r\n", b"\r\n\r\n", b"\r", b"\n", b" ", b"\t", b'"', b"\\", b"<", b">", b",", b";", b"=", b"%"),
    *(b"-1", b"0", b"4294967296", b"99999999999999999999", b"\xff\xfe", b"\xc3\xa9", b"%00", b"[::]", b"[", b"*"),
    *(b"SIP/2.0", b"sip:", b"tel:", b"Via: SIP/2.0/UDP x\r\n", b"Route: <sip:x>\r\n", b"Require: x\r\n"),
    *(b";branch=", b";received=", b";rport=", b";tag=", b";lr", b";q=", b"Replaces: a;to-tag=b;from-tag=c\r\n"),
    *(b"Content-Length: 70000\r\n", b"a=crypto:1 x inline:y\r\n", b"m=audio 0 RTP/AVP\r\n", b"c=IN IP6 ::\r\n"),
)
"""What parsers stumble over."""


class Mutator:
    """Makes packets from a corpus of whole messages."""

    def __init__(self, corpus: Sequence[bytes], seed: int) -> None:
        self._corpus = corpus
        self._random = Random(seed)
        self._serial = 0
        self._ways: Sequence[Callable[[bytearray], None]] = (
            self._flip,
            self._delete,
            self._insert,
            self._double,
            self._truncate,
            self._splice,
            self._move_line,
            self._change_number,
        )

    def packet(self) -> bytes:
        """The next packet: a message of the corpus, changed in one to six places."""
        data = bytearray(self._random.choice(self._corpus))
        if self._random.random() < 0.8:  # otherwise most would be taken for repetitions
            self._serial += 1
            for name in (b"z9hG4bK", b"Call-ID: "):
                data = data.replace(name, b"%b%d-" % (name, self._serial))
        for _ in range(min(6, 1 + int(self._random.expovariate(1)))):
            self._random.choice(self._ways)(data)
        if self._random.random() < 0.5:  # few get past a wrong length
            data[:] = LENGTH.sub(b"Content-Length: %d" % len(data.partition(b"\r\n\r\n")[2]), data)
        return bytes(data[:LONGEST])

    def _place(self, data: bytearray) -> int:
        return self._random.randrange(len(data) + 1)

    def _span(self, data: bytearray) -> slice:
        start = self._place(data)
        return slice(start, start + 1 + int(self._random.expovariate(0.1)))

    def _flip(self, data: bytearray) -> None:
        if data:
            data[self._random.randrange(len(data))] ^= 1 << self._random.randrange(8)

    def _delete(self, data: bytearray) -> None:
        del data[self._span(data)]

    def _insert(self, data: bytearray) -> None:
        at = self._place(data)
        data[at:at] = self._random.choice(NASTY) * self._random.choice((1, 1, 1, 2, 50))

    def _double(self, data: bytearray) -> None:
        span = self._span(data)
        data[span.start : span.start] = data[span] * self._random.choice((1, 2, 20))

    def _truncate(self, data: bytearray) -> None:
        del data[self._place(data) :]

    def _splice(self, data: bytearray) -> None:
        other = bytearray(self._random.choice(self._corpus))
        data[self._place(data) :] = other[self._place(other) :]

    def _move_line(self, data: bytearray) -> None:
        lines = data.split(b"\r\n")
        line = self._random.choice(lines)
        if self._random.random() < 0.5:
            lines.remove(line)
        lines.insert(self._random.randrange(len(lines) + 1), line)
        data[:] = b"\r\n".join(lines)

    def _change_number(self, data: bytearray) -> None:
        digits = [at for at, byte in enumerate(data) if 48 <= byte <= 57]
        if digits:
            data[self._random.choice(digits)] = self._random.randrange(48, 58)
