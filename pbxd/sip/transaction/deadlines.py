"""One heap for the deadlines of all transactions, corrected when its top is looked at."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from math import ceil, inf

from pbxd.sip.transaction.entries import ClientEntry, ServerEntry

Entry = ClientEntry | ServerEntry

LINGER_GRAIN = 0.25
"""Seconds: what lingers is forgotten in steps of this, so that of a call's half dozen transactions, half a minute after
they were busy, not each wakes the server on its own."""


def _due(entry: Entry) -> float | None:
    machine = entry.machine
    deadline = machine.deadline
    if deadline is not None and machine.lingers:
        return ceil(deadline / LINGER_GRAIN) * LINGER_GRAIN
    return deadline


class Deadlines:
    """Which entry is due first.

    An entry whose deadline moved later, or went away, stays where it is and is put right when it gets to the top; one
    whose deadline moved earlier is pushed again, and its older place is void (``queued_at`` says which one counts). So
    nothing is ever searched, and each push is paid for by one pop.
    """

    __slots__ = ("_heap", "_pushes")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Entry]] = []
        self._pushes = count()  # breaks ties: entries have no order

    def put(self, entry: Entry) -> None:
        """Take note of the entry's deadline."""
        deadline = _due(entry)
        if deadline is not None and deadline < entry.queued_at:
            entry.queued_at = deadline
            heappush(self._heap, (deadline, next(self._pushes), entry))

    def nothing_before(self, moment: float) -> bool:
        """Whether all deadlines are at ``moment`` or later, by a look at the top alone: ``False`` may be wrong."""
        return not self._heap or self._heap[0][0] >= moment

    def first(self) -> float | None:
        """The first deadline, ``None`` when there is none."""
        heap = self._heap
        while heap:
            at, _, entry = heap[0]
            counts = at == entry.queued_at
            if counts and at == _due(entry):
                return at
            heappop(heap)
            if counts:
                entry.queued_at = inf
                self.put(entry)
        return None

    def take(self, now: float) -> Entry | None:
        """Remove the first entry that is due at ``now``; ``None`` when none is."""
        first = self.first()
        if first is None or first > now:
            return None
        entry = heappop(self._heap)[2]
        entry.queued_at = inf
        return entry
