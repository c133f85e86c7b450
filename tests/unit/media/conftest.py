"""Virtual time and a network in memory for everything below."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from pbxd.media.embedded import EmbeddedEngine
from tests.support.clock import VirtualClock
from tests.support.network import MemoryNetwork
from tests.support.plugin import clock, network, pytest_asyncio_loop_factories
from tests.unit.media.party import HOST, engine_on

__all__ = ["clock", "network", "pytest_asyncio_loop_factories"]


@pytest_asyncio.fixture
async def engine(network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[EmbeddedEngine]:
    made = engine_on(network, clock)
    await made.start()
    yield made
    await made.stop()
    assert HOST not in {address.host for address in network.bound()}
