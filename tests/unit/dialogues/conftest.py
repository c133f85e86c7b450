"""Virtual time, and a mailroom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.support.mailroom import Post, post_office
from tests.support.plugin import pytest_asyncio_loop_factories

__all__ = ["post", "pytest_asyncio_loop_factories"]


@pytest_asyncio.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    async with post_office(tmp_path) as post:
        yield post
