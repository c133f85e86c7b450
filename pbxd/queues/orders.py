"""What the distributor wants done, and what it is told: frozen values, performed by the shell round it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from pbxd.events import CallId, Event
from pbxd.org.rules import Target
from pbxd.plain import plain
from pbxd.queues.plan import QueueId
from pbxd.store.rows import AgentKey, AgentRow, CallbackKey, CallbackRow

Why: TypeAlias = Literal["full", "longest-wait", "max-wait", "no-agents", "attempts"]
"""Why a call leaves a queue for somewhere else."""
Failure: TypeAlias = Literal["no-answer", "declined", "unreachable"]
"""What can come of an offer that was not answered, as the shell saw it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Camp:
    """Who put a call through to somebody busy, and whom to tell when it waits long (ATT-2)."""

    by: str
    """The attendant who transferred."""
    group: tuple[str, ...]
    """All attendants of the group."""
    after: float | None
    """Seconds after which ``by`` is told."""
    all_after: float | None


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A call that comes to a queue."""

    call: CallId
    queue: QueueId
    number: str = ""
    """The caller's, canonical; empty: he hides it, or has none."""
    name: str = ""
    language: str = ""
    waited: float = 0.0
    """Seconds that it waited in other queues before."""
    camp: Camp | None = None


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Have the agent's phones ring for the call; what comes of it is to be reported."""

    call: CallId
    queue: QueueId
    agent: str
    callback: bool
    """Whether the caller is to be called back: then his call has ended long ago."""


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """Stop ringing the agent; nothing is to be reported of it any more."""

    call: CallId
    agent: str
    elsewhere: bool
    """Whether somebody else answered."""


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Tell the waiting caller this, in this order."""

    call: CallId
    status: bool = False
    position: int | None = None
    """1 is the next one to be answered."""
    wait: float | None = None
    """Estimated seconds."""


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class Ringback:
    """Let the waiting caller hear ringing tone, or music again."""

    call: CallId
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overflow:
    """The call leaves the queue, for somewhere else."""

    call: CallId
    queue: QueueId
    why: Why
    to: Target | None
    """``None``: the caller hears that it is busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """The queue closes on the call: it hears so, and is ended."""

    call: CallId
    queue: QueueId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack:
    """The agent has answered: call the one who asked to be called back; what comes of it is to be reported."""

    call: CallId
    queue: QueueId
    agent: str
    number: str
    name: str
    language: str
    ring_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Tell attendants that a call they put through waits still (ATT-2)."""

    call: CallId
    queue: QueueId
    attendants: tuple[str, ...]
    waited: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Put on disk, so that a restart finds it."""

    row: AgentRow | CallbackRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """Take from disk."""

    key: AgentKey | CallbackKey


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Say that it happened."""

    event: Event


Order: TypeAlias = Offer | Withdraw | Say | Ringback | Overflow | Close | CallBack | Notify | Keep | Forget | Tell
