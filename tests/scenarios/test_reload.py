"""A reload while calls are being connected, and while they talk."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path
from weakref import ref

import pytest

from tests.support.house import ORGANIZATION, House, configure


@pytest.mark.covers("REL-3")
async def test_a_call_that_talks_lets_its_old_configuration_go(house: House, tmp_path: Path) -> None:
    anna, bo, cora, dan = await house.phones("anna", "bo", "cora", "dan")
    talks, rings = anna.dials("202"), cora.dials("204")
    await dan.rings()
    await bo.answers()
    await anna.is_answered(talks)
    (tmp_path / "new").mkdir()
    newest = configure(tmp_path / "new", organization=ORGANIZATION.replace("name: The House", "name: The New House"))
    house.server.install(newest)
    talking, ringing = house.server.exchange.calls.values()
    assert talking.facts.configuration is newest
    assert ringing.facts.configuration is house.configuration, "one routing pass goes by one configuration"
    gone = replace(newest, organizations={})
    house.server.install(gone)
    assert talking.facts.configuration is newest
    await cora.cancels(rings)
    await anna.hangs_up(talks)
    await house.settles()


@pytest.mark.covers("REL-3", "REL-5")
async def test_nothing_waits_for_the_garbage_collector(house: House, tmp_path: Path) -> None:
    """A reload hides what there is from the collector for good, and with it whatever refers to itself."""
    anna, bo = await house.phones("anna", "bo")
    coming = []
    for number in range(4):
        (tmp_path / str(number)).mkdir()
        text = ORGANIZATION.replace("name: The House", f"name: House {number}")
        coming.append(configure(tmp_path / str(number), organization=text))
    watched = [ref(configuration) for configuration in coming]
    gc.collect()
    gc.disable()
    try:
        while coming:
            call = anna.dials("202")
            await bo.rings()
            await bo.answers()
            await anna.is_answered(call)
            house.server.install(coming.pop())
            await anna.hangs_up(call)
        await house.settles()
        assert [configuration() is None for configuration in watched] == [False, True, True, True]
        assert gc.collect() == 0
    finally:
        gc.enable()
