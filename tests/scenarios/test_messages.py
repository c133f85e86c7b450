"""Short messages: stored before they are accepted, delivered in order to every device, none twice (CALL-11)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pbxd.calls import messages
from pbxd.events import MessageAccepted, MessageDelivered, MessageExpired, MessageKept
from pbxd.store import StoreError
from tests.support.gadget import Gadget, gadget
from tests.support.house import House

pytestmark = pytest.mark.covers("CALL-11")


async def registered(house: House, *names: str) -> list[Gadget]:
    found = [gadget(house, name) for name in names]
    for one in found:
        await one.registers(3600)
    return found


async def test_a_message_reaches_every_device(house: House) -> None:
    anna, soft, bo = await registered(house, "anna", "anna-soft", "bo")
    assert (await bo.writes("201", "Lunch?")).status == 202
    (request,) = await anna.gets_messages("Lunch?")
    await soft.gets_messages("Lunch?")
    assert (request.from_.display, str(request.from_.uri)) == ("Bo Lind", "sip:202@house.example")
    assert request.headers.get("Content-Type") == "text/plain;charset=UTF-8"
    assert "Date" in request.headers
    await bo.pause(5)
    assert len(house.server.messages) == 0
    assert house.store.messages.rows == {}
    assert {delivered.device for delivered in house.happened(MessageDelivered)} == {"anna-desk", "anna-soft"}
    await house.settles()


async def test_messages_wait_for_somebody_who_is_away_and_come_in_order(house: House) -> None:
    (bo,) = await registered(house, "bo")
    for text in ("one", "two", "three"):
        assert (await bo.writes("201", text)).status == 202
    anna = gadget(house, "anna")
    await anna.registers()
    await anna.gets_messages("one", "two", "three")
    await anna.registers()
    await anna.pause(5)
    assert anna.texts == ["one", "two", "three"]
    assert house.store.messages.rows == {}


async def test_a_message_is_not_delivered_after_its_time(house: House) -> None:
    (bo,) = await registered(house, "bo")
    await bo.writes("201", "for ten minutes", headers=[("Expires", "600")])
    await bo.writes("201", "for an hour", headers=[("Expires", "3600")])
    await bo.writes("201", "for now", headers=[("Expires", "0")])
    await bo.pause(1800)
    anna = gadget(house, "anna")
    await anna.registers()
    (request,) = await anna.gets_messages("for an hour")
    assert request.expires == pytest.approx(1800, abs=2)
    assert [expired.recipient for expired in house.happened(MessageExpired)] == ["anna", "anna"]
    await anna.pause(5)
    assert house.store.messages.rows == {}


async def test_nothing_waits_for_ever(house: House) -> None:
    (bo,) = await registered(house, "bo")
    await bo.writes("201", "are you there?")
    await house.stop()
    rows = house.store.messages.rows
    assert rows[1].expires == pytest.approx(rows[1].sent + messages.KEPT, abs=1)
    rows[1] = replace(rows[1], expires=rows[1].sent)
    await house.start()
    assert len(house.server.messages) == 0
    await bo.pause(1)
    assert house.store.messages.rows == {}


async def test_a_message_for_now_reaches_who_is_there(house: House) -> None:
    anna, bo = await registered(house, "anna", "bo")
    await bo.writes("201", "now", headers=[("Expires", "0")])
    await anna.gets_messages("now")


@pytest.mark.covers("REL-2")
async def test_messages_wait_over_a_restart(house: House) -> None:
    (bo,) = await registered(house, "bo")
    await bo.writes("201", "still there")
    await house.stop()
    await house.start()
    await bo.writes("201", "and this")
    anna = gadget(house, "anna")
    await anna.registers()
    await anna.gets_messages("still there", "and this")


async def test_a_silent_phone_gets_its_messages_when_it_registers_again(house: House) -> None:
    anna, bo = await registered(house, "anna", "bo")
    anna.answers_message = None
    await bo.writes("201", "one")
    await bo.writes("201", "two")
    await bo.pause(40)
    assert [kept.status for kept in house.happened(MessageKept)] == [408]
    anna.answers_message = 200
    anna.messages.clear()
    await anna.registers()
    await anna.gets_messages("one", "two")


async def test_a_phone_that_takes_no_messages_keeps_none_from_another(house: House) -> None:
    anna, bo = await registered(house, "anna", "bo")
    anna.answers_message = 405
    await bo.writes("201", "one")
    await bo.writes("201", "two")
    await bo.pause(2)
    assert anna.texts == ["one", "two"]
    await anna.registers()
    await anna.pause(2)
    assert anna.texts == ["one", "two"], "asked once, not at every REGISTER"
    (soft,) = await registered(house, "anna-soft")
    await soft.gets_messages("one", "two")


async def test_one_device_taking_it_is_enough(house: House) -> None:
    anna, bo = await registered(house, "anna", "bo")
    anna.answers_message = 480
    (soft,) = await registered(house, "anna-soft")
    await bo.writes("201", "one")
    await soft.gets_messages("one")
    await soft.pause(2)
    anna.answers_message = 200
    anna.messages.clear()
    await anna.registers()
    await anna.pause(2)
    assert anna.texts == []


async def test_no_202_before_it_is_on_disk(house: House) -> None:
    anna, bo = await registered(house, "anna", "bo")
    house.store.messages.failure = StoreError("disk full")
    assert (await bo.writes("201", "lost")).status == 500
    await bo.pause(2)
    assert anna.texts == []
    assert len(house.server.messages) == 0


async def test_bounds(house: House) -> None:
    (bo,) = await registered(house, "bo")
    assert (await bo.writes("201", "x" * (messages.MAX_BODY + 1))).status == 413
    assert (await bo.writes("201", "<b>", content_type="text/html")).status == 415
    assert (await bo.writes("201", "")).status == 400
    assert (await bo.writes("299", "nobody")).status == 404
    bo.habits.preemptive = True
    for number in range(messages.MAX_WAITING):
        assert (await bo.writes("201", f"{number}")).status == 202
    assert (await bo.writes("201", "one too many")).status == 480


@pytest.mark.covers("SEC-1")
async def test_a_stranger_writes_to_nobody(house: House) -> None:
    (anna,) = await registered(house, "anna")
    bo = gadget(house, "bo")
    bo.credentials.password = "guess"
    assert (await bo.writes("201", "spam")).status == 401
    await bo.pause(2)
    assert anna.texts == []


async def test_what_is_said_is_in_no_event(house: House) -> None:
    _, bo = await registered(house, "anna", "bo")
    await bo.writes("201", "between us")
    await bo.pause(2)
    (accepted,) = house.happened(MessageAccepted)
    assert (accepted.recipient, accepted.size, accepted.waiting) == ("anna", 10, 1)
    assert "between us" not in str(house.events)
