"""Queues as wallboards see them, and agents whom operators and programs log in and out (QUE-2, QUE-12)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from pbxd.commands.board import lines
from pbxd.errors import PbxdError
from pbxd.queues.operation import AT_MOST, GATHER, NotAllowed, QueueOrders
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork

QUEUES = """\
queues:
  - {name: support, number: "250", code: "50", agents: [{user: anna}, {user: bo}], supervisors: [cora], wrap_up: 5s}
  - {name: sales, number: "251", code: "51", agents: [{user: anna}]}
"""


@pytest_asyncio.fixture
async def served(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    """The house with two queues, one of which Cora supervises."""
    async with House(configure(tmp_path, organization=ORGANIZATION + QUEUES), network, clock) as house:
        yield house


def orders(house: House) -> QueueOrders:
    return QueueOrders(house.server.distribution, lambda: house.server.configuration)


async def support(house: House) -> dict[str, Any]:
    found = await orders(house).live()
    return next(queue for queue in found["queues"] if queue["queue"] == "support")


def does(queue: dict[str, Any]) -> dict[str, str]:
    return {agent["user"]: agent["state"] for agent in queue["agents"]}


@pytest.mark.covers("QUE-12")
async def test_what_a_wallboard_shows(served: House) -> None:
    anna, bo, cora, dan = await served.phones("anna", "bo", "cora", "dan")
    board = orders(served)
    assert does(await support(served)) == {"anna": "logged-out", "bo": "logged-out"}
    dan.dials("250")
    await dan.is_answered()
    await dan.pause(65)
    waits = await support(served)
    assert (waits["waiting"], waits["serving"], waits["calls"][0]["name"]) == (1, 0, "Dan Skov")
    assert waits["longest"] == pytest.approx(65, abs=1)
    assert list(lines({"queues": [waits]})) == [
        "queue    waiting  longest  callbacks  serving  free  talking  ringing  wrap-up  paused",
        "support        1     1:05          0        0     0        0        0        0       0",
        "  support 1. Dan Skov 204, 1:05",
    ]
    await board.agent("anna", "log-in", ["support"])
    await anna.rings()
    rung = await support(served)
    assert (does(rung)["anna"], rung["calls"][0]["rings"]) == ("ringing", ["anna"])
    await anna.answers()
    talks = await support(served)
    assert (talks["waiting"], talks["serving"], talks["free"], does(talks)["anna"]) == (0, 1, 0, "talking")
    await anna.hangs_up()
    await dan.is_hung_up()
    assert does(await support(served))["anna"] == "wrap-up"
    await anna.pause(5)
    assert does(await support(served))["anna"] == "free"
    anna.dials("203")
    await cora.answers()
    await anna.is_answered()
    assert does(await support(served))["anna"] == "in-a-call"
    await anna.hangs_up()
    await board.agent("anna", "pause")
    assert does(await support(served))["anna"] == "paused"
    assert bo.calls_got == []
    await served.settles()


@pytest.mark.covers("QUE-12")
async def test_who_watches_is_told_of_changes_and_now_and_then_of_nothing(served: House) -> None:
    board, loop = orders(served), asyncio.get_running_loop()
    version = (await board.live())["version"]
    began = loop.time()
    assert (await board.live(after=version))["version"] == version
    assert loop.time() - began == pytest.approx(AT_MOST)
    loop.call_later(1.0, served.server.distribution.run, "house", lambda acd, now: acd.wake(now))
    began = loop.time()
    assert (await board.live(after=version))["version"] > version
    assert loop.time() - began == pytest.approx(1.0 + GATHER)


@pytest.mark.covers("QUE-2")
async def test_who_may_log_in_whom(served: House) -> None:
    board = orders(served)
    found = await board.agent("anna", "log-in", by="anna")
    assert (found["queues"], found["paused"]) == (["sales", "support"], False)
    assert (await board.agent("anna", "log-out", ["support"], by="cora"))["queues"] == ["sales"]
    for by, queues in (("cora", ["sales"]), ("bo", ["support"]), ("cora", None), ("nobody", ["support"])):
        with pytest.raises(NotAllowed):
            await board.agent("anna", "log-out", queues, by=by)
    for user, queues in (("bo", ["sales"]), ("anna", ["nosuch"]), ("dan", None), ("nobody", None)):
        with pytest.raises(PbxdError):
            await board.agent(user, "log-in", queues)


@pytest.mark.covers("QUE-12")
async def test_users_see_queues_that_they_serve_or_supervise(served: House) -> None:
    seen = {
        by: [one["queue"] for one in (await orders(served).live(by=by))["queues"]] for by in ("anna", "cora", "dan")
    }
    assert seen == {"anna": ["sales", "support"], "cora": ["support"], "dan": []}


async def test_nothing_to_see() -> None:
    assert list(lines({"queues": []})) == ["there are no queues"]
