"""The processes that read calendars, from outside: one calendar at a time each, and ended where that takes too long.

A child is ``python -m pbxd.calendars.sources``. One line of JSON each way for a calendar and what is in it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from typing import Final

from pbxd.calendars.fetching import Failed, Outcome, Unreachable, Wanted, outcome_from_data, wanted_as_data

MODULE: Final = "pbxd.calendars.sources"
AT_ONCE: Final = 2
"""Children at the most: whoever waits for a slow server does not hold up all others."""
WITHIN: Final = 60.0
"""Seconds for one calendar; the child gives up well before, if it still can."""
MAX_LINE: Final = 1 << 20


class Children:
    """A :class:`pbxd.calendars.fetching.Fetcher` by child processes, which are started when there is work for them."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)
        self._idle: list[asyncio.subprocess.Process] = []
        self._all: set[asyncio.subprocess.Process] = set()

    async def fetch(self, wanted: Wanted) -> Outcome:
        async with self._room:
            try:
                child = self._idle.pop() if self._idle else await _start()
            except OSError as error:
                return Unreachable(reason=f"no process for it: {error.strerror}")
            self._all.add(child)
            kept = False
            try:
                async with asyncio.timeout(WITHIN):
                    outcome = await _asked(child, wanted)
                kept = outcome is not None
                return outcome or Failed(reason="reading it ended the process that did")
            except TimeoutError:
                return Failed(reason=f"reading it takes longer than {WITHIN:g} s")
            finally:
                if kept:
                    self._idle.append(child)
                else:
                    await self._end(child)

    async def close(self) -> None:
        self._idle.clear()
        for child in [*self._all]:
            await self._end(child)

    async def _end(self, child: asyncio.subprocess.Process) -> None:
        self._all.discard(child)
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def _start() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        MODULE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=MAX_LINE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(entry or os.curdir for entry in sys.path)},
        # Signals from the terminal are for the server, which then ends its children.
        start_new_session=True,
    )


async def _asked(child: asyncio.subprocess.Process, wanted: Wanted) -> Outcome | None:
    """What it answers; ``None`` where it has ended, or says what it should not."""
    assert child.stdin is not None, "it was made with a pipe"
    assert child.stdout is not None, "it was made with a pipe"
    child.stdin.write(json.dumps(wanted_as_data(wanted)).encode() + b"\n")
    try:
        return outcome_from_data(json.loads(await child.stdout.readline()))
    except (ValueError, KeyError, TypeError, ConnectionError):
        return None
