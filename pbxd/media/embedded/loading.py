"""What sound needs beyond relaying, imported by a thread when it is needed first.

On the event loop the import would hold up every call for a fifth of a second. Commands that are given meanwhile wait,
so that all are carried out in the order in which they were given.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import sys
from collections import deque
from collections.abc import Callable
from functools import partial, wraps
from typing import Concatenate, Final, ParamSpec, Protocol, TypeVar

STUDIO: Final = "pbxd.media.embedded.studio"
"""The module that brings numpy and FFmpeg."""
_log = logging.getLogger("pbxd.media")


class Loading:
    """The import of one engine's studio."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] | None = None
        """``None`` before and after it is under way."""
        self._over = False
        self._ended = asyncio.Event()

    @property
    def under_way(self) -> bool:
        """Whether commands have to wait."""
        return self._waiting is not None

    def needed(self) -> bool:
        """Begin it, unless that was done; whether commands have to wait."""
        if not self._over and self._waiting is None:
            self._over = STUDIO in sys.modules
        if not self._over and self._waiting is None:
            self._waiting = deque()
            asyncio.get_running_loop().run_in_executor(None, _load).add_done_callback(self._loaded)
        return self.under_way

    def then(self, command: Callable[[], None]) -> None:
        """Have a command carried out after those that wait already."""
        if self._waiting is not None:
            self._waiting.append(command)

    async def over(self) -> None:
        """Wait until no command waits."""
        if self.under_way:
            await self._ended.wait()

    def _loaded(self, _: asyncio.Future[None]) -> None:
        self._over = True
        while self._waiting:  # what a command brings about comes after all that wait
            try:
                self._waiting.popleft()()
            except Exception:
                _log.exception("a command for sound failed")
        self._waiting = None
        self._ended.set()


def _load() -> None:
    with contextlib.suppress(ImportError):  # whoever needs it finds that again, and says so
        importlib.import_module(STUDIO)


class _Engine(Protocol):
    loading: Loading


E = TypeVar("E", bound=_Engine)
P = ParamSpec("P")
Command = Callable[Concatenate[E, P], None]


def in_order(command: Command[E, P]) -> Command[E, P]:
    """A command that waits while the import is under way."""

    @wraps(command)
    def given(engine: E, /, *args: P.args, **kwargs: P.kwargs) -> None:
        if engine.loading.under_way:
            engine.loading.then(partial(command, engine, *args, **kwargs))
        else:
            command(engine, *args, **kwargs)

    return given


def with_sound(command: Command[E, P]) -> Command[E, P]:
    """A command that waits for the import, which it begins where it is the first."""

    @wraps(command)
    def given(engine: E, /, *args: P.args, **kwargs: P.kwargs) -> None:
        if engine.loading.needed():
            engine.loading.then(partial(command, engine, *args, **kwargs))
        else:
            command(engine, *args, **kwargs)

    return given
