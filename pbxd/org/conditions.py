"""What a call routing rule may depend on (RULE-2), as values. :mod:`pbxd.org.rules` gives them all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Literal, TypeAlias

LineKind: TypeAlias = Literal["landline", "mobile", "primary", "secondary"]
CallerKind: TypeAlias = Literal["blocked", "vip", "favourite", "contact", "internal", "external", "anonymous"]
OutcomeKind: TypeAlias = Literal["busy", "no-answer", "declined", "unreachable"]
RingKind: TypeAlias = Literal["desk", "softphone", "browser", "mobile", "third-party", "all"]
Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def at_least(number: int, items: tuple[object, ...]) -> None:
    """Raises :class:`ValueError` for fewer: so that each rule has one form, and can be said."""
    if len(items) < number:
        raise ValueError(f"{len(items)} given, {number} needed")


@dataclass(frozen=True, slots=True)
class Always:
    """No condition."""


ALWAYS = Always()


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: tuple[Condition, ...]
    """Two or more."""

    def __post_init__(self) -> None:
        at_least(2, self.conditions)


@dataclass(frozen=True, slots=True)
class AnyOf:
    conditions: tuple[Condition, ...]
    """Two or more."""

    def __post_init__(self) -> None:
        at_least(2, self.conditions)


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
        at_least(1, self.days)


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
