"""An event loop whose time is ours: where nothing is ready it jumps to the next timer instead of sleeping.

It notices deadlocks, too: a test that waits while nothing (or only housekeeping) is scheduled fails at once and says
which tasks were waiting where.
"""

from __future__ import annotations

import asyncio
import heapq
import io
import itertools
import selectors
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Executor
from contextvars import Context
from enum import Enum, auto
from typing import Any, TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

START = 1_000.0
"""First value of ``time()``, in seconds. Not 0, so that nobody takes "no time" for "falsy"."""


class Deadlock(AssertionError):
    """The test waits for something that can't come any more."""


class Idle(Enum):
    """What to do while no callback is ready to run."""

    ADVANCE = auto()
    WAIT_FOR_THREAD = auto()
    RETURN = auto()


class _JumpingSelector(selectors.DefaultSelector):
    """Polls without ever sleeping; time passes here and nowhere else."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.idle: Callable[[bool], Idle] = lambda _: Idle.ADVANCE

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        idle = self.idle(timeout is not None)
        if idle is Idle.WAIT_FOR_THREAD:
            return super().select(None)  # real time passes, virtual time stands still
        if idle is Idle.ADVANCE and timeout is not None:
            self.now += timeout
        return ready


class VirtualClockLoop(asyncio.SelectorEventLoop):
    """An asyncio loop on virtual time, for tests.

    Time stands still while callbacks run and while executor work is pending. Timers whose callback is marked by
    :meth:`background` don't keep a test alive: when no other timer is left and a test waits, :class:`Deadlock` is
    raised in it, at its ``await``.
    """

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        self._jumping.idle = self._idle
        self._in_executor = 0
        self._housekeeping: set[str] = set()
        self._foreground: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._serial = itertools.count()
        self._waiting: asyncio.Future[Any] | None = None
        self._deadlock = ""
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def works(self, seconds: float) -> None:
        """Let time pass while a callback runs: what the loop has to do besides comes that much later."""
        self._jumping.now += seconds

    def background(self, *qualified_names: str) -> None:
        """Mark every timer whose callback has one of these ``__qualname__`` as housekeeping."""
        self._housekeeping.update(qualified_names)

    def timers(self) -> list[asyncio.TimerHandle]:
        """Timers that are scheduled and not housekeeping, soonest first (a leak check reads it)."""
        return [handle for _, _, handle in sorted(self._foreground) if self._is_live(handle)]

    def call_at(
        self, when: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = super().call_at(when, callback, *args, context=context)
        if getattr(callback, "__qualname__", "") not in self._housekeeping:
            heapq.heappush(self._foreground, (when, next(self._serial), handle))
        return handle

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        future: asyncio.Future[T] = super().run_in_executor(executor, func, *args)
        self._in_executor += 1
        future.add_done_callback(self._executor_done)
        return future

    async def shutdown_default_executor(self, *args: Any) -> None:
        self._in_executor += 1  # a thread of its own waits for the others
        try:
            await super().shutdown_default_executor(*args)
        finally:
            self._in_executor -= 1

    def run_until_complete(self, future: Generator[Any, None, T] | Awaitable[T]) -> T:
        assert isinstance(future, Awaitable)  # typeshed lets old generators in here
        task: asyncio.Future[T] = (
            future if isinstance(future, asyncio.Future) else self.create_task(_as_coroutine(future))
        )
        outer, self._waiting = self._waiting, task
        try:
            return super().run_until_complete(task)
        except asyncio.CancelledError as error:
            if not self._deadlock:
                raise
            raise Deadlock(self._deadlock) from error
        finally:
            self._waiting, self._deadlock = outer, ""

    def _is_live(self, handle: asyncio.TimerHandle) -> bool:
        return not handle.cancelled() and handle.when() > self.time()

    def _executor_done(self, _future: asyncio.Future[Any]) -> None:
        self._in_executor -= 1

    def _idle(self, timers: bool) -> Idle:
        if self._in_executor:
            return Idle.WAIT_FOR_THREAD
        while self._foreground and not self._is_live(self._foreground[0][2]):
            heapq.heappop(self._foreground)
        if timers and self._foreground:
            return Idle.ADVANCE
        self._stuck()
        return Idle.RETURN

    def _stuck(self) -> None:
        """Throw the news into whoever waits; where that was tried before, give up on the whole loop."""
        if self._waiting is None or self._waiting.done():
            return
        first, self._deadlock = not self._deadlock, self._describe()
        if not first or not self._waiting.cancel(self._deadlock):
            raise Deadlock(self._deadlock)

    def _describe(self) -> str:
        text = io.StringIO()
        text.write(
            f"deadlock at {self.time() - START:.3f} s: the test waits, and nothing that could wake it is scheduled"
        )
        for task in asyncio.all_tasks(self):
            text.write("\n")
            task.print_stack(file=text)
        return text.getvalue()


async def _as_coroutine(awaitable: Awaitable[T]) -> T:
    return await awaitable
