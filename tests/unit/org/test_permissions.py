"""Who may do what to whom: from both sides, added up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pbxd.org.levels import EXTEND_WORKING_HOURS, OWN_GREETING, PICKUP, SCHEDULE_ADMIN, SEND_SMS, Level, Settings
from pbxd.org.organization import Group, Organization
from pbxd.org.permissions import INTRUDE, LISTEN, RIGHTS, SEE_FUTURE_PRESENCE, SEE_STATUS, Right
from pbxd.org.permissions import PICKUP as MAY_PICK_UP
from pbxd.org.users import Role, User

MEMBERS = {"anna": ("support", "supervisors"), "bo": ("support",), "cora": ("sales",), "dan": ()}


def house(
    says: Mapping[str, Any] | None = None,
    groups: Mapping[str, Mapping[str, Any]] | None = None,
    users: Mapping[str, Mapping[str, Any]] | None = None,
    roles: Mapping[str, Role] | None = None,
) -> Organization:
    """The organization where the levels say these things; ``supervisors`` come before ``support`` before ``sales``."""
    return Organization(
        name="house",
        title="The House",
        domain="house.example",
        country="DK",
        timezone=ZoneInfo("Europe/Copenhagen"),
        languages=("da",),
        settings=Settings(says),
        groups={
            name: Group(name=name, priority=place, settings=Settings((groups or {}).get(name)))
            for place, name in enumerate(("supervisors", "support", "sales"))
        },
        users={
            name: User(
                username=name,
                name=name.title(),
                language="da",
                groups=member,
                role=(roles or {}).get(name, "standard"),
                settings=Settings((users or {}).get(name)),
            )
            for name, member in MEMBERS.items()
        },
    )


@pytest.mark.covers("LVL-7")
@pytest.mark.parametrize("right", RIGHTS.values(), ids=RIGHTS.keys())
def test_a_right_is_given_from_both_sides(right: Right) -> None:
    silent = {right.over.name: ()}  # somebody says something, so nothing is open
    to_groups = house(silent, groups={"support": {right.over.name: ("sales",)}})
    assert to_groups.may("bo", right, "cora")
    assert not to_groups.may("cora", right, "bo")
    assert not to_groups.may("dan", right, "cora")
    for level in ("organization", "group", "user"):
        by_groups = house(
            {right.granted_to.name: ("support",)} if level == "organization" else silent,
            groups={"sales": {right.granted_to.name: ("support",)}} if level == "group" else {},
            users={"cora": {right.granted_to.name: ("support",)}} if level == "user" else {},
        )
        assert by_groups.may("bo", right, "cora"), level
        assert bool(by_groups.may("bo", right, "dan")) is (level == "organization")
        assert not by_groups.may("dan", right, "cora")


@pytest.mark.covers("LVL-7", "LVL-3")
def test_what_is_given_is_added_up_and_all_of_it_is_named() -> None:
    found = house(
        {MAY_PICK_UP.granted_to.name: ("support",)},
        groups={
            "supervisors": {PICKUP.name: ("sales",)},
            "support": {PICKUP.name: ()},
            "sales": {MAY_PICK_UP.granted_to.name: ("supervisors",)},
        },
        users={"anna": {PICKUP.name: ("sales", "support")}},
    ).may("anna", MAY_PICK_UP, "cora")
    assert found.value
    assert found.sources == (
        "user anna may pick up calls of group sales, where cora is a member",
        "group supervisors may pick up calls of group sales, where cora is a member",
        "group supervisors, where anna is a member, may pick up calls of group sales",
        "group support, where anna is a member, may pick up calls of everybody",
    )


@pytest.mark.covers("LVL-3")
def test_a_permission_that_is_given_anywhere_is_not_taken_away() -> None:
    within = house(
        {SEND_SMS.name: False, PICKUP.name: ("support",)},
        groups={"supervisors": {SEND_SMS.name: False, PICKUP.name: ("sales",)}, "support": {SEND_SMS.name: True}},
        users={"anna": {SEND_SMS.name: False, PICKUP.name: ()}},
    )
    anna = within.users["anna"]
    found = within.effective(SEND_SMS, anna)
    assert (found.value, found.level, found.name) == (True, Level.GROUP, "support")
    assert within.effective(PICKUP, anna).value == ("sales", "support")
    assert within.may("anna", SEND_SMS).sources == ("permissions.send_sms is on for group support",)
    assert not within.may("cora", SEND_SMS)
    assert not within.may("nobody", SEND_SMS)


def test_the_default_of_a_permission_holds_where_nobody_says_anything() -> None:
    assert house().may("bo", OWN_GREETING)
    assert not house({OWN_GREETING.name: False}).may("bo", OWN_GREETING)
    assert not house().may("bo", EXTEND_WORKING_HOURS)
    assert house(groups={"support": {SCHEDULE_ADMIN.name: True}}).may("bo", SCHEDULE_ADMIN)


def test_everybody_sees_everybody_until_somebody_says_something() -> None:
    assert house().may("dan", SEE_STATUS, "bo").sources == (
        "house says nothing about see_status, so everybody may see the state of everybody",
    )
    assert not house(groups={"sales": {SEE_STATUS.over.name: ("support",)}}).may("dan", SEE_STATUS, "bo")
    assert not house().may("dan", SEE_FUTURE_PRESENCE, "bo")


def test_one_may_do_to_oneself_what_makes_sense() -> None:
    within = house({SEE_STATUS.over.name: ()})
    assert within.may("dan", SEE_STATUS, "dan").sources == ("dan may see the state of dan: himself",)
    assert not within.may("dan", INTRUDE, "dan")


@pytest.mark.covers("LVL-7")
def test_administrators_see_those_whom_they_administer() -> None:
    within = house({SEE_STATUS.over.name: ()}, roles={"cora": "org-admin", "bo": "group-admin"})
    assert within.may("cora", SEE_FUTURE_PRESENCE, "dan").sources == ("cora is org-admin",)
    assert within.may("bo", SEE_STATUS, "anna")
    assert not within.may("bo", SEE_STATUS, "cora")
    assert not within.may("cora", LISTEN, "dan")


def test_who_does_not_exist_may_nothing() -> None:
    assert house().may("nobody", SEE_STATUS, "bo").sources == ("house has no user nobody",)
    assert house().may("bo", SEE_STATUS, "nobody").sources == ("house has no user nobody",)
