"""RFC 5359, "SIP Service Examples": its flows with this server in the place of their proxies and servers.

Each test is named by its section. The phones do what the flow's phones do; where the flow has phones talk past the
proxy, here each talks to us, and what they see of each other is ours. These flows are not here:

- 2.6 Transfer - Instant Messaging: a REFER about short messages, which are in no session that could be moved. Here they
  go to the person, on whichever phone he has (CALL-11).
- 2.18 Click to Dial: a REFER outside of any call asks a phone to place one. It is refused: only who is in a call may
  send it on (RFC 3515 2.4.2 leaves that to us).

2.11 Third Party Joins is done by a code, for those with the right to: an INVITE with Join is declined, as RFC 3911 4
allows, because whoever knows a dialog's tags could else listen to it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pbxd.events import CallTransferred
from tests.scenarios.test_rooms import who_hears_whom
from tests.scenarios.test_watching import DIALOG
from tests.support.clock import VirtualClock
from tests.support.gadget import gadget
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone
from tests.support.phone_call import PhoneCall

MORE = """\
music: {calm: {kind: built-in}}
settings: {music_on_hold: calm, barring: [no-premium]}
number_types: {premium: {prefixes: ["+4590"]}}
barring: [{name: no-premium, deny: {types: [premium]}}]
groups: [{name: staff, permissions: {pickup: [staff], retrieve_parked: [staff], listen: [staff]}}]
"""
RULES = {
    "dan": [
        "when the caller's number is 203, reject as declined",
        "ring desk phone for 5 seconds, then user cora for 5 seconds, then user bo after 10 seconds",
    ]
}


def organization() -> str:
    """The house, everybody in one group, and Dan with rules of his own."""
    found = ORGANIZATION
    for user in ("anna", "bo", "cora", "dan"):
        mine = f"    groups: [staff]\n    rules: {RULES[user]}\n" if user in RULES else "    groups: [staff]\n"
        found = found.replace(f"username: {user}\n", f"username: {user}\n{mine}")
    return found + MORE


@pytest.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    async with House(configure(tmp_path, organization=organization()), network, clock) as house:
        yield house


async def talk(caller: Phone, number: str, callee: Phone) -> PhoneCall:
    call = caller.dials(number)
    await callee.answers()
    return await caller.is_answered(call)


async def both_hear(one: Phone, other: Phone, ours: PhoneCall | None = None) -> None:
    await one.hears(other, ours=ours)
    await other.hears(one, theirs=ours)


async def ends(house: House, *phones: Phone) -> None:
    """The first one hangs up, the others are hung up on, and nothing is left."""
    await phones[0].hangs_up()
    for phone in phones[1:]:
        await phone.is_hung_up()
    await house.settles()


@pytest.mark.covers("CALL-2")
async def test_2_1_call_hold(house: House) -> None:
    alice, bob = await house.phones("anna", "bo")
    await talk(alice, "202", bob)
    await both_hear(alice, bob)
    await bob.holds()
    await alice.hears_nothing_from(bob)
    await bob.hears_nothing_from(alice)
    await bob.resumes()
    await both_hear(alice, bob)
    await ends(house, bob, alice)


@pytest.mark.covers("CALL-2")
async def test_2_2_consultation_hold(house: House) -> None:
    alice, bob, carol = await house.phones("anna", "bo", "cora")
    await talk(alice, "202", bob)
    first = bob.call
    await bob.holds(first)
    second = await talk(bob, "203", carol)
    await both_hear(bob, carol, second)
    await alice.hears_nothing_from(carol)
    await bob.hangs_up(second)
    await carol.is_hung_up()
    await bob.resumes(first)
    await both_hear(bob, alice, first)
    await alice.hangs_up()
    await bob.is_hung_up(first)
    await house.settles()


@pytest.mark.covers("CALL-2")
async def test_2_3_music_on_hold(house: House) -> None:
    """The flow has a music server; here the music is ours."""
    alice, bob = await house.phones("anna", "bo")
    await talk(alice, "202", bob)
    await bob.holds()
    await alice.pause(0.2)
    before = len(alice.call.sound.heard)
    await alice.pause(1)
    assert len(alice.call.sound.heard) - before >= 49
    await bob.resumes()
    await alice.pause(0.2)
    before = len(alice.call.sound.heard)
    await alice.pause(1)
    assert len(alice.call.sound.heard) == before
    await both_hear(alice, bob)
    await ends(house, alice, bob)


@pytest.mark.covers("CALL-3")
async def test_2_4_unattended_transfer(house: House) -> None:
    alice, bob, carol = await house.phones("anna", "bo", "cora")
    await talk(alice, "202", bob)
    await bob.holds()
    await bob.transfers("203")
    await bob.hears_of_transfer(100)
    await carol.rings(from_="201")
    await carol.answers()
    await bob.hears_of_transfer(200)
    await bob.is_hung_up()
    await both_hear(alice, carol)
    await ends(house, alice, carol)


@pytest.mark.covers("CALL-3")
async def test_2_5_attended_transfer(house: House) -> None:
    alice, bob, carol = await house.phones("anna", "bo", "cora")
    await talk(alice, "202", bob)
    first = bob.call
    await bob.holds(first)
    second = await talk(bob, "203", carol)
    await bob.holds(second)
    await bob.transfers("203", first, replacing=second)
    await bob.hears_of_transfer(200, first)
    await bob.is_hung_up(first)
    await bob.is_hung_up(second)
    await both_hear(alice, carol)
    assert [one.attended for one in house.happened(CallTransferred)] == [True]
    await ends(house, carol, alice)


@pytest.mark.covers("DIV-1", "CODE-7")
async def test_2_7_call_forwarding_unconditional(house: House) -> None:
    alice, bob, carol = await house.phones("anna", "bo", "cora")
    async with bob.calls("*21*203*"):
        await bob.fails(480)
    await talk(alice, "202", carol)
    await both_hear(alice, carol)
    await bob.does_not_ring()
    await ends(house, alice, carol)


@pytest.mark.covers("DIV-2", "CODE-16")
async def test_2_8_call_forwarding_busy(house: House) -> None:
    alice, bob, carol = await house.phones("anna", "bo", "cora")
    async with bob.calls("*61*203*"):
        await bob.fails(480)
    alice.dials("202")
    await bob.declines(486)
    await carol.answers()
    await alice.is_answered()
    await both_hear(alice, carol)
    await ends(house, carol, alice)


@pytest.mark.covers("DIV-2", "CODE-16")
async def test_2_9_call_forwarding_no_answer(house: House) -> None:
    alice, bob, carol = await house.phones("anna", "bo", "cora")
    async with bob.calls("*62*203*"):
        await bob.fails(480)
    alice.dials("202")
    await bob.rings()
    await carol.rings(within=60)
    await bob.stops_ringing()
    await carol.answers()
    await alice.is_answered()
    await both_hear(alice, carol)
    await ends(house, alice, carol)


@pytest.mark.covers("CALL-7")
async def test_2_10_three_way_conference_third_party_is_added(house: House) -> None:
    """The flow's phone becomes a focus; here it dials the code that has the server be one."""
    alice, bob, carol = await house.phones("anna", "bo", "cora")
    await talk(bob, "203", carol)
    await bob.holds()
    await talk(bob, "201", alice)
    await bob.holds()
    bob.dials("*71*")
    await bob.is_answered()
    await bob.pause(1)
    assert await who_hears_whom(alice, bob, carol) == {"anna": "bc", "bo": "ac", "cora": "ab"}
    await bob.hangs_up()
    await bob.pause(1)
    assert await who_hears_whom(alice, carol) == {"anna": "c", "cora": "a"}
    await ends(house, alice, carol)


@pytest.mark.covers("CALL-5", "CODE-15")
async def test_2_11_three_way_conference_third_party_joins(house: House) -> None:
    alice, bob, carol = await house.phones("anna", "bo", "cora")
    await talk(alice, "202", bob)
    joins = f"{bob.call.call_id};to-tag={bob.call.remote_tag};from-tag={bob.call.tag}"
    async with carol.calls("202", headers=[("Join", joins)]):
        await carol.fails(603)
    carol.dials("*68*202*")
    await carol.is_answered()
    await carol.pause(1)
    assert await who_hears_whom(alice, bob, carol) == {"anna": "bc", "bo": "ac", "cora": "ab"}
    await carol.hangs_up()
    await both_hear(alice, bob)
    await ends(house, alice, bob)


@pytest.mark.covers("RULE-3")
async def test_2_12_find_me(house: House) -> None:
    """One place after the other, and in the end all that were tried are left alone."""
    alice, bob, carol, dan = await house.phones("anna", "bo", "cora", "dan")
    alice.dials("204")
    await dan.rings()
    await carol.does_not_ring(within=4)
    await carol.rings(within=3)
    await dan.stops_ringing()
    await bob.rings(within=12)
    await carol.stops_ringing()
    await bob.answers()
    await alice.is_answered()
    await both_hear(alice, bob)
    await ends(house, alice, bob)


@pytest.mark.covers("RULE-1")
async def test_2_13_incoming_call_screening(house: House) -> None:
    alice, carol, dan = await house.phones("anna", "cora", "dan")
    async with carol.calls("204"):
        await carol.fails(603)
    await dan.does_not_ring()
    await talk(alice, "204", dan)
    await both_hear(alice, dan)
    await ends(house, alice, dan)


@pytest.mark.covers("NUM-5")
async def test_2_14_outgoing_call_screening(house: House) -> None:
    (alice,) = await house.phones("anna")
    trunk = house.trunk()
    async with alice.calls("+4590001122"):
        await alice.fails(403)
    assert trunk.calls_got == []
    alice.dials("+4533123456")
    await trunk.answers()
    await alice.is_answered()
    await ends(house, alice, trunk)


@pytest.mark.covers("CALL-4", "CODE-13")
async def test_2_15_call_park(house: House) -> None:
    alice, bob, carol = await house.phones("anna", "bo", "cora")
    await talk(alice, "202", bob)
    await bob.holds()
    await bob.transfers("*85*")
    await bob.hears_of_transfer(200)
    await bob.is_hung_up()
    carol.dials("*86*202*")
    await carol.is_answered()
    await both_hear(alice, carol)
    await ends(house, alice, carol)


@pytest.mark.covers("CALL-4", "PRES-6")
async def test_2_16_call_pickup(house: House) -> None:
    """Bill sees Bob's phone ring, and takes the dialog over that his lamp shows."""
    alice, bob = await house.phones("anna", "bo")
    bill = gadget(house, "cora")
    lamp = await bill.subscribes("202", "dialog")
    alice.dials("202")
    await bob.rings()
    notify = await lamp.shows("early")
    (dialog,) = ElementTree.fromstring(notify.body).iter(f"{DIALOG}dialog")
    call_id, local, remote = (dialog.get(name) for name in ("call-id", "local-tag", "remote-tag"))
    bill.dials("202", headers=[("Replaces", f"{call_id};to-tag={remote};from-tag={local};early-only")])
    await bill.is_answered()
    await alice.is_answered()
    await bob.stops_ringing(reason="Call completed elsewhere")
    await both_hear(alice, bill)
    await alice.hangs_up()
    await bill.is_hung_up()


@pytest.mark.covers("PRES-5", "PRES-6")
async def test_2_17_automatic_redial(house: House) -> None:
    """Alice finds Bob busy, watches him, and calls again when he has hung up."""
    bob, carol = await house.phones("bo", "cora")
    alice = gadget(house, "anna")
    await talk(carol, "202", bob)
    talks = bob.call
    alice.dials("202")
    await bob.declines(486)
    await alice.fails(486)
    lamp = await alice.subscribes("202", "dialog")
    await lamp.shows("confirmed")
    await carol.hangs_up()
    await bob.is_hung_up(talks)
    await lamp.shows("terminated")
    await talk(alice, "202", bob)
    await both_hear(alice, bob)
    await alice.hangs_up()
    await bob.is_hung_up()


@pytest.mark.covers("CALL-3")
async def test_2_18_no_click_to_dial(house: House) -> None:
    alice = gadget(house, "anna")
    (bob,) = await house.phones("bo")
    final = await alice.asks("REFER", alice.uri_of("202"), headers=[("Refer-To", f"<{alice.uri_of('203')}>")])
    assert final.status == 403
    await bob.does_not_ring()
