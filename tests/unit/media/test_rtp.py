"""RTP headers, and telling protocols apart."""

from __future__ import annotations

import pytest

from pbxd.media.rtp import HEADER, Kind, body, classify


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Kind.OTHER),
        (b"\x80", Kind.OTHER),
        (b"\x80\x00" + bytes(9), Kind.OTHER),
        (b"\x80\x00" + bytes(10), Kind.RTP),
        (b"\xbf\xff" + bytes(10), Kind.RTP),
        (b"\x80\xbf" + bytes(10), Kind.RTP),
        (b"\x81\xc8" + bytes(6), Kind.RTCP),
        (b"\x81\xc9" + bytes(5), Kind.OTHER),
        (b"\x81\xdf" + bytes(26), Kind.RTCP),
        (b"\x80\xe0" + bytes(10), Kind.RTP),
        (b"\x00\x01" + bytes(18), Kind.STUN),
        (b"\x03\x01" + bytes(18), Kind.STUN),
        (b"\x16\xfe\xfd" + bytes(20), Kind.DTLS),
        (b"\x3f" + bytes(20), Kind.DTLS),
        (b"\x40" + bytes(20), Kind.OTHER),
        (b"\xc0" + bytes(20), Kind.OTHER),
    ],
)
def test_the_first_bytes_tell_the_protocol(data: bytes, kind: Kind) -> None:
    assert classify(data) is kind


def header(first: int) -> bytes:
    return HEADER.pack(first, 0, 1, 2, 3)


def test_csrc_and_extension_are_left_off_and_the_payload_is_untouched() -> None:
    sources, extension = bytes(range(8)), b"\xbe\xde\x00\x02" + bytes(8)
    assert body(header(0x92) + sources + extension + b"payload") == (0x80, b"payload")


def test_padding_stays_with_its_payload() -> None:
    assert body(header(0xA0) + b"payload\0\0\3") == (0xA0, b"payload\0\0\3")


@pytest.mark.parametrize(
    "data",
    [
        header(0x8F),
        header(0x8F) + bytes(59),
        header(0x90),
        header(0x90) + b"\xbe\xde\x00",
        header(0x90) + b"\xbe\xde\xff\xff" + bytes(100),
        header(0xA0),
        header(0xA0) + b"abc\x00",
        header(0xA0) + b"abc\x05",
    ],
)
def test_lengths_that_lie_are_noticed(data: bytes) -> None:
    assert body(data) is None
