"""Virtual time and a network in memory for everything below."""

from __future__ import annotations

from tests.support.plugin import clock, network, pytest_asyncio_loop_factories

__all__ = ["clock", "network", "pytest_asyncio_loop_factories"]
