"""Settings on organization, group and user."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from pbxd.org.levels import CALL_WAITING, RING_SECONDS, Level, Settings
from pbxd.org.organization import Group, Organization
from pbxd.org.users import User


def house(
    *, organization: Settings | None = None, first: Settings | None = None, second: Settings | None = None
) -> Organization:
    """An organization with two groups; ``first`` has priority."""
    return Organization(
        name="house",
        title="The House",
        domain="house.example",
        country="DK",
        timezone=ZoneInfo("Europe/Copenhagen"),
        languages=("da",),
        settings=organization or Settings(),
        groups={
            "first": Group(name="first", priority=0, settings=first or Settings()),
            "second": Group(name="second", priority=1, settings=second or Settings()),
        },
    )


def member(*groups: str, settings: Settings | None = None) -> User:
    return User(username="anna", name="Anna", language="da", groups=groups, settings=settings or Settings())


def test_pbxd_has_a_default_where_nobody_says_anything() -> None:
    found = house().effective(RING_SECONDS, member("first"))
    assert (found.value, found.level) == (30, Level.DEFAULT)
    assert str(found) == "ring_seconds is 30 (pbxd's default)"


@pytest.mark.covers("LVL-1")
def test_user_wins_over_group_and_group_over_organization() -> None:
    within = house(organization=Settings(ring_seconds=40), first=Settings(ring_seconds=20))
    assert within.effective(RING_SECONDS).value == 40
    assert within.effective(RING_SECONDS, member()).value == 40
    assert within.effective(RING_SECONDS, member("first")).value == 20
    found = within.effective(RING_SECONDS, member("first", settings=Settings(ring_seconds=10)))
    assert (found.value, found.level, found.name) == (10, Level.USER, "anna")
    assert str(found) == "ring_seconds is 10 (set on user anna)"


@pytest.mark.covers("LVL-2")
@pytest.mark.parametrize("groups", [("first", "second"), ("second", "first")])
def test_among_groups_the_highest_priority_that_sets_it_wins(groups: tuple[str, ...]) -> None:
    within = house(first=Settings(ring_seconds=20), second=Settings(ring_seconds=50, call_waiting=False))
    found = within.effective(RING_SECONDS, member(*groups))
    assert (found.value, found.name) == (20, "first")
    waiting = within.effective(CALL_WAITING, member(*groups))
    assert (waiting.value, waiting.level, waiting.name) == (False, Level.GROUP, "second")
    assert str(waiting) == "call_waiting is off (set on group second)"


def test_a_value_that_is_off_is_a_value() -> None:
    within = house(organization=Settings(call_waiting=True))
    assert within.effective(CALL_WAITING, member(settings=Settings(call_waiting=False))).value is False
