"""Call routing rules as values: when, and what to do (RULE-1 to RULE-3).

A sentence (:mod:`pbxd.org.sentence`) and the structured form of the YAML both become these; the dialplan evaluates
them. :data:`Target` is also what every other setting that sends a call somewhere holds, so that one resolver serves
rules, profiles, absences, queues and menus alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Literal, TypeAlias

LineKind: TypeAlias = Literal["landline", "mobile", "primary", "secondary"]
CallerKind: TypeAlias = Literal["blocked", "vip", "favourite", "contact", "internal", "external", "anonymous"]
OutcomeKind: TypeAlias = Literal["busy", "no-answer", "declined", "unreachable"]
RingKind: TypeAlias = Literal["desk", "softphone", "browser", "mobile", "third-party", "all"]
Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _at_least(number: int, items: tuple[object, ...]) -> None:
    """Raises :class:`ValueError` for fewer: so that each rule has one form, and can be said."""
    if len(items) < number:
        raise ValueError(f"{len(items)} given, {number} needed")


# Conditions ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Always:
    """No condition."""


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: tuple[Condition, ...]
    """Two or more."""

    def __post_init__(self) -> None:
        _at_least(2, self.conditions)


@dataclass(frozen=True, slots=True)
class AnyOf:
    conditions: tuple[Condition, ...]
    """Two or more."""

    def __post_init__(self) -> None:
        _at_least(2, self.conditions)


@dataclass(frozen=True, slots=True)
class Not:
    condition: Condition


@dataclass(frozen=True, slots=True)
class CallIs:
    """Which way the call goes, seen from the user: received or made."""

    direction: Literal["received", "made"]


@dataclass(frozen=True, slots=True)
class CalledLine:
    """Which of the user's lines was called."""

    line: LineKind


@dataclass(frozen=True, slots=True)
class CallerIs:
    kind: CallerKind


@dataclass(frozen=True, slots=True)
class CallerNumber:
    number: str
    """Canonical, or internal digits."""


@dataclass(frozen=True, slots=True)
class CallerPrefix:
    prefix: str


@dataclass(frozen=True, slots=True)
class CallerType:
    """The caller's number is of a number type (NUM-5)."""

    type: str


@dataclass(frozen=True, slots=True)
class CallerInGroup:
    group: str


@dataclass(frozen=True, slots=True)
class CalledNumber:
    number: str


@dataclass(frozen=True, slots=True)
class CalledPrefix:
    prefix: str


@dataclass(frozen=True, slots=True)
class CalledType:
    """The called number is of a number type (NUM-5)."""

    type: str


@dataclass(frozen=True, slots=True)
class InACall:
    """The user has a leg on some device (PRES-6)."""


@dataclass(frozen=True, slots=True)
class NoPhone:
    """No phone of the user is registered."""


@dataclass(frozen=True, slots=True)
class ActivityIs:
    activity: str


@dataclass(frozen=True, slots=True)
class RoleIs:
    role: str


@dataclass(frozen=True, slots=True)
class ProfileIs:
    profile: str


@dataclass(frozen=True, slots=True)
class Available:
    """The activity, and the profile, count as available."""


@dataclass(frozen=True, slots=True)
class InWorkingHours:
    pass


@dataclass(frozen=True, slots=True)
class InNightMode:
    """Outside working hours, and not overridden by the user (TIME-2)."""


@dataclass(frozen=True, slots=True)
class ScheduleOpen:
    """A named schedule of the organization, or that of a service number, says open (TIME-3)."""

    schedule: str


@dataclass(frozen=True, slots=True)
class OnDates:
    """From the first to the last date, both included, in the local time zone."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class BetweenTimes:
    """From ``start`` up to ``end``; over midnight where ``end`` is not later."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class OnDays:
    days: tuple[Weekday, ...]
    """One or more."""

    def __post_init__(self) -> None:
        _at_least(1, self.days)


@dataclass(frozen=True, slots=True)
class Diverted:
    """The user has set an unconditional diversion."""


@dataclass(frozen=True, slots=True)
class After:
    """An earlier step of this call came out like this."""

    outcome: OutcomeKind


@dataclass(frozen=True, slots=True)
class CallingDevice:
    """The kind of the device that calls."""

    kind: RingKind


Condition: TypeAlias = (
    Always
    | AllOf
    | AnyOf
    | Not
    | CallIs
    | CalledLine
    | CallerIs
    | CallerNumber
    | CallerPrefix
    | CallerType
    | CallerInGroup
    | CalledNumber
    | CalledPrefix
    | CalledType
    | InACall
    | NoPhone
    | ActivityIs
    | RoleIs
    | ProfileIs
    | Available
    | InWorkingHours
    | InNightMode
    | ScheduleOpen
    | OnDates
    | BetweenTimes
    | OnDays
    | Diverted
    | After
    | CallingDevice
)


def directions(condition: Condition) -> frozenset[Literal["received", "made"]]:
    """The calls that a rule is about: those for which its condition can hold; received ones where it does not say."""
    both: tuple[Literal["received", "made"], ...] = ("received", "made")
    if not any(_given(condition, direction) is not None for direction in both):
        return frozenset({"received"})
    return frozenset(direction for direction in both if _given(condition, direction) is not False)


def _given(condition: Condition, direction: str) -> bool | None:
    """Whether the condition holds for a call of this direction; ``None`` where that depends on something else."""
    match condition:
        case CallIs(said):
            return said == direction
        case Always():
            return None
        case Not(inner):
            found = _given(inner, direction)
            return None if found is None else not found
        case AllOf(conditions):
            known = {_given(one, direction) for one in conditions}
            return False if False in known else None if None in known else True
        case AnyOf(conditions):
            known = {_given(one, direction) for one in conditions}
            return True if True in known else None if None in known else False
    return None


# Targets ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RingDevices:
    """The user's own devices of these kinds; ``all`` is every one."""

    kinds: tuple[RingKind, ...] = ("all",)
    """One or more."""

    def __post_init__(self) -> None:
        _at_least(1, self.kinds)


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
    when: Condition = Always()

    def __post_init__(self) -> None:
        _at_least(1, self.do)
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
