"""What queues and agents have done (QUE-12): a fold over the ledger, like call records, that reconciles exactly.

A call is counted where and when it came to a queue, whatever became of it later. So for each queue and interval offered
= answered + abandoned + overflowed + closed + called back + those that wait still, and figures of intervals add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from pbxd.events import (
    AgentFinished,
    AgentLoggedIn,
    AgentLoggedOut,
    AgentPaused,
    AgentResumed,
    CallbackRequested,
    CallDequeued,
    CallId,
    CallQueued,
    Event,
    OfferEnded,
    ServerStarted,
)
from pbxd.store.rows import AgentRow

KINDS = (
    "CallQueued", "CallDequeued", "CallbackRequested", "OfferEnded", "AgentFinished", "AgentLoggedIn", "AgentLoggedOut",
    "AgentPaused", "AgentResumed", "ServerStarted",
)  # fmt: skip
"""Names of the events that figures are made of."""
LEVEL = 20.0
"""Seconds within which a call is to be answered, unless somebody says otherwise."""


class QueueKey(NamedTuple):
    """A queue in an interval."""

    organization: str
    queue: str
    kind: str
    start: float
    """Of the interval, in seconds since 1970."""


class AgentKey(NamedTuple):
    """An agent of one organization."""

    organization: str
    agent: str


@dataclass(slots=True)
class QueueFigures:
    """Calls of a queue; seconds."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    overflowed: int = 0
    closed: int = 0
    called_back: int = 0
    within: int = 0
    """Answered within the time that the service level is about."""
    waited: float = 0.0
    """All who were answered together."""
    longest: float = 0.0
    """That anybody has waited, whatever became of him."""
    talked: float = 0.0

    @property
    def waiting(self) -> int:
        """Those that wait still, on the telephone or to be called back."""
        return self.offered - self.answered - self.abandoned - self.overflowed - self.closed - self.called_back

    @property
    def service_level(self) -> float | None:
        """Share of the calls answered in time among those that were answered or given up; ``None``: of none."""
        decided = self.answered + self.abandoned
        return self.within / decided if decided else None

    @property
    def mean_wait(self) -> float | None:
        """Seconds until calls were answered."""
        return self.waited / self.answered if self.answered else None


@dataclass(slots=True)
class AgentFigures:
    """What an agent has done; seconds."""

    offered: int = 0
    answered: int = 0
    unanswered: int = 0
    """His phones rang in vain, or could not be reached."""
    declined: int = 0
    talked: float = 0.0
    logged_in: float = 0.0
    """In any queue."""
    paused: float = 0.0


@dataclass(slots=True)
class _Presence:
    """Since when an agent is there."""

    queues: dict[str, None] = field(default_factory=dict)
    since: float = 0.0
    paused_since: float | None = None


@dataclass(slots=True)
class _Open:
    key: QueueKey
    called_back: bool = False


class Statistics:
    """The fold. Subscribe it to the bus, or feed it the ledger, in order."""

    def __init__(self, *, interval: float | None = None, level: float = LEVEL, since: float = 0.0) -> None:
        """``interval`` in seconds, ``None``: all in one. Calls that were queued before ``since`` do not count."""
        self._interval = interval
        self._level = level
        self._since = since
        self.queues: dict[QueueKey, QueueFigures] = {}
        self.agents: dict[AgentKey, AgentFigures] = {}
        self._open: dict[CallId, list[_Open]] = {}
        self._answered: dict[CallId, QueueKey] = {}
        """Where a call was answered last, whose talk is not over."""
        self._presences: dict[AgentKey, _Presence] = {}

    def __call__(self, event: Event) -> None:
        """Take the next event."""
        match event:
            case CallQueued():
                self._queued(event)
            case CallDequeued():
                self._dequeued(event)
            case CallbackRequested():
                for one in self._open.get(event.call, ()):
                    one.called_back = True
            case OfferEnded():
                self._offer_ended(event)
            case AgentFinished():
                self._finished(event)
            case AgentLoggedIn() | AgentLoggedOut() | AgentPaused() | AgentResumed():
                self._attended(event)
            case ServerStarted():
                self._restarted()

    def read(self, events: Iterable[Event]) -> Statistics:
        """Take all of these."""
        for event in events:
            self(event)
        return self

    def live(self) -> Iterator[tuple[CallId, QueueKey]]:
        """The calls that wait, in the order in which they came."""
        for call, places in self._open.items():
            for place in places:
                yield call, place.key

    def close(self, now: float, rows: Iterable[AgentRow] = ()) -> Statistics:
        """Count agents' time up to ``now``. ``rows`` say who is logged in, also from before the first event."""
        for row in rows:
            key = AgentKey(row.organization, row.username)
            if key not in self._presences and row.queues:
                self._presences[key] = _Presence(
                    queues=dict.fromkeys(row.queues),
                    since=self._since,
                    paused_since=self._since if row.paused else None,
                )
        for key, presence in self._presences.items():
            figures = self._agent(key)
            if presence.queues:
                figures.logged_in += now - presence.since
                presence.since = now
            if presence.paused_since is not None:
                figures.paused += now - presence.paused_since
                presence.paused_since = now
        return self

    # Calls ---------------------------------------------------------------------------------------------------------

    def _queued(self, event: CallQueued) -> None:
        if event.at < self._since:
            return
        start = 0.0 if self._interval is None else event.at // self._interval * self._interval
        key = QueueKey(event.organization, event.queue, event.kind, start)
        self.queues.setdefault(key, QueueFigures()).offered += 1
        self._open.setdefault(event.call, []).append(_Open(key))

    def _dequeued(self, event: CallDequeued) -> None:
        places = self._open.get(event.call, [])
        place = next((one for one in places if one.key.queue == event.queue and one.key.kind == event.kind), None)
        if place is None:
            return
        places.remove(place)
        if not places:
            del self._open[event.call]
        figures = self.queues[place.key]
        figures.longest = max(figures.longest, event.waited)
        match event.result:
            case "answered":
                figures.answered += 1
                figures.waited += event.waited
                figures.within += event.waited <= self._level
                self._answered[event.call] = place.key
            case "overflowed":
                figures.overflowed += 1
            case "closed":
                figures.closed += 1
            case "called-back":
                figures.called_back += 1
                self._answered[event.call] = place.key
            case _:
                figures.abandoned += 1

    def _restarted(self) -> None:
        """Who waited on the telephone when the server stopped was lost, and counts as one who gave up."""
        for call, places in [*self._open.items()]:
            for place in [*places]:
                if not place.called_back:
                    self.queues[place.key].abandoned += 1
                    places.remove(place)
            if not places:
                del self._open[call]

    # Agents --------------------------------------------------------------------------------------------------------

    def _agent(self, key: AgentKey) -> AgentFigures:
        return self.agents.setdefault(key, AgentFigures())

    def _offer_ended(self, event: OfferEnded) -> None:
        if event.at < self._since:
            return
        figures = self._agent(AgentKey(event.organization, event.agent))
        figures.offered += 1
        figures.answered += event.why == "answered"
        figures.unanswered += event.why in ("no-answer", "unreachable")
        figures.declined += event.why == "declined"

    def _finished(self, event: AgentFinished) -> None:
        key = self._answered.pop(event.call, None)
        if key is not None:
            self.queues[key].talked += event.seconds
        if event.at >= self._since:
            self._agent(AgentKey(event.organization, event.agent)).talked += event.seconds

    def _attended(self, event: AgentLoggedIn | AgentLoggedOut | AgentPaused | AgentResumed) -> None:
        key, at = AgentKey(event.organization, event.agent), max(event.at, self._since)
        presence = self._presences.setdefault(key, _Presence())
        match event:
            case AgentLoggedIn(queue=queue):
                if not presence.queues:
                    presence.since = at
                presence.queues[queue] = None
            case AgentLoggedOut(queue=queue):
                presence.queues.pop(queue, None)
                if not presence.queues:
                    self._agent(key).logged_in += at - (presence.since or self._since)
            case AgentPaused():
                presence.paused_since = at
            case AgentResumed():
                began = self._since if presence.paused_since is None else presence.paused_since
                self._agent(key).paused += at - began
                presence.paused_since = None
