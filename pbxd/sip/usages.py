"""The usages of all dialogs of an endpoint (RFC 5057), and one heap of their deadlines."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterator
from itertools import count

from pbxd.sip.line import Line, Usage, UsageKey

SPARE = 256
"""Deadlines of finished usages that may wait besides those of three for each that lives, before they are sorted out."""


class Usages:
    """Sessions in ``lines``, subscriptions in ``others``; a dialog may have one there and several here."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, str], Line] = {}
        self.invites: dict[str, Line] = {}
        """Inbound sessions by the key of their INVITE's transaction, which is all that a CANCEL knows."""
        self.others: dict[UsageKey, Usage] = {}
        self._heap: list[tuple[float, int, UsageKey]] = []
        """Deadline, serial number, and the key of a usage: a finished one is not kept alive by its old deadlines."""
        self._pushes = count()
        self._idle: asyncio.Future[None] | None = None

    def remove(self, line: Line) -> None:
        """A session is finished."""
        self.lines.pop(line.key, None)
        self.invites.pop(line.invited_by, None)
        if not self.lines and self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    async def idle(self, seconds: float) -> bool:
        """Wait until no session is left, ``seconds`` at the most; whether that came true."""
        if self.lines:
            self._idle = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._idle], timeout=seconds)
        return not self.lines

    def schedule(self, usage: Usage) -> None:
        """Look at the deadline of ``usage``, which may have become earlier."""
        deadline = usage.deadline
        if deadline is not None and (usage.due is None or deadline < usage.due):
            usage.due = deadline
            heapq.heappush(self._heap, (deadline, next(self._pushes), usage.key))
            if len(self._heap) > SPARE + 4 * (len(self.lines) + len(self.others)):
                self._forget_the_finished()

    def _forget_the_finished(self) -> None:
        """A session timer lasts half an hour, and most calls are over long before."""
        self._heap = [entry for entry in self._heap if (found := self._get(entry[2])) and found.due == entry[0]]
        heapq.heapify(self._heap)

    def first(self) -> float | None:
        """When :meth:`due` may have something to give."""
        return self._heap[0][0] if self._heap else None

    def due(self, now: float) -> Iterator[Usage]:
        """Those that want to be woken by ``now``; their deadlines are looked at again with :meth:`schedule`."""
        while self._heap and self._heap[0][0] <= now:
            when, _, key = heapq.heappop(self._heap)
            usage = self._get(key)
            if usage is None or usage.due != when:  # it is over, or its deadline became earlier
                continue
            usage.due = None
            deadline = usage.deadline
            if deadline is not None and deadline <= now:
                yield usage
            else:
                self.schedule(usage)

    def _get(self, key: UsageKey) -> Usage | None:
        return self.lines.get((key[0], key[1])) if len(key) == 2 else self.others.get(key)
