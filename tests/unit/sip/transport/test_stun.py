"""STUN on the SIP port, by the test vectors' arithmetic (RFC 5769) and by what must not be answered."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.address import Address
from pbxd.sip.transport.stun import MAX_REQUEST, binding_response, is_stun

TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")
V4 = Address("192.0.2.1", 32853)
V6 = Address("2001:db8:1234:5678:11:2233:4455:6677", 32853)


def request(attributes: bytes = b"", *, kind: int = 1, cookie: int = 0x2112A442, length: int | None = None) -> bytes:
    size = len(attributes) if length is None else length
    return struct.pack("!HHI12s", kind, size, cookie, TRANSACTION) + attributes


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (V4, "0001a147e112a643"),  # RFC 5769 2.2
        (V6, "0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"),  # RFC 5769 2.3
    ],
)
def test_the_address_is_told(source: Address, value: str) -> None:
    told = bytes.fromhex(value)
    expected = request(struct.pack("!HH", 0x20, len(told)) + told, kind=0x101)
    assert binding_response(request(), source) == expected


def test_what_can_be_left_out_is_ignored() -> None:
    software = struct.pack("!HH", 0x8022, 5) + b"phone\0\0\0"
    assert binding_response(request(software), V4) == binding_response(request(), V4)


def test_an_attribute_that_must_be_understood_is_refused() -> None:
    response = binding_response(request(struct.pack("!HHI", 0x0003, 4, 6)), V4)  # CHANGE-REQUEST (RFC 5780)
    assert response is not None
    assert response[:2] == b"\x01\x11"
    assert b"\0\x09\0\x15\0\0\4\x14Unknown Attribute" in response
    assert response.endswith(b"\0\x0a\0\2\0\3\0\0")
    assert struct.unpack("!H", response[2:4])[0] == len(response) - 20


@pytest.mark.parametrize(
    "data",
    [
        b"",
        request()[:-1],
        request(kind=0x101),  # a response: two servers must not talk for ever
        request(kind=0x011),  # an indication
        request(cookie=1),
        request(length=4),
        request(b"abc"),
        request(struct.pack("!HH", 0x8022, 400)),
        request(struct.pack("!HH", 0x8022, 1000) + bytes(1000)),
    ],
)
def test_everything_else_is_not_answered(data: bytes) -> None:
    assert binding_response(data, V4) is None


def test_sip_is_no_stun() -> None:
    assert not is_stun(b"OPTIONS sip:pbx.example SIP/2.0\r\n\r\n")


@given(st.binary(max_size=MAX_REQUEST + 1))
def test_nothing_makes_it_raise_or_say_much(rest: bytes) -> None:
    for data in (rest, request(rest), request(rest, length=len(rest) & ~3)):
        answer = binding_response(data, V4)
        assert answer is None or len(answer) <= 80
