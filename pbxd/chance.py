"""Random numbers that nobody can foresee, at the price of one question to the operating system for dozens of them."""

from __future__ import annotations

import os
from random import SystemRandom

BLOCK = 512
"""Bytes fetched at once. A call takes about a hundred: tags, branches, Call-ID, SSRC."""


class BlockRandom(SystemRandom):
    """:class:`random.SystemRandom` that fetches its bytes in blocks; each byte is used once.

    A process that forks must make a new one, or parent and child draw the same numbers.
    """

    def __init__(self) -> None:
        super().__init__()
        self._block = b""
        self._used = 0

    def random(self) -> float:
        """A number from 0 to under 1, of 53 bits."""
        return self.getrandbits(53) * 2.0**-53

    def getrandbits(self, k: int, /) -> int:
        """A number of ``k`` bits."""
        if k < 0:
            raise ValueError("number of bits must be non-negative")
        count = (k + 7) // 8
        end = self._used + count
        if end > len(self._block):
            self._block, self._used, end = os.urandom(max(BLOCK, count)), 0, count
        found = int.from_bytes(self._block[self._used : end])
        self._used = end
        return found >> (count * 8 - k)

    def randbytes(self, n: int) -> bytes:
        """``n`` bytes."""
        return self.getrandbits(n * 8).to_bytes(n)
