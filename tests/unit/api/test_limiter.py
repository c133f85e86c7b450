from __future__ import annotations

from pbxd.api.limiter import MOST, WITHIN, Limiter


def test_who_fails_too_often_is_not_listened_to_for_a_while() -> None:
    limiter = Limiter(3)
    assert [limiter.failed("192.0.2.7", 100.0 + second) for second in range(5)] == [True, True, True, False, False]
    assert limiter.blocked("192.0.2.7", 105.0)
    assert not limiter.blocked("192.0.2.8", 105.0)
    assert not limiter.blocked("192.0.2.7", 101.0 + WITHIN)


def test_the_memory_is_bounded() -> None:
    limiter = Limiter(0)
    for number in range(MOST + 1):
        limiter.failed(str(number), 0.0)
    assert not limiter.blocked("0", 1.0)
    assert limiter.blocked(str(MOST), 1.0)
