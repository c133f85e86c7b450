"""Which of the free agents ring for a call, and in what order (QUE-4): one small function for each way to choose.

A strategy is given the seats of those who are free and what is to be remembered, and yields waves: agents that ring
together. It decides nothing else: who is free, for how long they ring and what happens then is the distributor's. A
new one is a function here, a line in :data:`STRATEGIES` and a word in :data:`pbxd.org.services.By`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import nsmallest
from random import Random
from typing import Any, Final, TypeAlias

from pbxd.org.services import By
from pbxd.queues.roster import Seat

Wave: TypeAlias = tuple[Seat, ...]
"""Never empty."""
Key: TypeAlias = Callable[[Seat], Any]
Strategy: TypeAlias = "Callable[[Iterable[Seat], Memory], Iterator[Wave]]"

LAST: Final = 1 << 30
"""Place in a list of those who are not in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a strategy knows beside the agents themselves."""

    tries: Mapping[str, int]
    """How often each was rung for this call in vain: who was rung less often always comes first."""
    room: int
    """How many may ring in the first wave: fewer than ``width`` where others ring already."""
    width: int
    """How many may ring in later ones."""
    longest_idle: bool
    """Among equals; otherwise chance."""
    chance: Random


def by_skill(seats: Iterable[Seat], memory: Memory) -> Iterator[Wave]:
    """The most skilled first; those whom the queue does not name last."""
    return _waves(seats, memory, lambda seat: (seat.membership.listed is None, -seat.membership.skill))


def by_priority(seats: Iterable[Seat], memory: Memory) -> Iterator[Wave]:
    """By the number that each has, then in the order of the list; those whom the queue does not name last."""
    return _waves(seats, memory, _rank)


def linear(seats: Iterable[Seat], memory: Memory) -> Iterator[Wave]:
    """In the order of the list, from its beginning for each call; those whom the queue does not name last, by name."""
    return _waves(seats, memory, lambda seat: (_listed(seat), seat.membership.user))


def round_robin(seats: Iterable[Seat], memory: Memory) -> Iterator[Wave]:
    """Who got an offer of this queue longest ago."""
    return _waves(seats, memory, lambda seat: (seat.turns, _listed(seat)))


def ring_all(seats: Iterable[Seat], memory: Memory) -> Iterator[Wave]:
    """Everybody at once: the queue's width has room for all."""
    return _waves(seats, memory, _same)


def least_talk_time(seats: Iterable[Seat], memory: Memory) -> Iterator[Wave]:
    """Who has talked least in calls of queues since he came."""
    return _waves(seats, memory, lambda seat: seat.agent.talked)


def among_equals(seats: Iterable[Seat], memory: Memory) -> Iterator[Wave]:
    """Nobody is better than another."""
    return _waves(seats, memory, _same)


STRATEGIES: Final[Mapping[By | None, Strategy]] = {
    None: among_equals,
    "skill": by_skill,
    "priority": by_priority,
    "linear": linear,
    "round-robin": round_robin,
    "ring-all": ring_all,
    "least-talk-time": least_talk_time,
}


def _same(_: Seat) -> int:
    return 0


def _listed(seat: Seat) -> int:
    listed = seat.membership.listed
    return LAST if listed is None else listed


def _rank(seat: Seat) -> tuple[bool, int, int]:
    membership = seat.membership
    priority = LAST if membership.priority is None else membership.priority
    return membership.listed is None, priority, _listed(seat)


def _waves(seats: Iterable[Seat], memory: Memory, key: Key) -> Iterator[Wave]:
    """Waves by what was tried, ``key`` and who is first among equals.

    The first one costs one look at each agent; only who asks for more has them sorted.
    """
    tries, chance = memory.tries, memory.chance

    def order(seat: Seat) -> tuple[int, Any, float]:
        equal = seat.agent.idle_since if memory.longest_idle else chance.random()
        return tries.get(seat.agent.user, 0), key(seat), equal

    everybody = list(seats)
    first = nsmallest(memory.room, everybody, key=order)
    if not first:
        return
    yield tuple(first)
    rest = sorted((seat for seat in everybody if seat not in first), key=order)
    for start in range(0, len(rest), memory.width):
        yield tuple(rest[start : start + memory.width])
