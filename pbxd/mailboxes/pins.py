"""PINs of mailboxes: never kept as they are, and which ones are too easy."""

from __future__ import annotations

import hashlib
import hmac
import os
from itertools import pairwise
from typing import Final

SHORTEST: Final = 4
LONGEST: Final = 16
"""Digits of a PIN."""

_COST: Final = 1 << 14
_BLOCK: Final = 8
"""With them scrypt takes 16 MB and some 40 ms a PIN: 10,000 PINs of four digits take minutes even then, so what is
kept must not be shown to anybody all the same."""


def hashed(pin: str) -> str:
    """The PIN as it is kept: ``scrypt$cost$block$salt$key``. Slow: for a thread."""
    salt = os.urandom(16)
    return f"scrypt${_COST}${_BLOCK}${salt.hex()}${_key(pin, _COST, _BLOCK, salt).hex()}"


def is_right(pin: str, kept: str) -> bool:
    """Whether ``pin`` is the one that was kept. Slow: for a thread. What can't be read is nobody's PIN."""
    try:
        scheme, cost, block, salt, key = kept.split("$")
        if scheme != "scrypt":
            return False
        return hmac.compare_digest(_key(pin, int(cost), int(block), bytes.fromhex(salt)), bytes.fromhex(key))
    except ValueError:
        return False


def is_easy(pin: str) -> bool:
    """Whether a PIN may not be chosen: too short or long, one digit all over, or digits in their order."""
    if not SHORTEST <= len(pin) <= LONGEST or not pin.isdecimal():
        return True
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    return len(steps) == 1 and steps <= {0, 1, 9}


def _key(pin: str, cost: int, block: int, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=cost, r=block, p=1, maxmem=256 * cost * block)
