"""Hunt groups over real calls: who rings how, and mobiles whose voicemail takes nothing (HUNT-1)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from pbxd.events import CallEnded, Said
from tests.support.clock import VirtualClock
from tests.support.dialogue import Hears, Presses
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork
from tests.support.party import Party

pytestmark = pytest.mark.covers("HUNT-1")

MOBILE = '      - {name: bo-mobile, kind: mobile, number: "+4526000002", confirm: true}\n'
DEVICES = "    devices: [{name: bo-desk, kind: desk, password: bo-secret}]\n"
GROUPED = ORGANIZATION.replace("    name: Bo Lind\n", "    name: Bo Lind\n    groups: [team]\n").replace(
    "    name: Cora Beck\n", "    name: Cora Beck\n    groups: [team]\n"
)
ON_MOBILE = GROUPED.replace(DEVICES, f"    devices:\n{MOBILE}")
Hunting = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
def hunting(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> Hunting:
    """The house with a hunt group of Bo and Cora."""

    def hunting(keys: str, *, users: str = GROUPED, more: str = "") -> House:
        group = f'groups: [{{name: team}}]\nhunt_groups: [{{name: team, number: "260", groups: [team], {keys}}}]\n'
        return House(configure(tmp_path, organization=users + group + more), network, clock)

    return hunting


async def test_members_ring_one_after_the_other_and_then_the_fallback(hunting: Hunting) -> None:
    async with hunting('ring_seconds: 10, fallback: "201"') as house:
        anna, bo, cora, dan = await house.phones("anna", "bo", "cora", "dan")
        dan.dials("260")
        await bo.rings()
        await bo.stops_ringing(within=11)
        await cora.rings()
        await cora.declines()
        await anna.answers()
        await dan.is_answered()
        await dan.hangs_up()
        await anna.is_hung_up()
        await house.settles()


@pytest.mark.covers("CLI-8")
async def test_phones_ring_as_for_a_hunt_group(hunting: Hunting) -> None:
    tones = "settings: {ringtones: {internal: ring-1, hunt: ring-5}}\n"
    async with hunting("order: parallel", more=tones) as house:
        bo, cora, dan = await house.phones("bo", "cora", "dan")
        async with dan.calls("260"):
            for phone in (bo, cora):
                invite = (await phone.rings()).invite
                assert invite is not None
                assert "info=ring-5" in (invite.headers.get("Alert-Info") or "")
        async with dan.calls("202"):
            invite = (await bo.rings()).invite
            assert invite is not None
            assert "info=ring-1" in (invite.headers.get("Alert-Info") or "")
        await house.settles()


async def test_a_mobile_takes_a_call_of_a_hunt_group_by_a_key_only(hunting: Hunting) -> None:
    async with hunting("order: sequential", users=ON_MOBILE) as house:
        carrier = house.trunk()
        [dan] = await house.phones("dan")
        dan.dials("260")
        await carrier.answers()
        await Party(house, carrier).follows([Hears("confirm-answer-for")])
        assert house.happened(Said)[-1].text == "confirm-answer-for group=team"
        assert dan.call.state != "talking", "a voicemail would have the call by now"
        carrier.call.sound.presses("1")
        await dan.is_answered()
        await dan.hears(carrier)
        await dan.hangs_up()
        await carrier.is_hung_up()
        await house.settles()


async def test_a_voicemail_that_answers_a_mobile_leaves_the_call_to_others(hunting: Hunting) -> None:
    """Nobody presses a key: the next member rings."""
    async with hunting("order: sequential, ring_seconds: 60", users=ON_MOBILE) as house:
        carrier = house.trunk()
        cora, dan = await house.phones("cora", "dan")
        dan.dials("260")
        await carrier.answers()
        await Party(house, carrier).follows([Hears("confirm-answer-for"), Presses("2")])
        await carrier.is_hung_up(within=50)
        await cora.answers()
        await dan.is_answered()
        await dan.hangs_up()
        await cora.is_hung_up()
        assert [event.result for event in house.happened(CallEnded)] == ["answered"]
        await house.settles()


async def test_who_is_asked_holds_nobody_up(hunting: Hunting) -> None:
    async with hunting("order: parallel", users=ON_MOBILE) as house:
        carrier = house.trunk()
        cora, dan = await house.phones("cora", "dan")
        dan.dials("260")
        await carrier.answers()
        await Party(house, carrier).follows([Hears("confirm-answer-for")])
        await cora.answers()
        await carrier.is_hung_up(within=1)
        await dan.is_answered()
        await dan.hears(cora)
        await dan.hangs_up()
        await cora.is_hung_up()
        await house.settles()


async def test_who_hangs_up_while_he_is_asked_did_not_answer(hunting: Hunting) -> None:
    async with hunting(
        'order: sequential, fallback: "203"',
        users=ON_MOBILE.replace("groups: [team]", "groups: []", 2).replace("groups: []", "groups: [team]", 1),
    ) as house:
        carrier = house.trunk()
        cora, dan = await house.phones("cora", "dan")
        dan.dials("260")
        await carrier.answers()
        await Party(house, carrier).follows([Hears("confirm-answer-for")])
        await carrier.hangs_up()
        await cora.answers()
        await dan.is_answered()
        await dan.hangs_up()
        await cora.is_hung_up()
        await house.settles()
