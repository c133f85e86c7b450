"""What legs report to the call that owns them, in order."""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """A queue with one reader and a deadline.

    Putting never waits and wakes the reader without a task switch of its own; reading with a deadline costs one timer
    instead of a task, as :func:`asyncio.wait_for` would.
    """

    __slots__ = ("_items", "_waiter")

    def __init__(self) -> None:
        self._items: list[T] = []  # a few at most, and an empty deque takes ten times the memory
        self._waiter: asyncio.Future[None] | None = None

    def put(self, item: T) -> None:
        self._items.append(item)
        self._wake()

    async def next(self, *, until: float | None = None) -> T | None:
        """The next item, or ``None`` when none came before ``until`` (the loop's seconds)."""
        loop = asyncio.get_running_loop()
        while not self._items:
            if until is not None and loop.time() >= until:
                return None
            self._waiter = loop.create_future()
            timer = None if until is None else loop.call_at(until, self._wake)
            try:
                await self._waiter
            finally:
                self._waiter = None
                if timer is not None:
                    timer.cancel()
        return self._items.pop(0)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
