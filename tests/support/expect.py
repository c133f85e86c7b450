"""Waiting for something to become true, on virtual time, with a failure that shows what happened instead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Unmet(AssertionError):
    """What a test expected did not happen in time."""


class Watch:
    """Tells those who wait that something changed; ``explain`` writes the story so far for a failure."""

    def __init__(self, explain: Callable[[], str] = lambda: "") -> None:
        self._explain = explain
        self._waiting: list[Callable[[], None]] = []

    def changed(self) -> None:
        """Something happened: look again."""
        for look in tuple(self._waiting):
            look()

    async def until(self, find: Callable[[], T | None], what: str, within: float) -> T:
        """Wait until ``find`` returns something true, and return that. Raises :class:`Unmet` after ``within`` s."""
        found = find()
        if found:
            return found
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def look() -> None:
            if not future.done() and (found := find()):
                future.set_result(found)

        def late() -> None:
            if not future.done():
                future.set_exception(Unmet(f"{what}: not within {within:g} s\n{self._explain()}"))

        self._waiting.append(look)
        timer = loop.call_later(within, late)
        try:
            return await future
        finally:
            timer.cancel()
            self._waiting.remove(look)

    def fail(self, what: str) -> Unmet:
        """An :class:`Unmet` to raise, with the story so far."""
        return Unmet(f"{what}\n{self._explain()}")
