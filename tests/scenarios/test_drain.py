"""A server that drains: what runs goes on, what is new goes elsewhere."""

from __future__ import annotations

import asyncio

import pytest

from pbxd.events import ServerDraining
from pbxd.standing import problems
from tests.scenarios.test_replaces import means, talk
from tests.support.house import House

pytestmark = pytest.mark.covers("REL-3")


async def test_running_calls_go_on_and_new_ones_are_sent_elsewhere(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    done: list[bool] = []
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        assert problems(house.server) == []
        assert house.server.drain(60, lambda: done.append(True)) == 1
        [said] = house.happened(ServerDraining)
        assert (said.calls, said.seconds) == (1, 60)
        assert "takes no new calls" in problems(house.server)[0]
        refused = await cora.fails(503, cora.dials("201"))
        assert refused.headers.get("Retry-After") == "5"
        await cora.sends("OPTIONS", expect=503)
        await cora.registers()
        await anna.holds(call)
        assert not done
    await house.settles()
    assert len(done) == 1


async def test_without_calls_it_is_done_at_once(house: House) -> None:
    done: list[bool] = []
    assert house.server.drain(60, lambda: done.append(True)) == 0
    assert len(done) == 1


async def test_it_waits_no_longer_than_it_was_told_last(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    done: list[bool] = []
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        house.server.drain(3600, lambda: done.append(True))
        house.server.drain(60, lambda: done.append(True))
        await asyncio.sleep(59)
        assert not done
        await asyncio.sleep(2)
        assert len(done) == 1


async def test_help_is_called_and_calls_move_while_it_drains(house: House) -> None:
    anna, bo, cora, soft = await house.phones("anna", "bo", "cora", "anna-soft")
    trunk = house.trunk()
    await talk(anna, "202", bo)
    talking = anna.call
    house.server.drain(60, lambda: None)
    async with cora.calls("112"):
        await trunk.answers()
        await cora.is_answered()
    moved = soft.dials("201", headers=[means(talking)])
    await soft.is_answered(moved)
    await soft.hangs_up(moved)
