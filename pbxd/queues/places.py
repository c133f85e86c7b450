"""Who waits where: the places of calls, and the line that they make in each queue."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

from pbxd.queues.estimate import Pace
from pbxd.queues.plan import Plan
from pbxd.store.rows import CallbackRow

if TYPE_CHECKING:
    from pbxd.events import CallId
    from pbxd.queues.orders import Camp
    from pbxd.queues.roster import Agent, Seat


@dataclass(slots=True)
class Callback:
    """Instead of waiting on the telephone."""

    number: str
    expires: float | None
    attempts: int = 0
    agent: Agent | None = None
    """Who has answered, and hears the caller's phone ring."""
    rests: bool = False
    """Whether it is not the caller's turn for a while, as he was not reached."""
    instead: Place | None = None
    """A new call of the same caller, which stands in for this place as long as it waits."""


@dataclass(slots=True, eq=False)
class Place:
    """One call's place in one queue."""

    call: CallId
    plan: Plan
    number: str
    name: str
    language: str
    since: float
    """From when on it waits, with what it waited elsewhere before."""
    joined: float
    serial: int
    """Breaks ties: who came first."""
    standing_in: int = 0
    """How many places it stands in for, one for the other: such a place is just before the one it stands in for."""
    camp: Camp | None = None
    ready: bool = False
    """Whether it may be offered; not while the caller hears the welcome."""
    ringing: dict[str, Seat] = field(default_factory=dict)
    """Agents whose phones ring for it."""
    rung: int = 0
    """How many have been rung in the attempt that runs."""
    attempts: int = 0
    tries: dict[str, int] = field(default_factory=dict)
    """How often each agent was rung in vain."""
    announced: int = 0
    """How often the caller was told something."""
    callback: Callback | None = None
    merged: list[CallId] = field(default_factory=list)
    """Further calls of the same caller, which end as this one does."""
    stands_for: Place | None = None
    """The callback that this call of the same caller stands in for."""

    @property
    def key(self) -> tuple[float, int, int]:
        """Who has the smaller one is before; no two in a line have the same."""
        return self.since, self.serial, -self.standing_in

    @property
    def starving(self) -> bool:
        """Whether it is to be offered, and nobody rings."""
        return self.ready and not self.ringing and self._waits

    @property
    def growing(self) -> bool:
        """Whether agents ring for it, and more may."""
        return bool(self.ringing) and self.rung < self.width and self._waits

    @property
    def _waits(self) -> bool:
        back = self.callback
        return back is None or (back.agent is None and not back.rests and back.instead is None)

    @property
    def width(self) -> int:
        """How many agents may ring in one attempt."""
        return max(1, len(self.plan.members)) if self.plan.by == "ring-all" else self.plan.parallel

    def row(self, organization: str) -> CallbackRow:
        """What is to be kept of a callback."""
        assert self.callback is not None
        return CallbackRow(
            organization=organization,
            call=self.call,
            queue=self.plan.queue.name,
            kind=self.plan.queue.kind,
            number=self.callback.number,
            name=self.name,
            language=self.language,
            since=self.since,
            expires=self.callback.expires,
            attempts=self.callback.attempts,
        )


_key = attrgetter("key")


class Sorted:
    """Places in the order in which they are to be served. Adding, finding and removing cost a search by halves."""

    __slots__ = ("_places",)

    def __init__(self) -> None:
        self._places: list[Place] = []

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Place]:
        return iter(self._places)

    def __contains__(self, place: Place) -> bool:
        index = self.index(place)
        return index < len(self._places) and self._places[index] is place

    @property
    def first(self) -> Place | None:
        return self._places[0] if self._places else None

    def index(self, place: Place) -> int:
        """How many are before it."""
        return bisect_left(self._places, place.key, key=_key)

    def add(self, place: Place) -> None:
        insort(self._places, place, key=_key)

    def discard(self, place: Place) -> None:
        index = self.index(place)
        if index < len(self._places) and self._places[index] is place:
            del self._places[index]


class Line:
    """Everybody who waits in one queue."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.shut = False
        """Whether it is closed and those who waited had to go."""
        self.offers = 0
        """Since the start, for taking turns."""
        self.pace = Pace()
        self.waiting = Sorted()
        """All of them, in order; whether they may be offered or not."""
        self._starving = Sorted()
        self._growing = Sorted()

    @property
    def longest(self) -> Place | None:
        """Who waits longest of those who wait on the telephone."""
        return next((place for place in self.waiting if place.callback is None), None)

    def note(self, place: Place) -> None:
        """Take note that something about the place is another thing now."""
        for places, belongs in ((self._starving, place.starving), (self._growing, place.growing)):
            if belongs != (place in places):
                (places.add if belongs else places.discard)(place)

    def add(self, place: Place) -> None:
        self.waiting.add(place)
        self.note(place)

    def discard(self, place: Place) -> None:
        for places in (self.waiting, self._starving, self._growing):
            places.discard(place)

    @property
    def hungry(self) -> Place | None:
        """Who is to get the next agent: the first for whom nobody rings, then the first for whom more may ring."""
        return self._starving.first or self._growing.first

    @property
    def turn(self) -> tuple[bool, float, int, int] | None:
        """How this queue's next one compares with those of other queues; the smallest comes first."""
        place = self.hungry
        return None if place is None or self.shut else (bool(place.ringing), *place.key)
