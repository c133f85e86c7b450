"""However many ask the HTTP process, the server is asked once a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from pbxd.api.upstream import ControlError, Upstream
from pbxd.control import ControlServer, Result


class Server:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def health(self) -> Result:
        self.asked += 1
        return {"ready": True, "asked": self.asked}


class Time:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server()
    control = ControlServer(tmp_path / "control.sock", {"health": server.health})
    await control.start()
    yield server
    control.close()


async def test_answers_are_shared_for_a_second(server: Server, tmp_path: Path) -> None:
    time = Time()
    upstream = Upstream(tmp_path / "control.sock", time)
    answers = await asyncio.gather(*(asyncio.to_thread(upstream.ask, "health") for _ in range(20)))
    assert {found["asked"] for found in answers} == {1}
    time.now += 1.0
    assert (await asyncio.to_thread(upstream.ask, "health"))["asked"] == 2


async def test_nobody_answers(tmp_path: Path) -> None:
    upstream = Upstream(tmp_path / "control.sock", Time())
    for _ in range(2):
        with pytest.raises(ControlError, match="no pbxd is running"):
            await asyncio.to_thread(upstream.ask, "health")
