"""The few messages of SMPP 3.4 that one who sends SMS needs, as bytes. Pure."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

VERSION: Final = 0x34
HEADER: Final = struct.Struct("!IIII")
MAX_LENGTH: Final = 70_000
"""Bytes of one message: the longest parameter has 64 KiB."""


class Command(IntEnum):
    """Section 5.1.2.1; an answer has the highest bit set besides."""

    GENERIC_NACK = 0x80000000
    SUBMIT_SM = 0x00000004
    DELIVER_SM = 0x00000005
    UNBIND = 0x00000006
    BIND_TRANSCEIVER = 0x00000009
    ENQUIRE_LINK = 0x00000015


ANSWER: Final = 0x80000000
OK: Final = 0
INVALID_COMMAND: Final = 0x00000003
UDH_INDICATOR: Final = 0x40
"""Of esm_class: the text begins with a user data header."""
RECEIPT: Final = 0x04
"""Of esm_class: the message tells what became of another one."""
UCS2: Final = 0x08
"""Data coding; 0 is the default alphabet."""
INTERNATIONAL, ISDN, ALPHANUMERIC, UNKNOWN = 1, 1, 5, 0
RECEIPTED_MESSAGE_ID: Final = 0x001E
MESSAGE_STATE: Final = 0x0427
_STATES_BY_NUMBER: Final = {
    2: "delivered",
    3: "expired",
    4: "deleted",
    5: "undeliverable",
    6: "accepted",
    7: "unknown",
    8: "rejected",
}
"""Section 5.2.28, but for that it is under way."""
_STATES_BY_WORD: Final = {
    "DELIVRD": "delivered",
    "EXPIRED": "expired",
    "DELETED": "deleted",
    "UNDELIV": "undeliverable",
    "ACCEPTD": "accepted",
    "UNKNOWN": "unknown",
    "REJECTD": "rejected",
}
"""Appendix B."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pdu:
    """One message."""

    command: int
    status: int = OK
    sequence: int
    body: bytes = b""

    def __bytes__(self) -> bytes:
        return HEADER.pack(HEADER.size + len(self.body), self.command, self.status, self.sequence) + self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a message."""

    message: str
    """As the centre named it when it took it."""
    state: str


def take(received: bytearray) -> Iterator[Pdu]:
    """Complete messages, which are taken out of what was received. Raises ``ValueError`` for a length that can't be."""
    while len(received) >= HEADER.size:
        length, command, status, sequence = HEADER.unpack_from(received)
        if not HEADER.size <= length <= MAX_LENGTH:
            raise ValueError(f"a message of {length} bytes")
        if len(received) < length:
            return
        body = bytes(received[HEADER.size : length])
        del received[:length]
        yield Pdu(command=command, status=status, sequence=sequence, body=body)


def bind(sequence: int, system_id: str, password: str, system_type: str) -> Pdu:
    """Section 4.1.5."""
    body = _texts(system_id, password, system_type) + bytes([VERSION, UNKNOWN, UNKNOWN]) + b"\0"
    return Pdu(command=Command.BIND_TRANSCEIVER, sequence=sequence, body=body)


def submit(sequence: int, *, sender: str, to: str, unicode: bool, text: bytes, concatenated: bool) -> Pdu:
    """One part of an SMS, with a receipt asked for (section 4.4.1)."""
    body = b"".join(
        (
            b"\0",  # service type
            _address(sender),
            _address(to),
            bytes([UDH_INDICATOR if concatenated else 0, 0, 0]),
            b"\0\0",  # now, and for as long as the centre likes
            bytes([1, 0, UCS2 if unicode else 0, 0, len(text)]),
            text,
        )
    )
    return Pdu(command=Command.SUBMIT_SM, sequence=sequence, body=body)


def _texts(*texts: str) -> bytes:
    return b"".join(text.encode("ascii", "replace").replace(b"\0", b"?") + b"\0" for text in texts)


def _address(text: str) -> bytes:
    if text.startswith("+"):
        return bytes([INTERNATIONAL, ISDN]) + _texts(text[1:])
    kind = UNKNOWN if text.isdigit() or not text else ALPHANUMERIC
    return bytes([kind, UNKNOWN]) + _texts(text)


def message_id(body: bytes) -> str:
    """What the centre calls a message that it took."""
    return body.split(b"\0", 1)[0].decode("ascii", "replace")


def receipt(body: bytes) -> Receipt | None:
    """The receipt in a DELIVER_SM; ``None``: it is none, tells nothing yet, or can't be read."""
    try:
        esm_class, text, parameters = _delivered(body)
    except (ValueError, IndexError, struct.error):
        return None
    if not esm_class & RECEIPT:
        return None
    words = {key.lower(): value for key, value in re.findall(r"\b(id|stat):\s*([^\s\0]+)", text)}
    message = parameters.get(RECEIPTED_MESSAGE_ID, b"").rstrip(b"\0").decode("ascii", "replace") or words.get("id", "")
    number = parameters.get(MESSAGE_STATE, b"")
    state = _STATES_BY_NUMBER.get(number[0]) if number else _STATES_BY_WORD.get(words.get("stat", "").upper())
    return Receipt(message=message, state=state) if message and state else None


def _delivered(body: bytes) -> tuple[int, str, dict[int, bytes]]:
    """esm_class, text and optional parameters (section 4.6.1)."""
    at = body.index(b"\0") + 1
    for _ in range(2):
        at = body.index(b"\0", at + 2) + 1
    esm_class = body[at]
    at += 3
    for _ in range(2):
        at = body.index(b"\0", at) + 1
    length = body[at + 4]
    at += 5
    text = body[at : at + length].decode("latin-1")
    at += length
    parameters = {}
    while at < len(body):
        tag, size = struct.unpack_from("!HH", body, at)
        parameters[tag] = body[at + 4 : at + 4 + size]
        at += 4 + size
    return esm_class, text, parameters
