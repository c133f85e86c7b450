"""Service numbers that bring calls to people: queues, attendant groups, hunt groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from pbxd.org.rules import Rule, Target
from pbxd.org.users import DeviceKind

By: TypeAlias = Literal["skill", "priority", "linear", "round-robin", "ring-all", "least-talk-time"]
"""By what a queue chooses among its agents (QUE-4)."""


class Service(Protocol):
    """What all service numbers have."""

    @property
    def name(self) -> str:
        """Once among those of its kind."""

    @property
    def number(self) -> str:
        """Its own, usually an internal one."""

    @property
    def numbers(self) -> tuple[str, ...]:
        """More numbers that reach it."""

    @property
    def billing_id(self) -> str | None:
        """Kept on every call record that it causes (NUM-10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who works with a queue, by groups (QUE-2)."""

    agents: tuple[str, ...] = ()
    supervisors: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An agent by name."""

    user: str
    skill: int | None = None
    priority: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """How a queue's calls reach its agents (QUE-4)."""

    by: By | None = None
    longest_idle: bool = True
    parallel: int = 1
    ring_seconds: int | None = None
    """``None``: as the agent's own setting says."""
    devices: tuple[DeviceKind, ...] = ()
    """Empty: all kinds."""
    respect_presence: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Overflow:
    """What happens to calls that the queue does not take (QUE-5)."""

    max_waiting: int | None = None
    max_longest_wait: int | None = None
    """Seconds."""
    then: Target | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What happens to calls that wait in vain (QUE-6)."""

    max_wait: int | None = None
    """Seconds."""
    then: Target | None = None
    no_agents: Target | None = None
    max_attempts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSms:
    """Whom SMS of a queue come from (QUE-1)."""

    name: str
    number: str
    """To which one answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePrompts:
    """What a queue's callers hear (QUE-7); times in seconds."""

    welcome: str | None = None
    """Before they wait."""
    music: str | None = None
    status: str | None = None
    every: int | None = None
    position: bool = False
    estimated_wait: bool = False
    wait_lower: int | None = None
    """A wait that is estimated to be shorter is not announced, nor is one that is longer than ``wait_upper``."""
    wait_upper: int | None = None
    alternate: bool = False
    """Whether status message and place take turns."""
    ringing: bool = False
    """Whether they hear ringing tone while agents ring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCallback:
    """How a queue calls back (QUE-8)."""

    ring_seconds: int = 30
    attempts: int = 3
    valid: int | None = 3600
    """Seconds; ``None``: no end."""
    display_text: str | None = None
    """Shown to the agent."""
    agent_prompt: str | None = None
    """What the agent hears before the caller is dialled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampOn:
    """Whom to tell of calls that were put through to somebody busy (ATT-2); seconds, ``None``: nobody."""

    notify_attendant_after: int | None = None
    notify_all_after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue or an attendant group, with the organization's defaults in place (LVL-6)."""

    name: str
    number: str
    numbers: tuple[str, ...] = ()
    billing_id: str | None = None
    attendants: bool = False
    """Whether it is an attendant group (ATT-1)."""
    code: str | None = None
    display_text: str | None = None
    keep_earlier_text: bool = False
    show_caller: bool = True
    force_redirecting_number: bool = False
    outgoing: bool = False
    """Whether agents may show its number on outgoing calls (QUE-1)."""
    presents: str | None = None
    """The number that they then show; ``None``: its own."""
    mobile_suffix: str = ""
    """Digits after the caller's number on an agent's mobile (CLI-7)."""
    hidden_in_directory: bool = False
    staff: Staff = Staff()
    agents: tuple[Agent, ...] = ()
    supervisors: tuple[str, ...] = ()
    """By name, besides those of its groups."""
    distribution: Distribution = Distribution()
    wrap_up: int = 0
    """Seconds."""
    logout_after_unanswered: int | None = None
    help_number: str | None = None
    """Whom agents call by a code when they need help (QUE-3)."""
    overflow: Overflow = Overflow()
    waiting: Waiting = Waiting()
    prompts: QueuePrompts = QueuePrompts()
    callback: QueueCallback | None = None
    """``None``: it offers none."""
    camp_on: CampOn | None = None
    """Of an attendant group; ``None``: it does not."""
    recording: bool = False
    """Whether what its callers and agents say to each other is recorded (CALL-8)."""
    mailbox: str | None = None
    barring: tuple[str, ...] = ()
    sms: QueueSms | None = None
    """``None``: no SMS are sent from it."""

    @property
    def outside(self) -> str | None:
        """The number that the world is shown for it: what it presents, or the first of its own that begins with ``+``.

        ``None``: it is known inside only.
        """
        found = (number for number in (self.presents or "", self.number, *self.numbers) if number.startswith("+"))
        return next(found, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class HuntGroup:
    """A group whose members ring one after the other or all at once (HUNT-1)."""

    name: str
    number: str
    numbers: tuple[str, ...] = ()
    billing_id: str | None = None
    code: str | None = None
    groups: tuple[str, ...] = ()
    order: Literal["sequential", "parallel"] = "sequential"
    ring_seconds: int = 20
    fallback: Target | None = None
    exclude_activities: frozenset[str] = frozenset()
    exclude_roles: frozenset[str] = frozenset()
    devices: tuple[DeviceKind, ...] = ()
    """Empty: all kinds."""
    barring: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()
    hidden_in_directory: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBasedNumber:
    """A number with rules of its own (IVR-5)."""

    name: str
    number: str
    rules: tuple[Rule, ...]
    """The first that matches wins."""
    numbers: tuple[str, ...] = ()
    billing_id: str | None = None
    language: str | None = None
    """Of the rest of the call; a user who calls is spoken to in his own."""
    info_text: str | None = None
    """Shown to whom the call reaches."""
    keep_earlier_text: bool = False
    """Whether a text that an earlier number of the call set stays instead."""
    prefer_own_number: bool = False
    """Whether it is shown as the redirecting number where that can't be shown (CLI-6)."""
    barring: tuple[str, ...] = ()

    def spoken(self, own: str | None) -> str | None:
        """The language from here on; ``own`` is that of a known user who calls. ``None``: as before."""
        return own or self.language

    def shown(self, earlier: str | None) -> str | None:
        """The text from here on, where ``earlier`` was shown before."""
        return earlier if self.info_text is None or (earlier and self.keep_earlier_text) else self.info_text
