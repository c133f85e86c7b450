"""Announcements: before the answer where the caller can hear that, and what the call's record says of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from pbxd.events import CallEnded, Said
from tests.support.clock import VirtualClock
from tests.support.hearing import frequency
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone
from tests.support.voices import tone

NOBODY = "unassigned_numbers: {announce: number-unknown}\n"
PREMIUM = """\
number_types: {premium: {prefixes: ["+4590"]}}
barring: [{name: no-premium, deny: {types: [premium]}, announce: call-barred}]
settings: {barring: [no-premium]}
"""
TOLD = 'rules: {incoming: {required: ["when the caller is internal, play announcement at-lunch"]}}\n'

RULED = """\
rule_based_numbers:
  - {name: late, number: "270", numbers: ["+4588887770"], language: da, rules: [play announcement closed]}
"""
LUNCH = """\
activities: [{name: lunch, code: "1", available: false, prompt: at-lunch}]
settings: {call_handling: {landline: {activity: message-only}}}
"""

Houses = Callable[[str], AbstractAsyncContextManager[House]]


@pytest.fixture
def houses(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> Houses:
    """Houses whose organization says more."""

    @asynccontextmanager
    async def furnished(organization: str) -> AsyncIterator[House]:
        async with House(configure(tmp_path, organization=ORGANIZATION + organization), network, clock) as house:
            yield house

    return furnished


def heard(phone: Phone) -> float:
    """Hz of what was heard."""
    return frequency(phone.call.sound.samples())


def result(house: House, *, last: bool = False) -> tuple[str, int]:
    *others, ended = house.happened(CallEnded)
    assert last or not others
    return ended.result, ended.status


@pytest.mark.covers("NUM-6", "NUM-7", "RULE-3")
@pytest.mark.parametrize(
    ("organization", "dials", "says", "status", "outcome"),
    [
        (NOBODY, "+4588887750", "number-unknown", 404, "rejected"),
        (PREMIUM, "90901234", "call-barred", 403, "barred"),
        (TOLD, "202", "at-lunch", 480, "announced"),
    ],
)
async def test_it_is_heard_before_the_answer(
    houses: Houses, organization: str, dials: str, says: str, status: int, outcome: str
) -> None:
    async with houses(organization) as house:
        (anna,) = await house.phones("anna")
        anna.dials(dials)
        progress = await anna.hears_ringing()
        assert (progress.status, bool(progress.body)) == (183, True)
        anna.call.sound.learn(progress.body)
        await anna.fails(status)
        assert heard(anna) == pytest.approx(tone(says).frequencies[0], abs=3)
        assert len(anna.call.sound.heard) == 15  # 0.3 s
        assert result(house) == (outcome, status)
        assert [said.text for said in house.happened(Said)] == [says]
        await house.settles()


async def test_why_the_call_is_barred_is_in_the_response_too(houses: Houses) -> None:
    async with houses(PREMIUM) as house:
        (anna,) = await house.phones("anna")
        anna.dials("90901234")
        final = await anna.fails(403)
        assert "no-premium" in (final.headers.get("Reason") or "")


@pytest.mark.covers("NUM-6")
async def test_who_hangs_up_while_he_hears_why_was_refused_all_the_same(houses: Houses) -> None:
    async with houses(PREMIUM) as house:
        (anna,) = await house.phones("anna")
        anna.dials("90901234")
        await anna.hears_ringing()
        await anna.pause(0.3)
        await anna.cancels()
        assert result(house) == ("barred", 403)
        await house.settles()


async def test_a_caller_without_an_offer_is_answered_to_hear_it(houses: Houses) -> None:
    async with houses(NOBODY) as house:
        (anna,) = await house.phones("anna")
        anna.dials("+4588887750", offer=False)
        await anna.is_answered()
        await anna.is_hung_up()
        assert heard(anna) == pytest.approx(tone("number-unknown").frequencies[0], abs=3)
        assert result(house) == ("rejected", 404)
        await house.settles()


async def test_who_has_no_format_of_ours_is_refused_with_the_cause(houses: Houses) -> None:
    async with houses(PREMIUM) as house:
        (anna,) = await house.phones("anna")
        anna.style.formats = {18: "G729/8000"}
        anna.dials("90901234")
        await anna.fails(403)
        assert result(house) == ("barred", 403)


async def test_an_announcement_that_can_not_be_heard_is_a_488(houses: Houses) -> None:
    async with houses(TOLD) as house:
        (anna,) = await house.phones("anna")
        anna.style.formats = {18: "G729/8000"}
        anna.dials("202")
        await anna.fails(488)
        assert result(house) == ("unreachable", 488)


@pytest.mark.covers("PRES-1", "RULE-6")
async def test_callers_hear_the_message_of_an_activity(houses: Houses) -> None:
    async with houses(LUNCH) as house:
        anna, bo = await house.phones("anna", "bo")
        bo.dials("*23*1*")
        await bo.fails(480)
        anna.dials("202")
        await anna.fails(480)
        assert [said.text for said in house.happened(Said)][1:] == ["at-lunch"]
        assert result(house, last=True) == ("announced", 480)
        await house.settles()


async def test_it_is_said_in_the_language_of_the_caller(houses: Houses) -> None:
    async with houses(TOLD + "defaults: {user: {language: da}}\n") as house:
        (anna,) = await house.phones("anna")
        anna.dials("202")
        await anna.fails(480)
        assert [said.language for said in house.happened(Said)] == ["da"]


@pytest.mark.covers("IVR-5")
async def test_a_rule_based_number_has_a_language_and_a_known_user_s_own_wins(houses: Houses) -> None:
    async with houses(RULED) as house:
        (anna,) = await house.phones("anna")
        trunk = house.trunk()
        for phone, number in ((trunk, "+4588887770"), (anna, "270")):
            phone.dials(number)
            await phone.fails(480)
        assert [(said.language, said.text) for said in house.happened(Said)] == [("da", "closed"), ("en", "closed")]
