"""What is to happen when: one heap for all timers of a distributor."""

from __future__ import annotations

from collections.abc import Hashable
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
SLACK = 64
"""Void entries that are always put up with, so that small heaps are not made anew all the time."""


class Agenda(Generic[K]):
    """At most one moment for each key; of those that are due together, the one that was set first comes first.

    A key that is set anew or cleared leaves a void entry in the heap, which is skipped; when more than half are void
    the heap is made anew. Setting costs log n.
    """

    __slots__ = ("_heap", "_serial", "_valid")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, K]] = []
        self._valid: dict[K, int] = {}
        """By key, the serial number of the entry that counts."""
        self._serial = count()

    def __len__(self) -> int:
        return len(self._valid)

    def __contains__(self, key: K) -> bool:
        return key in self._valid

    def set(self, key: K, moment: float) -> None:
        """Have ``key`` at ``moment``, and at no other."""
        serial = self._valid[key] = next(self._serial)
        heappush(self._heap, (moment, serial, key))
        if len(self._heap) > 2 * len(self._valid) + SLACK:
            self._heap = [entry for entry in self._heap if self._valid.get(entry[2]) == entry[1]]
            heapify(self._heap)

    def clear(self, key: K) -> None:
        """Have ``key`` at no moment."""
        self._valid.pop(key, None)

    @property
    def first(self) -> float | None:
        """The earliest moment."""
        heap = self._heap
        while heap:
            moment, serial, key = heap[0]
            if self._valid.get(key) == serial:
                return moment
            heappop(heap)
        return None

    def take(self, now: float) -> K | None:
        """Remove and return the first key that is due at ``now``; ``None`` when none is."""
        first = self.first
        if first is None or first > now:
            return None
        key = heappop(self._heap)[2]
        del self._valid[key]
        return key
