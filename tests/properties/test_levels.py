"""Settings and permissions, whatever the levels say."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.org.levels import PICKUP, RING_SECONDS, SEND_SMS, Level, Settings
from pbxd.org.organization import Group, Organization
from pbxd.org.users import User
from pbxd.org.why import why

NAMES = ("a", "b", "c", "d")
said = st.fixed_dictionaries(
    {},
    optional={
        RING_SECONDS.name: st.integers(1, 99),
        SEND_SMS.name: st.booleans(),
        PICKUP.name: st.lists(st.sampled_from(NAMES), unique=True).map(tuple),
    },
).map(Settings)


@st.composite
def houses(draw: st.DrawFn) -> Organization:
    groups = {name: Group(name=name, priority=place, settings=draw(said)) for place, name in enumerate(NAMES)}
    member = tuple(draw(st.permutations(NAMES))[: draw(st.integers(0, 4))])
    return Organization(
        name="house",
        title="The House",
        domain="house.example",
        country="DK",
        timezone=ZoneInfo("Europe/Copenhagen"),
        languages=("da",),
        settings=draw(said),
        groups=groups,
        users={"u": User(username="u", name="U", language="da", groups=member, settings=draw(said))},
    )


def levels(house: Organization) -> list[Settings]:
    """What is said to the user, nearest first, as the rule has it and not as the code does it."""
    user = house.users["u"]
    return [user.settings, *(house.groups[name].settings for name in NAMES if name in user.groups), house.settings]


@pytest.mark.covers("LVL-1", "LVL-2")
@given(houses())
def test_the_nearest_level_that_sets_a_value_wins(house: Organization) -> None:
    given_values = [one.values[RING_SECONDS.name] for one in levels(house) if RING_SECONDS.name in one.values]
    found = house.effective(RING_SECONDS, house.users["u"])
    assert found.value == (given_values[0] if given_values else RING_SECONDS.default)
    assert (found.level is Level.DEFAULT) is (not given_values)


@pytest.mark.covers("LVL-3")
@given(houses())
def test_permissions_are_the_sum_of_all_levels(house: Organization) -> None:
    user = house.users["u"]
    assert house.effective(SEND_SMS, user).value is any(one.values.get(SEND_SMS.name, False) for one in levels(house))
    union = {group for one in levels(house) for group in one.values.get(PICKUP.name, ())}
    assert set(house.effective(PICKUP, user).value) == union
    assert bool(house.may("u", SEND_SMS)) is house.effective(SEND_SMS, user).value


@pytest.mark.covers("LVL-5")
@given(houses())
def test_why_never_contradicts_what_holds(house: Organization) -> None:
    user = house.users["u"]
    for setting in (RING_SECONDS, SEND_SMS, PICKUP):
        found = why(house, user, setting)
        assert found.value == house.effective(setting, user).value
        counting = [one.value for one in found.sources if one.counts]
        if setting is RING_SECONDS:
            assert counting == [found.value]
        assert found.lines
