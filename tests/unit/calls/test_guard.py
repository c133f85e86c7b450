"""Who is banned after failures, for how long, and who never is."""

from __future__ import annotations

import pytest

from pbxd.calls import guard as limits
from pbxd.calls.guard import FIRST_BAN, FORGIVEN_AFTER, LONGEST_BAN, PROOF_SECONDS, Ban, Guard

pytestmark = pytest.mark.covers("SEC-2")

LIMIT = 5
HOME, SITE, SCANNER = "192.0.2.10", "192.0.2.20", "192.0.2.66"


@pytest.fixture
def guard() -> Guard:
    return Guard(lambda: LIMIT, inhabited={SITE}.__contains__)


def fails(guard: Guard, account: str, address: str, now: float, times: int = LIMIT) -> Ban | None:
    """The ban that the last of ``times`` failures brought; those before it bring none."""
    bans = [guard.failed(account, address, now) for _ in range(times)]
    assert bans[:-1] == [None] * (times - 1)
    return bans[-1]


def test_a_phone_with_an_old_password_loses_itself_only(guard: Guard) -> None:
    ban = fails(guard, "anna-desk", HOME, 0)
    assert ban is not None
    assert (ban.account, ban.address, ban.failures, ban.seconds) == ("anna-desk", HOME, LIMIT, FIRST_BAN)
    assert guard.banned("anna-desk", HOME, 1)
    assert not guard.banned("anna-desk", SITE, 1)
    assert not guard.banned("bo-desk", HOME, 1)
    assert not guard.banned("", HOME, 1)


def test_fewer_failures_than_the_limit_cost_nothing(guard: Guard) -> None:
    assert fails(guard, "anna-desk", HOME, 0, LIMIT - 1) is None
    guard.proved("anna-desk", HOME)
    assert fails(guard, "anna-desk", HOME, 1, LIMIT - 1) is None
    assert guard.bans(1) == []


def test_an_address_that_fails_with_several_accounts_is_banned_as_a_whole(guard: Guard) -> None:
    for number in range(LIMIT - 1):
        assert guard.failed(f"user{number}", SCANNER, 0) is None
    ban = guard.failed("another", SCANNER, 0)
    assert ban is not None
    assert ban.account == ""
    assert guard.banned("", SCANNER, 1)
    assert not guard.banned("", HOME, 1)


def test_a_site_with_registered_phones_is_never_banned_as_a_whole(guard: Guard) -> None:
    for number in range(10 * LIMIT):
        assert guard.asked(f"asked{number}", SITE, number) is None
        assert guard.failed(f"user{number}", SITE, number) is None
    assert not guard.banned("", SITE, 100)
    assert fails(guard, "anna-desk", SITE, 100) is not None


def test_who_registers_behind_a_banned_address_frees_it() -> None:
    inhabited: set[str] = set()
    guard = Guard(lambda: LIMIT, inhabited.__contains__)
    for number in range(LIMIT):
        guard.failed(f"user{number}", HOME, 0)
    assert guard.banned("", HOME, 1)
    inhabited.add(HOME)
    assert not guard.banned("", HOME, 1)


def test_who_asks_for_many_accounts_and_proves_none_is_banned(guard: Guard) -> None:
    for number in range(LIMIT):
        assert guard.asked(f"{number}", SCANNER, 0) is None
    assert guard.asked("0", SCANNER, PROOF_SECONDS - 0.1) is None
    ban = guard.asked("0", SCANNER, PROOF_SECONDS)
    assert ban is not None
    assert (ban.account, ban.failures) == ("", LIMIT)


def test_a_site_whose_phones_all_start_at_once_is_not_banned(guard: Guard) -> None:
    for number in range(10 * LIMIT):
        assert guard.asked(f"{number}", HOME, 0) is None
    guard.proved("7", HOME)
    assert guard.asked("7", HOME, PROOF_SECONDS) is None


def test_asking_again_and_again_for_one_account_is_what_phones_do(guard: Guard) -> None:
    assert [guard.asked("anna-desk", HOME, 60 * count) for count in range(100)] == [None] * 100


def test_each_ban_takes_twice_as_long_up_to_a_day(guard: Guard) -> None:
    now, seconds = 0.0, []
    for _ in range(14):
        ban = fails(guard, "anna-desk", HOME, now)
        assert ban is not None
        assert guard.banned("anna-desk", HOME, ban.until - 0.1)
        assert not guard.banned("anna-desk", HOME, ban.until)
        seconds.append(ban.seconds)
        now = ban.until
    assert seconds[:4] == [60, 120, 240, 480]
    assert seconds[-1] == LONGEST_BAN


def test_after_a_quiet_day_all_is_forgotten(guard: Guard) -> None:
    ban = fails(guard, "anna-desk", HOME, 0)
    assert ban is not None
    assert guard.bans(ban.until) == []
    again = fails(guard, "anna-desk", HOME, ban.until + FORGIVEN_AFTER + 1)
    assert again is not None
    assert again.seconds == FIRST_BAN


@pytest.mark.parametrize("what", ["anna-desk", HOME])
def test_a_ban_is_lifted_by_account_or_address(guard: Guard, what: str) -> None:
    ban = fails(guard, "anna-desk", HOME, 0)
    assert guard.lift("nobody", 1) == []
    assert guard.lift(what, 1) == [ban]
    assert not guard.banned("anna-desk", HOME, 1)
    assert len(guard) == 0
    again = fails(guard, "anna-desk", HOME, 2)
    assert again is not None
    assert again.seconds == FIRST_BAN


def test_bans_are_listed_by_their_end(guard: Guard) -> None:
    fails(guard, "anna-desk", HOME, 10)
    fails(guard, "bo-desk", HOME, 0)
    assert [ban.account for ban in guard.bans(20)] == ["bo-desk", "anna-desk"]
    assert [ban.account for ban in guard.bans(65)] == ["anna-desk"]


def test_nobody_is_banned_where_the_limit_is_zero() -> None:
    guard = Guard(lambda: 0, lambda _: False)
    for number in range(100):
        assert guard.failed(f"{number}", HOME, number) is None
        assert guard.asked(f"{number}", HOME, number) is None


def test_memory_is_bounded() -> None:
    guard = Guard(lambda: LIMIT, inhabited={SITE}.__contains__, records=50)
    for number in range(1000):
        for _ in range(LIMIT):
            guard.failed("victim" * 1000, f"192.0.{number // 250}.{number % 250}", number)
    assert len(guard._records) == 50
    assert len(guard) <= 50
    assert all(len(account) <= limits.MAX_NAME for account, _ in guard._records)
    for number in range(1000):
        guard.asked(f"{number}", HOME, 2000)
    assert len(guard._records["", HOME].names) == LIMIT
