"""The check for legs that leave."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from pbxd.dialplan.barring import Allowed, Barred, egress
from pbxd.org.barring import Barring, Limit, Numbers
from pbxd.org.number_types import NumberType, NumberTypes
from pbxd.org.organization import Organization
from pbxd.org.rules import Always, Condition, InNightMode
from tests.unit.dialplan.test_numbering import HOUSE

TYPES = NumberTypes(
    {
        "premium": NumberType(prefixes=("+4590",)),
        "costly": NumberType(prefixes=("+88", "+247")),
        "international": NumberType(prefixes=("+",), excepted=("+45",)),
    }
)
NO_PREMIUM = Barring(name="no-premium", deny=Numbers(types=frozenset({"premium"})), announce="call-barred")
GUARD = Barring(name="guard", limit=Limit(types=frozenset({"costly"}), simultaneous=2, per_hour=10))
AT_NIGHT = Barring(name="at-night", deny=Numbers(types=frozenset({"international"})), when=InNightMode())
LOCAL = Barring(name="local", allow_only=Numbers(prefixes=("+45", "1")))


@dataclass(frozen=True)
class Used:
    simultaneous: int = 0
    last_hour: int = 0


def house(*groups: Barring) -> Organization:
    return replace(HOUSE, number_types=TYPES, barring={group.name: group for group in groups})


def check(
    number: str,
    *groups: Barring,
    night: bool = False,
    used: Used = Used(),
) -> Allowed | Barred:
    def holds(condition: Condition) -> tuple[bool, str]:
        if isinstance(condition, Always):
            return True, "always"
        return night, f"night mode is {'on' if night else 'off'}"

    names = [group.name for group in groups]
    return egress(number, names, house(*groups), usage=lambda _: used, holds=holds)


@pytest.mark.covers("NUM-6")
def test_a_number_of_a_denied_type_is_barred_with_its_announcement() -> None:
    assert check("+4590123456", NO_PREMIUM, GUARD) == Barred(
        group="no-premium", reason="+4590123456 is a number of type premium", announce="call-barred"
    )
    assert check("+4570123456", NO_PREMIUM, GUARD) == Allowed()


@pytest.mark.covers("NUM-6")
def test_a_group_that_allows_only_some_numbers_bars_the_others() -> None:
    found = check("+46701234567", LOCAL)
    assert found == Barred(group="local", reason="+46701234567 is none of the numbers that may be called")
    for number in ("+4570123456", "1813"):
        assert isinstance(check(number, LOCAL), Allowed)


@pytest.mark.covers("NUM-6")
def test_a_group_counts_only_while_its_condition_holds() -> None:
    assert check("+46701234567", AT_NIGHT) == Allowed(words=("at-night does not count now: night mode is off",))
    assert check("+46701234567", AT_NIGHT, night=True) == Barred(
        group="at-night", reason="+46701234567 is a number of type international"
    )


@pytest.mark.covers("NUM-6", "SEC-6")
@pytest.mark.parametrize(
    ("used", "reason"),
    [
        (Used(simultaneous=1, last_hour=9), ""),
        (Used(simultaneous=2), "2 calls to numbers of type costly at once, and 2 are allowed"),
        (Used(last_hour=10), "10 calls to numbers of type costly within an hour, and 10 are allowed"),
    ],
)
def test_a_limit_on_costly_calls_at_once_and_by_the_hour(used: Used, reason: str) -> None:
    found = check("+88123456", GUARD, used=used)
    if reason:
        assert found == Barred(group="guard", reason=reason)
    else:
        assert found == Allowed(words=("guard has room for another call",), counts=("guard",))
    assert check("+4570123456", GUARD, used=used) == Allowed(), "only costly calls count"


def test_usage_and_conditions_are_looked_at_only_where_they_matter() -> None:
    def never(_: object) -> Used:
        raise AssertionError("not needed")

    def neither(_: object) -> tuple[bool, str]:
        raise AssertionError("not needed")

    organization = house(GUARD, AT_NIGHT)
    assert egress("+4570123456", ("guard", "at-night"), organization, usage=never, holds=neither) == Allowed()


@pytest.mark.covers("NUM-4")
@pytest.mark.parametrize("number", ["112", "+45112"])
def test_an_emergency_number_is_never_barred(number: str) -> None:
    everything = Barring(name="all", allow_only=Numbers(), deny=Numbers(prefixes=("", "1")))
    assert isinstance(check(number, everything, GUARD), Allowed)
    assert isinstance(check("1813", everything), Barred)
