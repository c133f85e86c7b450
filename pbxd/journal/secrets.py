"""Keeping secrets out of lines: fields by their name, and digest parameters and headers inside any text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

MASK = "***"
KEYS = frozenset(
    {"password", "passwd", "secret", "authorization", "proxy_authorization", "response", "nonce", "cnonce", "ha1"}
)
_WORDS = ("password", "passwd", "secret", "authorization", "response", "nonce", "ha1", "inline:")
_KEY = re.compile(r"(?i)\b(inline:)[A-Za-z0-9+/=]+")
_HEADER = re.compile(r"(?i)\b((?:proxy-)?authorization\s*[:=]\s*)[^\r\n]+")
_PARAMETER = re.compile(
    r"""(?ix) \b (password|passwd|secret|response|c?nonce|ha1) (\\?["']? \s{0,8} [=:] \s{0,8})
        (?: \\"[^"\\]*\\" | "(?:[^"\\]|\\.)*" | '[^']*' | [^\s,;"'\\]+ )"""
)


def suspicious(line: str) -> bool:
    """Whether ``line`` names anything that might be a secret; cheap, because every line is asked."""
    return any(map(line.lower().__contains__, _WORDS))


def mask_text(text: str) -> str:
    """``text`` with the values of digest parameters, passwords, credentials and SRTP keys (a=crypto) replaced."""
    return _KEY.sub(rf"\1{MASK}", _PARAMETER.sub(rf"\1\2{MASK}", _HEADER.sub(rf"\1{MASK}", text)))


def mask(fields: Mapping[str, object]) -> dict[str, object]:
    """A copy of ``fields`` without secrets, at any depth."""
    return {name: MASK if name.lower().replace("-", "_") in KEYS else _mask(value) for name, value in fields.items()}


def _mask(value: object) -> object:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return mask(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [_mask(item) for item in value]
    return value
