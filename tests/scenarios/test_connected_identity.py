"""Both who remain are told whom they talk to now, after a transfer, a pickup, a move or a retrieval (CALL-3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbxd.events import LegTold
from pbxd.sip.headers import NameAddr
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, SETTINGS, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Habits, Phone

pytestmark = pytest.mark.covers("CALL-3")

NO_UPDATE = Habits(allows="INVITE, ACK, CANCEL, BYE, OPTIONS")
TRUSTED = SETTINGS.replace("    options_every: 0", "    options_every: 0\n    trusted: true")


async def talk(caller: Phone, number: str, callee: Phone) -> None:
    caller.dials(number)
    await callee.answers()
    await caller.is_answered()


def told(phone: Phone, method: str = "UPDATE") -> list[str]:
    """The identities that a phone was told during its call."""
    asked = [request for request in phone.call.requests if request.method == method]
    return [identity for request in asked if (identity := request.headers.get("P-Asserted-Identity"))]


async def is_told(phone: Phone, name: str, number: str, method: str = "UPDATE") -> None:
    """The newest identity is this one."""
    found = await phone.watch.until(lambda: told(phone, method), f"{phone.name} is told {number}", 5)
    identity = NameAddr.parse(found[-1])
    assert (identity.display, identity.uri.user, len(found)) == (name, number, 1)


async def test_after_a_blind_transfer(house: House) -> None:
    """The one who is transferred; the INVITE of the other one has said it."""
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    assert (told(anna), told(bo)) == ([], []), "who calls a number gets whom he called"
    await bo.transfers("203")
    await cora.answers()
    await is_told(anna, "Cora Beck", "203")
    await bo.is_hung_up()
    await anna.hears(cora)
    await anna.hangs_up()
    assert (told(bo), told(cora)) == ([], [])
    (event,) = house.happened(LegTold)
    assert (event.party, event.identity) == ("anna-desk", '"Cora Beck" <sip:203@house.example>')
    await house.settles()


async def test_after_an_attended_transfer(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    first = bo.call
    await bo.holds()
    await talk(bo, "203", cora)
    await bo.transfers("203", first, replacing=bo.call)
    await is_told(anna, "Cora Beck", "203")
    await is_told(cora, "Anna Holm", "201")
    await anna.hears(cora)
    await anna.hangs_up()
    await cora.is_hung_up()
    await house.settles()


async def test_a_transfer_that_comes_back_changes_nothing(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    await talk(anna, "202", bo)
    await bo.transfers("203")
    await cora.declines(486)
    await bo.hears_of_transfer(486)
    await anna.hears(bo)
    await anna.hangs_up()
    assert house.happened(LegTold) == []
    await house.settles()


@pytest.mark.covers("CALL-4")
async def test_after_a_pickup(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> None:
    """Both: the one who dialled 202, and the one who dialled the code."""
    groups = "groups:\n  - {name: all, permissions: {pickup: [all]}}\n"
    both = ORGANIZATION.replace("username: anna\n", "username: anna\n    groups: [all]\n")
    both = both.replace("username: bo\n", "username: bo\n    groups: [all]\n")
    async with House(configure(tmp_path, organization=both + groups), network, clock) as house:
        anna, bo, dan = await house.phones("anna", "bo", "dan")
        dan.dials("202")
        await bo.rings()
        anna.dials("*9*202*")
        await anna.is_answered()
        await is_told(dan, "Anna Holm", "201")
        await is_told(anna, "Dan Skov", "204")
        await dan.hangs_up()
        await house.settles()


async def test_a_call_that_goes_on_at_another_phone_of_the_same_user(house: House) -> None:
    """His other phone is told; the far end talks to the same person."""
    anna, soft, bo = await house.phones("anna", "anna-soft", "bo")
    await talk(anna, "202", bo)
    soft.dials("*7*")
    await soft.is_answered()
    await is_told(soft, "Bo Lind", "202")
    await bo.hears(soft)
    await bo.hangs_up()
    assert told(bo) == []
    await house.settles()


@pytest.mark.covers("CODE-13")
async def test_after_a_retrieval(house: House) -> None:
    anna, soft, bo = await house.phones("anna", "anna-soft", "bo")
    bo.dials("201")
    await anna.answers()
    await bo.is_answered()
    await anna.transfers("*85*")
    await anna.is_hung_up()
    soft.dials("*86*")
    await soft.is_answered()
    await is_told(soft, "Bo Lind", "202")
    await soft.hears(bo)
    assert told(bo) == [], "it is Anna still"
    await bo.hangs_up()
    await house.settles()


async def test_by_reinvite_where_the_phone_knows_no_update(house: House) -> None:
    anna = house.phone("anna", habits=NO_UPDATE)
    await anna.registers()
    bo, cora = await house.phones("bo", "cora")
    await talk(anna, "202", bo)
    offered = len(anna.got("INVITE"))
    await bo.transfers("203")
    await cora.answers()
    await is_told(anna, "Cora Beck", "203", "INVITE")
    assert len(anna.got("INVITE")) == offered + 1, "one, whatever it is for"
    await anna.hears(cora)
    await cora.hears(anna)
    await anna.hangs_up()
    await house.settles()


async def test_it_waits_for_a_phone_s_own_offer(house: House) -> None:
    anna = house.phone("anna", habits=NO_UPDATE)
    await anna.registers()
    bo, cora = await house.phones("bo", "cora")
    await talk(anna, "202", bo)
    await bo.transfers("203")
    await cora.rings()
    anna.habits.acknowledges = False
    anna.call.reoffer("sendonly")
    await cora.answers()
    await anna.pause(1)
    assert told(anna, "INVITE") == [], "its own re-INVITE has no ACK yet"
    anna.habits.acknowledges = True
    await is_told(anna, "Cora Beck", "203", "INVITE")
    await anna.hangs_up()
    await house.settles()


async def test_it_is_said_again_after_a_491(house: House) -> None:
    anna = house.phone("anna", habits=NO_UPDATE)
    await anna.registers()
    bo, cora = await house.phones("bo", "cora")
    await talk(anna, "202", bo)
    await bo.transfers("203")
    await cora.answers(waits_for_ack=False)
    await anna.watch.until(lambda: house.happened(LegTold), "the re-INVITE is on its way", 5)
    crossing = anna.call.reoffer()
    final = await anna.watch.until(lambda: crossing.final, "an answer to anna's re-INVITE", 5)
    assert final.status == 491
    found = await anna.watch.until(lambda: told(anna, "INVITE")[1:], "anna is told again", 5)
    assert NameAddr.parse(found[0]).uri.user == "203"
    await anna.hears(cora)
    await anna.hangs_up()
    await house.settles()


async def test_trunks_that_are_not_trusted_are_told_nothing(house: House) -> None:
    bo, cora = await house.phones("bo", "cora")
    trunk = house.trunk()
    await talk(trunk, "+4588887702", bo)
    await bo.transfers("203")
    await cora.answers()
    await bo.is_hung_up()
    await trunk.hears(cora)
    await trunk.hangs_up()
    assert house.happened(LegTold) == []
    await house.settles()


async def test_a_trusted_trunk_is_told_the_number_of_the_world(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    async with House(configure(tmp_path, settings=TRUSTED), network, clock) as house:
        bo, cora = await house.phones("bo", "cora")
        trunk = house.trunk()
        await talk(trunk, "+4588887702", bo)
        await bo.transfers("203")
        await cora.answers()
        await is_told(trunk, "Cora Beck", "+4588887703")
        await trunk.hangs_up()
        await house.settles()


async def test_who_wants_to_stay_unknown_is_not_named(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    anna.dials("202", headers=[("Privacy", "id")])
    await bo.answers()
    await anna.is_answered()
    first = bo.call
    await bo.holds()
    await talk(bo, "203", cora)
    await bo.transfers("203", first, replacing=bo.call)
    await is_told(anna, "Cora Beck", "203")
    await is_told(cora, "Anonymous", "anonymous")
    await anna.hangs_up()
    await cora.is_hung_up()
    await house.settles()
