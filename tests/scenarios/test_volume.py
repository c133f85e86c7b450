"""Many calls, one after the other and at once, and nothing is left of them: counted, not timed."""

from __future__ import annotations

import gc

import pytest

from pbxd.events import CallEnded
from tests.support.house import House


@pytest.mark.timeout(300)
async def test_a_thousand_calls_in_a_row_leave_nothing(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.habits.preemptive = True
    for i in range(1000):
        anna.dials("202")
        if i % 4 == 3:
            await bo.rings()
            await anna.cancels()
        else:
            await bo.answers()
            await anna.is_answered()
            await (anna if i % 2 else bo).hangs_up()
        forget(house)
    await house.settles(80)
    assert len(house.happened(CallEnded)) == 1000


@pytest.mark.timeout(300)
async def test_two_hundred_calls_at_once_leave_nothing(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.habits.preemptive = True
    calls = [anna.dials("202") for _ in range(200)]
    for _ in range(200):
        await bo.answers(waits_for_ack=False)
    for call in calls:
        await anna.is_answered(call)
    assert house.leftovers()["calls"] == 200
    for call in calls:
        call.hang_up()
    await house.settles(80)
    assert len(house.happened(CallEnded)) == 200


def forget(house: House) -> None:
    """Let go of what the phones and the network remember, so that only the server could leak."""
    for phone in (house.phone("anna"), house.phone("bo")):
        for call in (*phone.calls_made, *phone.calls_got):
            if call.state == "over" and not any(repeat for repeat in call.attempts if not repeat.final):
                call.stop()
        phone.calls_made[:] = phone.calls_made[-5:]
        phone.calls_got[:] = phone.calls_got[-5:]
        phone.received.clear()
    house.network.datagrams.clear()
    gc.collect(0)
