"""What a call leaves behind: nothing, and nothing for the garbage collector either."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from tests.support.house import House


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
async def test_an_answered_call_is_gone_by_reference_count(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        (call,) = house.server.exchange.calls.values()
        remembered = [weakref.ref(one) for one in (call, *call.legs)]
        del call
    await bo.is_hung_up()
    await anna.pause(1)
    assert [one() for one in remembered] == [None, None, None]


@pytest.mark.usefixtures("no_collector")
async def test_a_cancelled_call_is_gone_by_reference_count(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    call = anna.dials("202")
    await bo.rings()
    (running,) = house.server.exchange.calls.values()
    remembered = [weakref.ref(one) for one in (running, *running.legs)]
    del running
    await anna.cancels(call)
    await anna.pause(1)
    assert [one() for one in remembered] == [None, None, None]
