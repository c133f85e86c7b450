"""Call routing rules as values: when, and what to do (RULE-1 to RULE-3).

A sentence (:mod:`pbxd.org.sentence`) and the structured form of the YAML both become these; the dialplan evaluates
them. :data:`Target` is also what every other setting that sends a call somewhere holds, so that one resolver serves
rules, profiles, absences, queues and menus alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from pbxd.org.conditions import (
    ALWAYS,
    ActivityIs,
    After,
    AllOf,
    Always,
    AnyOf,
    Available,
    BetweenTimes,
    CalledLine,
    CalledNumber,
    CalledPrefix,
    CalledType,
    CallerInGroup,
    CallerIs,
    CallerKind,
    CallerNumber,
    CallerPrefix,
    CallerType,
    CallingDevice,
    CallIs,
    Condition,
    Diverted,
    InACall,
    InNightMode,
    InWorkingHours,
    LineKind,
    NoPhone,
    Not,
    OnDates,
    OnDays,
    OutcomeKind,
    ProfileIs,
    RingKind,
    RoleIs,
    ScheduleOpen,
    Weekday,
    at_least,
)

__all__ = [
    "ALWAYS",
    "NO_RULES",
    "RINGING",
    "SETTING",
    "ActivityIs",
    "After",
    "AllOf",
    "Always",
    "Announce",
    "AnyOf",
    "Available",
    "BetweenTimes",
    "CallIs",
    "CalledLine",
    "CalledNumber",
    "CalledPrefix",
    "CalledType",
    "CallerInGroup",
    "CallerIs",
    "CallerKind",
    "CallerNumber",
    "CallerPrefix",
    "CallerType",
    "CallingDevice",
    "Condition",
    "Continue",
    "Diverted",
    "InACall",
    "InNightMode",
    "InWorkingHours",
    "LineKind",
    "NoPhone",
    "Not",
    "OnDates",
    "OnDays",
    "OutcomeKind",
    "PlayBusy",
    "ProfileIs",
    "RejectAs",
    "RingDevices",
    "RingKind",
    "RoleIs",
    "Rule",
    "RuleSet",
    "Rules",
    "ScheduleOpen",
    "SetLanguage",
    "SetNumber",
    "SetRecording",
    "SetText",
    "Step",
    "Target",
    "ToGroup",
    "ToHuntGroup",
    "ToMailbox",
    "ToMenu",
    "ToNumber",
    "ToPersonalQueue",
    "ToQueue",
    "ToSwitchboard",
    "ToUser",
    "ToVoicemail",
    "Weekday",
]


# Targets ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RingDevices:
    """The user's own devices of these kinds; ``all`` is every one."""

    kinds: tuple[RingKind, ...] = ("all",)
    """One or more."""

    def __post_init__(self) -> None:
        at_least(1, self.kinds)


@dataclass(frozen=True, slots=True)
class ToUser:
    username: str


@dataclass(frozen=True, slots=True)
class ToGroup:
    """Everybody of a user group at once."""

    group: str


@dataclass(frozen=True, slots=True)
class ToNumber:
    """Any number, as it would be dialled."""

    number: str


@dataclass(frozen=True, slots=True)
class ToSwitchboard:
    """The switchboard number of the user's level (NUM-8)."""


@dataclass(frozen=True, slots=True)
class ToQueue:
    """A queue or attendant group, by name."""

    queue: str


@dataclass(frozen=True, slots=True)
class ToHuntGroup:
    hunt_group: str


@dataclass(frozen=True, slots=True)
class ToPersonalQueue:
    pass


@dataclass(frozen=True, slots=True)
class ToMenu:
    """A menu or auto attendant, by name."""

    menu: str


@dataclass(frozen=True, slots=True)
class ToVoicemail:
    user: str | None = None
    """``None``: the called user's own."""
    announce: str | None = None
    """Sound that is played first."""
    record: bool = True
    """Whether the caller may leave a message; otherwise he hears the greeting only."""


@dataclass(frozen=True, slots=True)
class ToMailbox:
    """A group mailbox."""

    mailbox: str


@dataclass(frozen=True, slots=True)
class Announce:
    """A sound, and then the end of the call."""

    sound: str


@dataclass(frozen=True, slots=True)
class PlayBusy:
    pass


@dataclass(frozen=True, slots=True)
class RejectAs:
    reason: str
    """``declined``, ``busy``, ``barred``, ``not-found``, ``unavailable``, or text for the SIP reason phrase."""


@dataclass(frozen=True, slots=True)
class SetNumber:
    """The number shown from here on: a number, or ``switchboard``, ``hidden``, ``landline``, ``own-mobile``."""

    number: str


@dataclass(frozen=True, slots=True)
class SetText:
    """Display text shown from here on."""

    text: str


@dataclass(frozen=True, slots=True)
class SetLanguage:
    language: str


@dataclass(frozen=True, slots=True)
class SetRecording:
    on: bool


@dataclass(frozen=True, slots=True)
class Continue:
    """Go on with the next rule that matches."""


Target: TypeAlias = (
    RingDevices
    | ToUser
    | ToGroup
    | ToNumber
    | ToSwitchboard
    | ToQueue
    | ToHuntGroup
    | ToPersonalQueue
    | ToMenu
    | ToVoicemail
    | ToMailbox
    | Announce
    | PlayBusy
    | RejectAs
    | SetNumber
    | SetText
    | SetLanguage
    | SetRecording
    | Continue
)
RINGING = (RingDevices, ToUser, ToGroup, ToNumber, ToSwitchboard)
"""Targets that can ring together."""
SETTING = (SetNumber, SetText, SetLanguage, SetRecording)
"""Targets that take no time, and are followed by the next step at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One target of a rule's action."""

    target: Target
    after: int | None = None
    """Seconds after the step before it began; ``None``: when that one has come to nothing, or at once if it joins."""
    joins: bool = False
    """Whether it rings along with what rings already, rather than taking its place; never the first step."""
    duration: int | None = None
    """Seconds that it rings at most; ``None``: as long as the setting ``ring_seconds`` says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When something holds, do something."""

    do: tuple[Step, ...]
    """One or more."""
    when: Condition = ALWAYS

    def __post_init__(self) -> None:
        at_least(1, self.do)
        if self.do[0].joins:
            raise ValueError("the first step has nothing to join")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The rules of one level (RULE-1)."""

    required: tuple[Rule, ...] = ()
    overridable: tuple[Rule, ...] = ()
    """Of a user: his own, which are neither required nor overridable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one organization, group or user says."""

    incoming: RuleSet = RuleSet()
    outgoing: RuleSet = RuleSet()
    fallback: tuple[Rule, ...] = ()
    allowed_destinations: frozenset[str] | None = None
    """Kinds of target that rules of this level and below may use (RULE-5); ``None``: all."""


NO_RULES = Rules()
