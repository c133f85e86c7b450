"""Random numbers in blocks."""

from __future__ import annotations

import os

import pytest

from pbxd.chance import BLOCK, BlockRandom


def test_draws_as_many_bits_as_asked_for() -> None:
    random = BlockRandom()
    for bits in (*range(1, 130), BLOCK * 8 + 3):
        drawn = [random.getrandbits(bits) for _ in range(60)]
        assert max(drawn).bit_length() <= bits
        assert max(drawn).bit_length() > bits - 16
    assert random.getrandbits(0) == 0


def test_refuses_a_negative_number_of_bits() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        BlockRandom().getrandbits(-1)


def test_never_uses_a_byte_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[bytes] = []

    def urandom(size: int) -> bytes:
        fetched.append(bytes((len(fetched) * 37 + i) % 256 for i in range(size)))
        return fetched[-1]

    monkeypatch.setattr(os, "urandom", urandom)
    random = BlockRandom()
    drawn = b"".join(random.getrandbits(24).to_bytes(3) for _ in range(2 * BLOCK // 3))
    usable = BLOCK // 3 * 3
    assert drawn == b"".join(block[:usable] for block in fetched)[: len(drawn)]


def test_floats_and_ranges_are_spread_evenly() -> None:
    random = BlockRandom()
    floats = [random.random() for _ in range(4_000)]
    assert all(0 <= one < 1 for one in floats)
    assert 0.45 < sum(floats) / len(floats) < 0.55
    counts = [0] * 10
    for _ in range(4_000):
        counts[random.randrange(10)] += 1
    assert min(counts) > 250
    assert len(random.randbytes(7)) == 7
