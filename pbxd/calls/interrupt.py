"""Hang-up is cancellation: the one place where what a call does is ended from outside.

A treatment runs in a child task of its own. To interrupt it, the reason is stored and the child is cancelled; the
call's task waits for the child with :func:`asyncio.wait` and never has to tell its own cancellation from the child's.
Scopes built on ``uncancel`` and ``cancelling`` confuse the two when both happen in one wake-up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

T = TypeVar("T")

STUBBORN = 1.0
"""Seconds after which a child that swallowed its cancellation is cancelled again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectGone:
    """The party whose call this is has left."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown:
    """The server stops, or an operator hung the call up."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The parties talked, and are gone without a word."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded:
    """Those who were in it go on in another call, or need it no more."""

    reason: str


Why: TypeAlias = SubjectGone | Shutdown | Lost | Superseded


@dataclass(frozen=True, slots=True)
class Interrupted:
    """What :meth:`Interruptible.run` returns instead of the coroutine's value."""

    why: Why


@dataclass(frozen=True, slots=True)
class Finished(Generic[T]):
    """The coroutine ran to its end."""

    value: T


class Interruptible:
    """Runs coroutines one after the other, until it is interrupted once and for all."""

    __slots__ = ("_child", "_insisting", "_swallowed", "_told", "why")

    def __init__(self, swallowed: Callable[[str], None]) -> None:
        """``swallowed`` is told of a coroutine that ignored its cancellation, which is a bug in it."""
        self._swallowed = swallowed
        self._child: asyncio.Task[Any] | None = None
        self._insisting: asyncio.TimerHandle | None = None
        self._told = False
        """Whether the child was there to be cancelled; one that was done before has ignored nothing."""
        self.why: Why | None = None
        """Why it was interrupted; ``None`` as long as it was not."""

    def interrupt(self, why: Why) -> None:
        """End what runs now, and whatever would run later. Only the first reason counts."""
        if self.why is None:
            self.why = why
            if self._child is not None:
                self._cancel(self._child)

    async def run(self, coroutine: Coroutine[Any, Any, T]) -> Finished[T] | Interrupted:
        """Run ``coroutine`` in a child task; its exceptions come through, its cancellation becomes a value.

        It never outlives this call: where our own task is cancelled, :class:`asyncio.CancelledError` is raised once
        the child is done, unless that ends with an exception of its own.
        """
        if self.why is not None:
            coroutine.close()
            return Interrupted(self.why)
        child: asyncio.Task[T] = asyncio.get_running_loop().create_task(coroutine)
        self._child, self._told = child, False
        cancelled: asyncio.CancelledError | None = None
        while not child.done():
            try:
                await asyncio.wait([child])
            except asyncio.CancelledError as error:
                cancelled = error
                self._cancel(child)
        self._child = None
        if self._insisting is not None:
            self._insisting.cancel()
        return self._judge(child, cancelled)

    def _judge(self, child: asyncio.Task[T], cancelled: asyncio.CancelledError | None) -> Finished[T] | Interrupted:
        if not child.cancelled():
            value = child.result()  # an exception on the way out is a bug like any other, and must be seen
            if self._told:
                self._swallowed(str(child.get_coro()))
            elif self.why is None and cancelled is None:
                return Finished(value)
        if cancelled is not None:
            raise cancelled
        if self.why is None:
            raise RuntimeError(f"{child.get_coro()} cancelled itself")
        return Interrupted(self.why)

    def _cancel(self, child: asyncio.Task[Any]) -> None:
        self._told |= child.cancel()
        if self._insisting is not None:
            self._insisting.cancel()
        self._insisting = asyncio.get_running_loop().call_later(STUBBORN, self._insist, child)

    def _insist(self, child: asyncio.Task[Any]) -> None:
        if not child.done():
            self._swallowed(str(child.get_coro()))
            self._cancel(child)
