"""What strangers may ask, per address and in all."""

from __future__ import annotations

import pytest

from pbxd.calls.strangers import BURST, REQUESTS_PER_SECOND, TRANSACTIONS_PER_ADDRESS, Bucket, Strangers

pytestmark = pytest.mark.covers("SEC-3")

HERE, THERE = "192.0.2.10", "192.0.2.20"


def asks(strangers: Strangers, host: str, times: int, now: float) -> list[str]:
    return [strangers.refused(host, now, outside=True) for _ in range(times)]


def test_an_address_has_a_burst_and_then_a_pace_of_its_own() -> None:
    strangers = Strangers()
    assert set(asks(strangers, HERE, int(BURST), 0)) == {""}
    assert asks(strangers, HERE, 1, 0) == ["pace"]
    assert asks(strangers, THERE, 1, 0) == [""]
    assert asks(strangers, HERE, int(REQUESTS_PER_SECOND) + 1, 1) == [""] * int(REQUESTS_PER_SECOND) + ["pace"]
    assert set(asks(strangers, HERE, int(BURST), 1000)) == {""}


def test_what_belongs_to_a_dialog_needs_no_pace() -> None:
    strangers = Strangers()
    asks(strangers, HERE, int(BURST) + 1, 0)
    assert strangers.refused(HERE, 0, outside=False) == ""


def test_transactions_of_an_address_are_bounded_until_they_end() -> None:
    strangers = Strangers()
    for _ in range(TRANSACTIONS_PER_ADDRESS):
        strangers.entered(HERE)
    assert strangers.refused(HERE, 0, outside=False) == "transactions"
    assert strangers.refused(THERE, 0, outside=False) == ""
    strangers.left(HERE)
    assert strangers.refused(HERE, 0, outside=False) == ""


def test_all_transactions_are_bounded() -> None:
    strangers = Strangers(transactions=10)
    for number in range(10):
        strangers.entered(f"192.0.2.{number}")
    assert strangers.refused(THERE, 0, outside=True) == "all_transactions"
    for number in range(10):
        strangers.left(f"192.0.2.{number}")
    assert strangers.transactions == 0
    assert strangers._inside == {}


def test_addresses_are_forgotten_when_there_are_too_many() -> None:
    strangers = Strangers(addresses=10)
    for number in range(1000):
        asks(strangers, f"{number}", 1, 0)
    assert len(strangers._paces) == 10


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    bucket = Bucket(2, 0)
    assert [bucket.take(1, 2, 0) for _ in range(3)] == [True, True, False]
    assert [bucket.take(1, 2, 100) for _ in range(3)] == [True, True, False]
    assert bucket.take(1, 2, 100.9) is False
    assert bucket.take(1, 2, 101.1) is True
