"""Text from the network in database columns.

Bytes that were not UTF-8 reach us as lone surrogates (``surrogateescape``), which no database takes, and PostgreSQL
takes no NUL either. Both are kept in a private-use area on the way in and come back on the way out, so that a contact
is written on the wire as the device wrote it, also after a restart.
"""

from __future__ import annotations

_AREA = 0xF700
_OUT = {0: _AREA} | {0xDC00 + byte: _AREA + byte for byte in range(0x80, 0x100)}
_BACK = {area: code for code, area in _OUT.items()}


def to_column(text: str) -> str:
    """``text`` as any database takes it."""
    return text if text.isascii() and "\0" not in text else text.translate(_OUT)


def from_column(text: str) -> str:
    """What :func:`to_column` was given."""
    return text if text.isascii() else text.translate(_BACK)
