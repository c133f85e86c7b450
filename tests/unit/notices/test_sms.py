"""Parts of an SMS, and the messages of SMPP."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.notices.channels import pdu
from pbxd.notices.channels.pdu import Command, Pdu, Receipt
from pbxd.notices.channels.smpp import outcome
from pbxd.notices.gsm import ALPHABET, EXTENSION, encoded, header
from pbxd.notices.letter import Delayed, Refused, Unreachable


def test_the_alphabet_has_its_places() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 128
    assert [ALPHABET.index(c) for c in "@ØøÅåÆæ AaÄäñà"] == [0, 11, 12, 14, 15, 28, 29, 32, 65, 97, 91, 123, 125, 127]


@pytest.mark.parametrize(
    ("text", "unicode", "lengths"),
    [
        ("", False, [0]),
        ("a" * 160, False, [160]),
        ("a" * 161, False, [153, 8]),
        ("a" * 306, False, [153, 153]),
        ("€" * 80, False, [160]),
        ("a" + "€" * 80, False, [153, 8]),
        ("a" * 152 + "€" * 10, False, [152, 20]),
        ("Ring på 26 00 00 01, Åse", False, [24]),
        ("♥" * 70, True, [140]),
        ("♥" * 71, True, [134, 8]),
        ("x" * 66 + "😀" * 3, True, [132, 12]),
    ],
)
def test_parts(text: str, unicode: bool, lengths: list[int]) -> None:
    found = encoded(text)
    assert (found.unicode, [len(part) for part in found.parts]) == (unicode, lengths)


@given(st.text(max_size=400))
def test_no_part_is_too_long_and_nothing_is_lost(text: str) -> None:
    found = encoded(text)
    limit = (140, 134) if found.unicode else (160, 153)
    assert all(len(part) <= limit[len(found.parts) > 1] for part in found.parts)
    whole = b"".join(found.parts)
    if found.unicode:
        assert whole.decode("utf-16-be") == text
    else:
        extension = {code: c for c, code in EXTENSION.items()}
        codes = iter(whole)
        assert "".join(extension[next(codes)] if code == 0x1B else ALPHABET[code] for code in codes) == text


def test_the_header_of_a_part() -> None:
    assert header(258, 2, 3) == b"\x05\x00\x03\x02\x03\x02"


def test_messages_are_taken_as_they_come() -> None:
    first, second = Pdu(command=Command.ENQUIRE_LINK, sequence=1), Pdu(command=4, status=8, sequence=2, body=b"id\0")
    stream = bytes(first) + bytes(second)
    received = bytearray()
    found: list[Pdu] = []
    for byte in stream:
        received.append(byte)
        found += pdu.take(received)
    assert found == [first, second]
    assert received == b""


@pytest.mark.parametrize("length", [0, 15, 1 << 20])
def test_a_length_that_can_not_be_is_an_error(length: int) -> None:
    with pytest.raises(ValueError, match="bytes"):
        list(pdu.take(bytearray(length.to_bytes(4, "big") + bytes(12))))


def delivered(text: bytes, *, esm_class: int = 4, parameters: bytes = b"") -> bytes:
    """The body of a DELIVER_SM."""
    return (
        b"\0" + b"\1\x014526000001\0" + b"\5\0House\0" + bytes([esm_class, 0, 0]) + b"\0\0"
        + bytes([0, 0, 0, 0, len(text)]) + text + parameters
    )  # fmt: skip


RECEIPT = b"id:m1 sub:001 dlvrd:001 submit date:2601051000 done date:260105100012 stat:%s err:x1a text:hi"


@pytest.mark.parametrize(
    ("body", "receipt"),
    [
        (delivered(RECEIPT % b"DELIVRD"), Receipt(message="m1", state="delivered")),
        (delivered(RECEIPT % b"UNDELIV"), Receipt(message="m1", state="undeliverable")),
        (delivered(RECEIPT % b"ENROUTE"), None),
        (delivered(b"", parameters=b"\0\x1e\0\3m2\0\x04\x27\0\1\2"), Receipt(message="m2", state="delivered")),
        (delivered(b"Hello", esm_class=0), None),
        (delivered(b"no receipt at all"), None),
        (b"", None),
        (b"\0\1", None),
        (delivered(RECEIPT % b"DELIVRD")[:30], None),
    ],
)
def test_receipts(body: bytes, receipt: Receipt | None) -> None:
    assert pdu.receipt(body) == receipt


@given(st.binary(max_size=80))
def test_no_body_is_too_odd(body: bytes) -> None:
    pdu.receipt(body)
    pdu.message_id(body)


@pytest.mark.parametrize(("status", "kind"), [(0x58, Delayed), (0x0B, Refused), (0x0E, Unreachable), (0x400, Delayed)])
def test_what_a_status_means(status: int, kind: type) -> None:
    assert isinstance(outcome(status), kind)
