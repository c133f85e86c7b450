"""Who may have a phone's settings, as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.phones.tickets import Key, Unwelcome, Welcome, admits, current, digest, judge, named, ticket_of
from pbxd.store.rows import PhoneRow, TicketRow

NOW = 1_800_000_000.0
TICKET, SECRET, OTHER = "t" * 32, "s" * 32, "o" * 32
CURRENT = TicketRow(organization="house", ticket=TICKET, made=NOW - 100)
OVERLAPPING = replace(CURRENT, expires=NOW + 1)
OVER = replace(CURRENT, expires=NOW)
REVOKED = replace(CURRENT, expires=NOW - 1, revoked=NOW - 1)
NEVER_HERE = PhoneRow(organization="house", mac="00:04:13:aa:bb:01")
ONCE_HERE = replace(NEVER_HERE, secret=SECRET)
AT_HOME = replace(ONCE_HERE, proved=NOW - 50)


@pytest.mark.covers("TOOL-10", "DEV-3")
@pytest.mark.parametrize(
    ("ticket", "phone", "secret", "welcome"),
    [
        (CURRENT, None, "", True),
        (CURRENT, None, SECRET, True),  # it was forgotten here, and is new again
        (CURRENT, NEVER_HERE, "", True),
        (CURRENT, NEVER_HERE, SECRET, True),  # it was released
        (CURRENT, ONCE_HERE, "", True),  # the first answer may have been lost
        (CURRENT, ONCE_HERE, SECRET, True),
        (CURRENT, ONCE_HERE, OTHER, False),
        (CURRENT, AT_HOME, "", False),
        (CURRENT, AT_HOME, OTHER, False),
        (CURRENT, AT_HOME, SECRET, True),
        (OVERLAPPING, None, "", True),
        (OVERLAPPING, ONCE_HERE, "", True),
        (OVERLAPPING, AT_HOME, SECRET, True),
        (OVER, None, "", False),
        (OVER, NEVER_HERE, "", False),
        (OVER, ONCE_HERE, "", False),
        (OVER, ONCE_HERE, SECRET, True),
        (OVER, AT_HOME, SECRET, True),  # it was off for longer than the two overlapped
        (OVER, AT_HOME, OTHER, False),
        (REVOKED, None, "", False),
        (REVOKED, AT_HOME, SECRET, False),
        (None, AT_HOME, SECRET, False),
    ],
)
def test_who_is_let_in(ticket: TicketRow | None, phone: PhoneRow | None, secret: str, welcome: bool) -> None:
    verdict = judge(Key(TICKET, secret), ticket, phone, NOW)
    assert isinstance(verdict, Welcome) == welcome
    if isinstance(verdict, Welcome):
        assert verdict.proved == (phone is not None and bool(phone.secret) and secret == SECRET)


def test_only_what_may_be_the_phone_itself_is_remembered() -> None:
    for key, phone in ((Key(TICKET), AT_HOME), (Key(TICKET, OTHER), AT_HOME)):
        verdict = judge(key, CURRENT, phone, NOW)
        assert isinstance(verdict, Unwelcome)
        assert verdict.impostor
    verdict = judge(Key(TICKET, OTHER), OVER, AT_HOME, NOW)
    assert isinstance(verdict, Unwelcome)
    assert not verdict.impostor


def test_the_newest_ticket_that_is_not_over_is_the_one_of_now() -> None:
    newest = replace(CURRENT, ticket="n" * 32, made=NOW)
    assert current([OVER, newest, CURRENT, REVOKED]) == newest
    assert current([OVER, REVOKED, OVERLAPPING]) is None
    assert [admits(one, NOW) for one in (CURRENT, OVERLAPPING, OVER, REVOKED)] == [True, True, False, False]


def test_a_name_is_no_way_in() -> None:
    known = {digest(TICKET): CURRENT}
    assert ticket_of(Key(TICKET), known) is CURRENT
    assert ticket_of(Key(named(TICKET)), known) is None
    assert TICKET not in repr(CURRENT)
    assert SECRET not in repr(AT_HOME)


@given(st.text(max_size=400))
def test_anything_is_a_key_and_opens_nothing(text: str) -> None:
    key = Key.parse(text)
    assert ticket_of(key, {digest(TICKET): CURRENT}) is None or key.ticket == TICKET
    assert isinstance(judge(key, CURRENT, AT_HOME, NOW), Welcome) == (key.secret == SECRET)
