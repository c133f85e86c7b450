"""What the API reads from the database itself, beside the server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import HTTPException

from pbxd.store.archive import Archive
from pbxd.store.interface import StoreError

T = TypeVar("T")


async def archived(url: str, question: Callable[[Archive], Awaitable[T]]) -> T:
    """What the database says. Raises :class:`HTTPException` (503) where it can't be read."""
    try:
        async with Archive.open(url) as archive:
            return await question(archive)
    except StoreError as error:
        raise HTTPException(503, "the database can't be read just now", {"Retry-After": "5"}) from error
