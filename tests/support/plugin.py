"""What a ``conftest.py`` imports to run its asynchronous tests on virtual time and a network in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import pytest_asyncio

from tests.support.clock import VirtualClock
from tests.support.loop import VirtualClockLoop
from tests.support.network import MemoryNetwork

__all__ = ["clock", "network", "pytest_asyncio_loop_factories"]


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """pytest-asyncio's hook: which loops to run a test on."""
    return {"virtual": VirtualClockLoop}


@pytest_asyncio.fixture
async def clock() -> VirtualClock:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualClockLoop)
    return VirtualClock(loop)


@pytest_asyncio.fixture
async def network() -> AsyncIterator[MemoryNetwork]:
    memory = MemoryNetwork()
    yield memory
    memory.close()
