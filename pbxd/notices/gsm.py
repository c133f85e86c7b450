"""How many parts an SMS takes, and what is in each (3GPP TS 23.038, TS 23.040 9.2.3.24.1). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

ALPHABET: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet: the code of each character is its place."""
EXTENSION: Final = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65,
}  # fmt: skip
"""Characters that take an escape before them, and so two places."""
ESCAPE: Final = 0x1B
_CODES: Final = {c: bytes([code]) for code, c in enumerate(ALPHABET) if code != ESCAPE} | {
    c: bytes([ESCAPE, code]) for c, code in EXTENSION.items()
}
GSM_ALONE, GSM_PART = 160, 153
UCS2_ALONE, UCS2_PART = 140, 134
"""Octets, as the other two are septets: what fits into one SMS, and into one of several."""
MAX_PARTS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A text as its parts."""

    unicode: bool
    """Whether the parts are UCS-2, rather than an octet for each septet of the default alphabet."""
    parts: tuple[bytes, ...]


def encoded(text: str) -> Encoded:
    """The text in the default alphabet, or in UCS-2 where it has a character that is not in it."""
    septets = [_CODES.get(c, b"") for c in text]
    if all(septets):
        return Encoded(unicode=False, parts=tuple(_parts(septets, GSM_ALONE, GSM_PART)))
    units = [c.encode("utf-16-be", "replace") for c in text]
    return Encoded(unicode=True, parts=tuple(_parts(units, UCS2_ALONE, UCS2_PART)))


def _parts(pieces: list[bytes], alone: int, part: int) -> Iterator[bytes]:
    """Pieces that must not be torn apart, joined to parts."""
    if sum(map(len, pieces)) <= alone:
        yield b"".join(pieces)
        return
    found = bytearray()
    for piece in pieces:
        if len(found) + len(piece) > part:
            yield bytes(found)
            found.clear()
        found += piece
    yield bytes(found)


def header(reference: int, number: int, of: int) -> bytes:
    """The user data header of part ``number`` (from 1) of several."""
    return bytes([5, 0, 3, reference & 0xFF, of, number])
