"""Virtual time for what waits; databases have threads, and so the loop of the operating system's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from tests.support.loop import VirtualClockLoop

IN_VIRTUAL_TIME = {"test_group.py"}


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """pytest-asyncio's hook: which loops to run a test on."""
    virtual = item.path.name in IN_VIRTUAL_TIME
    return {"virtual": VirtualClockLoop} if virtual else {"system": asyncio.new_event_loop}
