"""The list of recorded calls, and the files that it names: begun, ended, completed after a crash, deleted in time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pbxd.store.interface import StoreError
from pbxd.store.rows import RecordingRow

if TYPE_CHECKING:
    from pbxd.clock import Clock
    from pbxd.store.interface import RecordingStore

DAY: Final = 86_400.0
LOOKED: Final = 3_600.0
"""Seconds between two looks for what need not be kept any longer."""
HEADER: Final = 44
BYTES_PER_SECOND: Final = 2 * 2 * 16_000
"""Of a file with two channels, behind its header."""
_log = logging.getLogger("pbxd.recordings")


class Recordings:
    """What is recorded under ``directory``. Rows are written behind: a call never waits for the database."""

    def __init__(
        self,
        directory: Path,
        store: RecordingStore,
        clock: Clock,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self.directory = directory
        self._store = store
        self._clock = clock
        self._spawn = spawn
        self._timer: asyncio.TimerHandle | None = None

    async def restore(self) -> None:
        """After a start: complete the rows of what a crash ended, and look for what has expired from now on.

        Raises :class:`pbxd.store.StoreError`.
        """
        unfinished = await self._store.unfinished()
        if unfinished:
            now = self._clock.wall()
            self._save([replace(row, ended=now, seconds=self._seconds(row)) for row in unfinished])
        self._look_later()

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def begin(self, row: RecordingRow) -> Path:
        """Take a recording into the list; returns where it is to be written. Raises :class:`OSError`."""
        path = self.directory / row.path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._save([row])
        return path

    def end(self, row: RecordingRow, seconds: float) -> None:
        """A recording is complete; of one in which nothing was said, nothing is kept."""
        if seconds > 0:
            self._save([replace(row, ended=self._clock.wall(), seconds=seconds)])
        else:
            self._remove([row])

    def _look_later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(LOOKED, self._look)

    def _look(self) -> None:
        self._spawn(self._delete_expired())
        self._look_later()

    async def _delete_expired(self) -> None:
        try:
            expired = await self._store.expired(self._clock.wall())
        except StoreError as error:
            _log.warning("what recordings have expired is not known: %s", error)
            return
        if expired:
            await asyncio.to_thread(self._unlink, expired)
            self._remove(expired)

    def _unlink(self, rows: list[RecordingRow]) -> None:
        for row in rows:
            try:
                (self.directory / row.path).unlink(missing_ok=True)
            except OSError as error:
                _log.warning("%s can't be deleted: %s", row.path, error)

    def _seconds(self, row: RecordingRow) -> float:
        try:
            size = (self.directory / row.path).stat().st_size
        except OSError:
            return 0.0
        return max(0, size - HEADER) / BYTES_PER_SECOND

    def _save(self, rows: list[RecordingRow]) -> None:
        self._store.save(rows, [], _saved)

    def _remove(self, rows: list[RecordingRow]) -> None:
        self._store.save([], [row.id for row in rows], _saved)


def _saved(error: BaseException | None) -> None:
    if error is not None:
        _log.warning("the list of recordings is not up to date: %s", error)
