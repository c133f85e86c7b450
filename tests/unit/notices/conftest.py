"""Virtual time for everything below; what speaks to child processes or threads is among the interop tests."""

from __future__ import annotations

from tests.support.plugin import clock, network, pytest_asyncio_loop_factories

__all__ = ["clock", "network", "pytest_asyncio_loop_factories"]
