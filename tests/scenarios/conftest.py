"""Virtual time, a network in memory and a house with a server for everything below."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.clock import VirtualClock
from tests.support.house import House, configure
from tests.support.network import MemoryNetwork
from tests.support.plugin import clock, network, pytest_asyncio_loop_factories
from tests.support.scene import Scene

__all__ = ["clock", "house", "network", "pytest_asyncio_loop_factories", "scene"]


@pytest_asyncio.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    async with House(configure(tmp_path), network, clock) as house:
        yield house


@pytest.fixture
def scene(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> Iterator[Scene]:
    scene = Scene(tmp_path, network, clock)
    yield scene
    scene.close()
