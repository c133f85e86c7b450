"""The clock on the wall jumps back an hour in the middle of a call: durations, order and bindings don't care."""

from __future__ import annotations

import pytest

from pbxd.cdr import call_record
from pbxd.events import CallArrived, CallEvent
from pbxd.store import Search
from tests.support.clock import VirtualClock
from tests.support.house import House

HOUR = 3600.0


@pytest.mark.covers("REL-4")
async def test_the_clock_jumps_back_an_hour_during_a_call(house: House, clock: VirtualClock) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await anna.pause(5)
        clock.set_wall(clock.wall() - HOUR)
        await anna.pause(5)
        await anna.hears(bo)
    await house.settles()
    async with bo.calls("201"):
        await anna.answers()
        await bo.is_answered()
    await house.settles()

    first, second = house.happened(CallArrived)
    assert second.at < first.at
    record = await house.store.calls.get(first.call)
    assert record is not None
    assert record.result == "answered"
    assert record.talk_seconds == pytest.approx(10, abs=1)
    assert record.seconds >= record.talk_seconds
    assert record.answered is not None
    assert record.ended is not None
    assert record.ended < record.answered, "moments are what the clock said, durations are not made of them"
    story = [event for event in await house.store.ledger.events(call=first.call) if isinstance(event, CallEvent)]
    assert story == [event for event in house.events if isinstance(event, CallEvent) and event.call == first.call]
    assert call_record(story) == record
    found = await house.store.calls.find(Search())
    assert [one.call for one in found] == [first.call, second.call], "the newest by the clock is first"
    assert {one.result for one in found} == {"answered"}
