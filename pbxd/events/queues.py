"""What happens in queues: calls that wait, agents they are offered to, and who is there to answer.

A call that comes to a queue is queued once and dequeued once, however it ends, so that folds over these events
reconcile: offered = answered + abandoned + overflowed + closed + called back + those that wait still.
"""

from __future__ import annotations

from dataclasses import dataclass

from pbxd.events.base import Event
from pbxd.events.calls import CallEvent
from pbxd.plain import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCallEvent(CallEvent):
    """Something that happened to a call in a queue."""

    organization: str
    queue: str
    """Name of the queue or attendant group, or a username."""
    kind: str
    """``queue``, or ``personal`` for somebody's own."""


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class CallQueued(QueueCallEvent):
    """A call came to a queue; one that finds it full is dequeued at once."""

    number: str
    """Of the caller; empty: not known."""
    waited: float
    """Seconds that it brings along from where it waited before."""


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class CallOffered(QueueCallEvent):
    """An agent's phones begin to ring for a call that waits."""

    agent: str
    attempt: int
    """Counted from 1; agents who ring together are one attempt."""


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded(QueueCallEvent):
    """An agent's phones ring no longer for a call that waits."""

    agent: str
    why: str
    """``answered``, ``no-answer``, ``declined``, ``unreachable``, or why it was taken back: ``elsewhere``, ``left``,
    ``closed``, ``overflowed``, ``logged-out``, ``paused``, ``away``."""
    seconds: float


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class CallDequeued(QueueCallEvent):
    """A call waits no longer."""

    result: str
    """``answered``, ``abandoned``, ``overflowed``, ``closed`` or ``called-back``."""
    why: str
    """Of an overflow ``full``, ``longest-wait``, ``max-wait``, ``no-agents`` or ``attempts``; of one that was given up
    ``hung-up``, ``not-reached``, ``expired`` or ``restart``; ``merged`` where it was another call of the caller."""
    agent: str
    """Who answered; empty: nobody."""
    waited: float
    """Seconds in all, those brought along included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequested(QueueCallEvent):
    """The caller wants to be called back instead of waiting, and keeps his place."""

    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackFailed(QueueCallEvent):
    """The caller was called back and not reached."""

    agent: str
    attempt: int


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFinished(QueueCallEvent):
    """An agent's part in a call of a queue is over."""

    agent: str
    seconds: float
    """For how long he talked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendantNotified(QueueCallEvent):
    """Somebody who was put through to a busy user waits still, and attendants are told (camp-on)."""

    attendants: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent(Event):
    """Something about an agent; ``why`` says in words what made it so."""

    organization: str
    agent: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedIn(AgentEvent):
    """The agent serves the queue."""

    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedOut(AgentEvent):
    """The agent serves the queue no longer."""

    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPaused(AgentEvent):
    """The agent gets no calls from any queue for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentResumed(AgentEvent):
    """The agent gets calls from his queues again."""
