"""Calls that leave: emergency first, barring, trunks that stand in for each other (NUM-4 to NUM-6, SEC-6)."""

from __future__ import annotations

import pytest

from pbxd.dialplan.situation import Usage
from pbxd.dialplan.treatment import Ring, TrunkTarget
from pbxd.org.state import Diversion, UserState
from tests.support.town import Town, town

BARRED = {
    "barring": "[{name: everything, deny: {prefixes: ['+', '1']}},"
    " {name: guard, limit: {types: [mobiles], simultaneous: 2, per_hour: 5}},"
    " {name: night, deny: {prefixes: ['+46']}, when: 'the time is between 22:00 and 06:00'}]",
    "number_types": "{mobiles: {prefixes: ['+4670']}}",
}
BY_BOTH = "112 by trunk first for 180 s"


def barred(group: str) -> Town:
    return town(BARRED | {"settings": f"{{barring: [{group}]}}"})


def trunks(town: Town, caller: str, dialled: str) -> list[str]:
    (decision,) = town.decisions(caller, dialled)
    assert isinstance(decision.treatment, Ring)
    (target,) = decision.treatment.targets
    assert isinstance(target, TrunkTarget)
    return [one.trunk for one in (target, *target.otherwise)]


@pytest.mark.covers("NUM-4")
def test_emergency_calls_are_never_barred_nor_steered_and_nothing_is_hidden() -> None:
    rules = {
        "rules": "{outgoing: {required: [reject as barred]}}",
        "number_conversions": "{template: DK, own: [{prefix: '1', digits: 2, rewrite: '+451'}]}",
        "emergency": "{callback_number: '+4588887700', location: here}",
    }
    here = town(BARRED | rules | {"settings": "{barring: [everything]}"}).holding(
        anna=UserState(diversions=(Diversion(kind="always", to="205"),), shown_number="hidden")
    )
    for dialled in ("112", "0112", "+45112"):
        (decision,) = here.decisions("anna", dialled)
        assert isinstance(decision.treatment, Ring)
        assert str(decision.treatment) == f"ring {BY_BOTH}"
        assert decision.treatment.emergency
        assert (decision.treatment.presents.number, decision.treatment.presents.hidden) == ("+4588887700", False)


@pytest.mark.covers("NUM-4")
def test_a_full_trunk_drops_to_the_next_and_the_worst_is_tried_all_the_same() -> None:
    assert trunks(town(), "anna", "112") == ["first", "second"]
    assert trunks(town().when(down={"first": "is full"}), "anna", "112") == ["second"]
    assert trunks(town().when(down={"first": "is full", "second": "is full"}), "anna", "112") == ["first", "second"]
    assert town().when(down={"first": "is full", "second": "is down"}).goes("anna", "035353535") == [
        "480 Temporarily Unavailable"
    ]


@pytest.mark.covers("NUM-4")
def test_calls_are_never_sent_on_to_an_emergency_number() -> None:
    here = town().holding(bo=UserState(diversions=(Diversion(kind="always", to="112"),)))
    assert here.goes("anna", "202") == ["404 Not Found"]
    assert town(people={"bo": "rules: ['112']"}).goes("anna", "202") == ["404 Not Found"]


@pytest.mark.covers("NUM-6", "SEC-6")
@pytest.mark.parametrize(
    ("usage", "goes"),
    [
        (Usage(simultaneous=1, last_hour=4), "+46701234567 by trunk first for 180 s"),
        (Usage(simultaneous=2, last_hour=2), "403 Barred"),
        (Usage(simultaneous=0, last_hour=5), "403 Barred"),
    ],
)
def test_limits(usage: Usage, goes: str) -> None:
    here = barred("guard").when(used={("town", "anna", "guard"): usage})
    assert here.goes("anna", "0046701234567") == [goes]
    assert here.goes("bo", "0046701234567") == ["+46701234567 by trunk first for 180 s"]


@pytest.mark.covers("NUM-6")
def test_what_counts_towards_a_limit_says_whose_it_is() -> None:
    (decision,) = barred("guard").decisions("anna", "0046701234567")
    assert isinstance(decision.treatment, Ring)
    (target,) = decision.treatment.targets
    assert isinstance(target, TrunkTarget)
    assert (target.organization, target.account, target.counts) == ("town", "anna", ("guard",))


@pytest.mark.covers("NUM-6", "SEC-6")
def test_a_forward_passes_the_same_check() -> None:
    here = barred("everything").holding(bo=UserState(diversions=(Diversion(kind="always", to="0046701234567"),)))
    assert here.goes("+4530303030", "+4588887702") == ["403 Barred"]
    assert barred("everything").goes("eva", "202", "302 bo-desk 0046701234567")[-1] == "403 Barred"
    assert "barring: everything bars bo: +46701234567 begins with +" in here.trail("+4530303030", "+4588887702")


@pytest.mark.covers("NUM-6")
def test_barring_by_time() -> None:
    here = barred("night")
    assert here.goes("anna", "0046701234567") == ["+46701234567 by trunk first for 180 s"]
    assert here.on("2026-11-24 23:00").goes("anna", "0046701234567") == ["403 Barred"]


@pytest.mark.covers("LVL-3")
def test_barring_groups_of_all_levels_hold() -> None:
    here = town(
        BARRED, groups={"office": "settings: {barring: [night]}"}, people={"anna": "settings: {barring: [guard]}"}
    )
    late = here.on("2026-11-24 23:00")
    assert late.goes("anna", "0046701234567") == ["403 Barred"]
    assert late.goes("dan", "0046701234567") == ["+46701234567 by trunk first for 180 s"]


@pytest.mark.covers("LVL-1")
@pytest.mark.parametrize(
    ("groups", "people", "seconds"),
    [({}, {}, 10), ({"boss": 11, "office": 12}, {}, 11), ({"office": 12}, {}, 12), ({"boss": 11}, {"anna": 13}, 13)],
)
def test_the_nearest_level_says_how_long_phones_ring(
    groups: dict[str, int], people: dict[str, int], seconds: int
) -> None:
    said = "settings: {{ring_seconds: {}}}".format
    here = town(
        {"settings": "{ring_seconds: 10}"},
        groups={name: said(value) for name, value in groups.items()},
        people={name: said(value) for name, value in people.items()},
    )
    assert here.goes("bo", "201") == [f"anna-desk, anna-soft, +4526000001 by trunk first for {seconds} s"]


@pytest.mark.covers("CALL-1")
def test_a_phone_does_not_ring_itself() -> None:
    here = town()
    assert here.goes("anna", "201") == ["anna-soft, +4526000001 by trunk first for 30 s"]
    assert here.goes("+4526000001", "+4588887701") == ["anna-desk, anna-soft for 30 s"]


@pytest.mark.covers("SEC-1")
def test_a_trunk_reaches_our_own_numbers_only() -> None:
    assert town().goes("+4530303030", "+4635353535") == ["404 Not Found"]
    assert town().goes("+4530303030", "112") == ["404 Not Found"]
