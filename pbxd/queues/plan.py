"""What the distributor knows of a queue: plain values, taken from an organization by :mod:`pbxd.queues.planning`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from pbxd.org.rules import Target
from pbxd.org.services import By


class QueueId(NamedTuple):
    """A queue or attendant group, or a user's own queue: the two kinds may have the same names."""

    name: str
    kind: Literal["queue", "personal"] = "queue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Somebody who may serve a queue."""

    user: str
    skill: int = 0
    """The more the better (QUE-4)."""
    priority: int | None = None
    """1 comes first; ``None``: after all who have one, in the order of the list."""
    listed: int | None = None
    """Place among the agents that the queue names; ``None`` for one who may by his group, and comes last."""
    ring_seconds: float = 20.0
    """How long his phones ring, unless the queue says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What a caller is told while he waits (QUE-7)."""

    status: bool = False
    every: float = 30.0
    """Seconds from the beginning of one announcement to that of the next."""
    position: bool = False
    estimate: bool = False
    lower: float = 0.0
    """Seconds; a shorter wait is not announced."""
    upper: float | None = None
    """Nor is a longer one; ``None``: however long it is."""
    alternate: bool = False
    """Whether the status message and place or wait take turns; otherwise they follow each other."""
    ringing: bool = False
    """Whether the caller hears ringing tone while agents ring."""

    @property
    def speaks(self) -> bool:
        return self.status or self.position or self.estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPlan:
    """How callers are called back (QUE-8)."""

    ring_seconds: float = 30.0
    attempts: int = 3
    valid: float | None = 3600.0
    """Seconds after it was asked for; ``None``: for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one queue's calls are distributed. Times are seconds, ``None`` is off."""

    queue: QueueId
    members: Mapping[str, Membership] = field(default_factory=dict)
    """Who may serve it, by username."""
    by: By | None = None
    longest_idle: bool = True
    """Among agents who are equal, whether the one comes first who was idle longest; otherwise chance says."""
    parallel: int = 1
    ring_seconds: float | None = None
    """``None``: as each agent's own setting says."""
    respect_presence: bool = True
    wrap_up: float = 0.0
    logout_after: int | None = None
    """Offers in a row that an agent may leave unanswered; then he is logged out."""
    max_waiting: int | None = None
    max_longest_wait: float | None = None
    full: Target | None = None
    """Where calls go that do not get in; ``None``: they hear that it is busy."""
    max_wait: float | None = None
    then: Target | None = None
    """Where calls go that waited too long, or were tried too often."""
    max_attempts: int | None = None
    no_agents: Target | None = None
    rhythm: Rhythm = Rhythm()
    callback: CallbackPlan | None = None

    @property
    def personal(self) -> bool:
        """Whether it is one user's own: nobody logs in to it, and pauses do not count."""
        return self.queue.kind == "personal"
