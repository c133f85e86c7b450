"""Which number is shown."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pytest

from pbxd.org.display import DisplayNumber, Shown, Wish, allowed, shown
from pbxd.org.levels import Settings
from pbxd.org.numbers import NumberRange
from pbxd.org.organization import Group, Organization
from pbxd.org.services import Agent, Queue, Staff
from pbxd.org.users import Device, Line, User

LANDLINE, MOBILE, SWITCHBOARD = "+4588887701", "+4526000001", "+4588887700"
ANNA = User(
    username="anna",
    name="Anna",
    language="da",
    groups=("support",),
    lines=(Line(number=LANDLINE, alias="201"), Line(number=MOBILE, type="mobile")),
)
BO = User(username="bo", name="Bo", language="da", groups=("chiefs",), lines=(Line(number="+4588887702"),))
CORA = User(
    username="cora",
    name="Cora",
    language="da",
    lines=(Line(number="203"),),
    devices=(Device(name="cora-mobile", kind="mobile", number="+4526000003"),),
)


def house(settings: Mapping[str, object] | None = None, **more: object) -> Organization:
    return Organization(
        name="house",
        title="House",
        domain="house.example",
        country="DK",
        timezone=ZoneInfo("Europe/Copenhagen"),
        languages=("da",),
        switchboard=SWITCHBOARD,
        number_ranges=(NumberRange(first="+4588887700", last="+4588887799"),),
        groups={"chiefs": Group(name="chiefs", priority=0), "support": Group(name="support", priority=1)},
        users={user.username: user for user in (ANNA, BO, CORA)},
        settings=Settings(settings or {}),
        **more,  # type: ignore[arg-type]
    )


def wish(number: str, *, binding: bool = False) -> Wish:
    return Wish(number=number, by="profile office", binding=binding)


@pytest.mark.covers("CLI-3")
def test_without_a_wish_the_setting_says_and_falls_back() -> None:
    assert shown(ANNA, house()).number == LANDLINE
    mobile = house({"display_number": "mobile"})
    assert shown(ANNA, mobile) == Shown(
        number=MOBILE, words=(f"display_number is mobile (set on organization house): {MOBILE} is shown",)
    )
    assert shown(BO, mobile).number == "+4588887702", "who has no mobile shows the landline"
    assert shown(CORA, mobile).number == "+4526000003"
    assert shown(CORA, house()).number == SWITCHBOARD, "an internal number is nobody's outside"


@pytest.mark.covers("CLI-1")
def test_the_first_wish_that_can_be_met_counts() -> None:
    found = shown(BO, house(), [wish("own-mobile"), wish(LANDLINE), wish("switchboard"), wish("landline")])
    assert found == Shown(
        number=SWITCHBOARD,
        words=(
            "profile office: there is no own-mobile number to show",
            f"profile office: bo may not show {LANDLINE}",
            f"profile office: {SWITCHBOARD} is shown",
        ),
    )


@pytest.mark.covers("CLI-1")
def test_an_administrators_rule_may_show_any_number_of_the_organization() -> None:
    assert shown(BO, house(), [wish("+4588887750", binding=True)]).number == "+4588887750"
    assert shown(BO, house(), [wish("+4570000000", binding=True)]).number == "+4588887702"


@pytest.mark.covers("CLI-1", "CLI-5")
def test_a_hidden_number_is_hidden_only_where_that_is_allowed() -> None:
    open_, closed = house(), house({"anonymous_calls": False})
    assert shown(ANNA, open_, [wish("hidden"), wish("mobile")]) == Shown(
        number=LANDLINE,
        hidden=True,
        words=(
            "profile office wants the number hidden: anonymous_calls is on (pbxd's default)",
            f"display_number is landline (pbxd's default): {LANDLINE} is shown",
        ),
    )
    assert shown(ANNA, closed, [wish("hidden"), wish("mobile")]).hidden is False
    assert shown(ANNA, closed, [wish("hidden"), wish("mobile")]).number == MOBILE


@pytest.mark.covers("CLI-1", "CODE-6")
def test_for_one_call_the_number_is_hidden_or_shown() -> None:
    assert (shown(ANNA, house(), [wish("mobile")], hide=True).number, shown(ANNA, house(), hide=True).hidden) == (
        MOBILE,
        True,
    )
    assert not shown(ANNA, house({"anonymous_calls": False}), hide=True).hidden
    unhidden = shown(ANNA, house(), [wish("hidden"), wish("mobile")], hide=False)
    assert (unhidden.number, unhidden.hidden) == (MOBILE, False)


@pytest.mark.covers("CLI-1", "CLI-2")
def test_what_may_be_shown() -> None:
    support = Queue(
        name="support",
        number="1500",
        numbers=("+4588887710",),
        outgoing=True,
        staff=Staff(agents=("support",), supervisors=("chiefs",)),
    )
    silent = Queue(name="silent", number="1501", numbers=("+4588887711",), agents=(Agent(user="anna"),))
    loud = Queue(
        name="loud", number="1502", presents="+4588887712", outgoing=True, agents=(Agent(user="cora"),), attendants=True
    )
    organization = house(
        queues={"support": support, "silent": silent},
        attendant_groups={"loud": loud},
        display_numbers=(
            DisplayNumber(number="+4588887750", users=frozenset({"cora"}), groups=frozenset({"chiefs"})),
            DisplayNumber(number="+4588887751", queue="support", agents=True),
            DisplayNumber(number="+4588887752", queue="support", supervisors=True),
            DisplayNumber(number="+4588887753", queue="loud", agents=True),
        ),
    )
    assert allowed(ANNA, organization) == {
        LANDLINE: "own landline",
        MOBILE: "own mobile",
        SWITCHBOARD: "switchboard",
        "+4588887710": "queue support",
        "+4588887751": "shared number",
    }
    assert set(allowed(BO, organization)) == {"+4588887702", SWITCHBOARD, "+4588887750", "+4588887752"}
    assert set(allowed(CORA, organization)) == {
        "+4526000003",
        SWITCHBOARD,
        "+4588887712",
        "+4588887750",
        "+4588887753",
    }
    assert shown(CORA, organization, [wish("+4588887753")]).number == "+4588887753"
