"""Virtual time, a network in memory and a house with a server for the tests that need a running server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.support.clock import VirtualClock
from tests.support.house import House, configure
from tests.support.network import MemoryNetwork
from tests.support.plugin import clock, network, pytest_asyncio_loop_factories

__all__ = ["clock", "house", "network", "pytest_asyncio_loop_factories"]


@pytest_asyncio.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    async with House(configure(tmp_path), network, clock) as house:
        yield house
