"""Fax by T.38 (CALL-9): passed on to a peer that takes it, refused otherwise; back to sound, and glare."""

from __future__ import annotations

import pytest

from pbxd.events import LegFax
from pbxd.sip.message import Response
from tests.support.attempt import Attempt
from tests.support.house import SERVER, House
from tests.support.phone import Phone
from tests.support.sound import Style, read

pytestmark = pytest.mark.covers("CALL-9")


async def machines(house: House, *names: str) -> list[Phone]:
    """Registered phones that take a fax."""
    found = [house.phone(name, style=Style(faxes=True)) for name in names]
    for phone in found:
        await phone.registers(3600)
    return found


async def talk(caller: Phone, number: str, callee: Phone) -> None:
    caller.dials(number)
    await callee.answers()
    await caller.is_answered()


async def answer_to(phone: Phone, attempt: Attempt) -> Response:
    return await phone.watch.until(lambda: attempt.final, f"an answer to {phone.name}'s {attempt.method}", 40)


async def begins_fax(phone: Phone) -> Response:
    return await answer_to(phone, phone.call.request("INVITE", body=phone.call.sound.fax_offer()))


def datagram(sequence: int) -> bytes:
    return sequence.to_bytes(2, "big") + b"page"


async def gets_fax(one: Phone, other: Phone, sequence: int) -> None:
    """A datagram of the other one's comes, from our own port."""
    other.call.sound.faxes(datagram(sequence))
    found = one.call.sound.faxed
    await one.watch.until(lambda: datagram(sequence) in found, f"{one.name} gets the fax", 1)


@pytest.mark.parametrize("sender", ["anna", "bo"])
async def test_a_fax_and_sound_again(house: House, sender: str) -> None:
    phones = anna, bo = await machines(house, "anna", "bo")
    one, other = phones if sender == "anna" else reversed(phones)
    await talk(anna, "202", bo)
    await one.hears(other)
    final = await begins_fax(one)
    assert final.status == 200
    (line,) = read(final.body)
    assert (line.kind, line.protocol, line.host) == ("image", "udptl", SERVER.host), "between them are our own ports"
    assert f"a=T38Vendor:{other.call.sound.speaker}".encode() in final.body, "the answer is the far end's"
    offer = [request for request in other.call.requests if request.method == "INVITE"][-1]
    assert f"a=T38Vendor:{one.call.sound.speaker}".encode() in offer.body
    await gets_fax(one, other, 0)
    await gets_fax(other, one, 0)
    await gets_fax(other, one, 1)
    assert [(event.party, event.fax) for event in house.happened(LegFax)] == [
        (f"{other.name}-desk", True),
        (f"{one.name}-desk", True),
    ]
    again = await answer_to(other, other.call.reoffer())
    assert (again.status, read(again.body)[0].kind) == (200, "audio")
    await one.hears(other)
    await other.hears(one)
    assert len(house.happened(LegFax)) == 4
    await anna.hangs_up()
    await bo.is_hung_up()
    await house.settles()


async def test_a_peer_that_takes_none(house: House) -> None:
    """488 at both ends, and the G.711 of before goes on."""
    (anna,) = await machines(house, "anna")
    bo = house.phone("bo")
    await bo.registers()
    await talk(anna, "202", bo)
    final = await begins_fax(anna)
    assert final.status == 488
    await anna.hears(bo)
    await bo.hears(anna)
    assert house.happened(LegFax) == []
    await anna.hangs_up()
    await house.settles()


async def test_both_begin_at_once(house: House) -> None:
    """One of them gets 491, as any two offers that cross."""
    anna, bo = await machines(house, "anna", "bo")
    await talk(anna, "202", bo)
    attempts = [phone.call.request("INVITE", body=phone.call.sound.fax_offer()) for phone in (anna, bo)]
    finals = [await answer_to(phone, attempt) for phone, attempt in zip((anna, bo), attempts, strict=True)]
    assert 491 in {final.status for final in finals}
    await anna.pause(5)
    assert (await begins_fax(bo)).status == 200
    await gets_fax(anna, bo, 0)
    await anna.hangs_up()
    await house.settles()


async def test_a_fax_that_is_transferred_to_a_phone(house: House) -> None:
    """Who remains is offered sound again."""
    anna, bo = await machines(house, "anna", "bo")
    (cora,) = await house.phones("cora")
    await talk(anna, "202", bo)
    assert (await begins_fax(bo)).status == 200
    await bo.transfers("203")
    await cora.answers()
    await bo.is_hung_up()
    await anna.watch.until(lambda: anna.call.sound.fax is None, "anna is offered sound", 5)
    await anna.hears(cora)
    await cora.hears(anna)
    await anna.hangs_up()
    await house.settles()
