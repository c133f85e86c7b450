"""Many calls, one after the other and at once, and nothing is left of them: counted, not timed."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from pbxd.events import CallEnded
from tests.support.alive import objects
from tests.support.clock import VirtualClock
from tests.support.house import SETTINGS, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone

pytestmark = [pytest.mark.timeout(300), pytest.mark.covers("REL-5")]


@pytest_asyncio.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    settings = f"{SETTINGS}limits: {{calls_per_second: 1000}}\n"
    async with House(configure(tmp_path, settings=settings), network, clock) as house:
        yield house


class Talkers(NamedTuple):
    anna: Phone
    bo: Phone
    before: Counter[str]
    """What lives after one call, when every cache and pool is warm."""


@pytest_asyncio.fixture
async def talkers(house: House) -> AsyncIterator[Talkers]:
    anna, bo = await house.phones("anna", "bo")
    anna.habits.preemptive = True
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
    await house.settles(80)
    forget(house)
    yield Talkers(anna, bo, objects())


async def test_a_thousand_calls_in_a_row_leave_nothing(house: House, talkers: Talkers) -> None:
    anna, bo, before = talkers
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
    assert len(house.happened(CallEnded)) == 1001
    assert objects() - before == Counter()


async def test_two_hundred_calls_at_once_leave_nothing(house: House, talkers: Talkers) -> None:
    anna, bo, before = talkers
    calls = [anna.dials("202") for _ in range(200)]
    for _ in range(200):
        await bo.answers(waits_for_ack=False)
    for call in calls:
        await anna.is_answered(call)
    living = house.leftovers()
    assert (living["calls"], living["sessions"], living["ports"]) == (200, 400, 400)
    assert objects()["pbxd.calls.call.Call"] == 200, "what is counted below is counted at all"
    for call in calls:
        call.hang_up()
    await house.settles(80)
    assert len(house.happened(CallEnded)) == 201
    forget(house)
    assert objects() - before == Counter()


def forget(house: House) -> None:
    """Let go of what the phones and the network remember, so that only the server could leak."""
    for phone in (house.phone("anna"), house.phone("bo")):
        phone.forget()
    house.network.datagrams.clear()
