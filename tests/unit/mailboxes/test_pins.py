from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.mailboxes import MailboxRow
from pbxd.mailboxes.lockout import FIRST, LONGEST, TRIES, after_right, after_wrong, is_locked
from pbxd.mailboxes.pins import hashed, is_easy, is_right

NOW = 1_800_000_000.0
ROW = MailboxRow(organization="house", kind="user", mailbox="bo")


def test_a_pin_is_kept_so_that_only_it_fits() -> None:
    kept = hashed("4711")
    assert "4711" not in kept
    assert hashed("4711") != kept, "each has a salt of its own"
    assert is_right("4711", kept)
    assert not is_right("4712", kept)
    assert not is_right("", kept)


@pytest.mark.parametrize(
    "kept", ["", "4711", "scrypt$1$2", "scrypt$x$8$00$00", "scrypt$16384$8$zz$00", "md5$1$1$00$00"]
)
def test_what_is_no_kept_pin_fits_nothing(kept: str) -> None:
    assert not is_right("4711", kept)


def test_easy_pins_may_not_be_chosen() -> None:
    easy = ("", "123", "0000", "1234", "4321", "8901", "2109", "123456789", "47a1", "77777777", "47114711471147114")
    for pin in easy:
        assert is_easy(pin), pin
    for pin in ("4711", "1223", "97531", "20260105"):
        assert not is_easy(pin), pin


def test_wrong_pins_lock_and_each_lock_lasts_longer() -> None:
    row, locks = ROW, []
    for number in range(1, TRIES * 10 + 1):
        row = after_wrong(row, NOW)
        assert row.failures == number
        if number % TRIES == 0:
            assert is_locked(row, NOW)
            assert not is_locked(row, row.locked_until)
            locks.append(row.locked_until - NOW)
            row = replace(row, locked_until=0.0)
        assert not is_locked(row, NOW)
    assert locks[:3] == [FIRST, 2 * FIRST, 4 * FIRST]
    assert locks[-1] == LONGEST
    assert after_right(row) == ROW


def test_a_clock_that_was_set_back_locks_nobody_out_for_years() -> None:
    row = replace(ROW, locked_until=NOW)
    assert is_locked(row, NOW - 60)
    assert not is_locked(row, NOW - 365 * 86_400)


@given(st.integers(0, 10_000))
def test_a_lock_never_lasts_longer_than_a_day(failures: int) -> None:
    row = after_wrong(replace(ROW, failures=failures), NOW)
    assert row.locked_until <= NOW + LONGEST
