"""What users change themselves: kept by the store, read by decisions (PRES-2, PROF-2, DIV-1, DIV-2, CODE-6, CODE-8).

The state is data; what it comes to at a moment is computed by :func:`pbxd.org.presence.standing`. So a planned absence
begins at its time even if the server was down then, and a dry run can ask about next Tuesday.
All moments are seconds since 1970-01-01 00:00 UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from pbxd.org.rules import Target

DiversionKind: TypeAlias = Literal["always", "busy", "no-answer", "unreachable"]
Repeat: TypeAlias = Literal["daily", "weekly", "monthly", "yearly"]


@dataclass(frozen=True, slots=True)
class UseProfile:
    """Change to a profile."""

    profile: str


AbsenceAction: TypeAlias = Literal["none", "follow-profile", "open", "close"] | UseProfile | Target
"""What an absence does at its start or end; a target is where calls go.

``none`` leaves the phone as it would be without the absence, ``follow-profile`` has the profile in force say whether
calls come through, ``open`` lets them through in spite of it, ``close`` sends them to the switchboard, or to voicemail
where there is none.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitySet:
    """The activity that somebody set."""

    activity: str
    since: float
    until: float | None = None
    note: str = ""
    """When he is back, and whatever else callers and attendants should know."""
    available: bool | None = None
    """``None``: as the activity says; a shortcut may say otherwise."""
    divert_to: str | None = None
    """Of a shortcut: where calls go meanwhile, as dialled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSet:
    profile: str
    since: float
    until: float | None = None
    previous: str | None = None
    """What returns when the time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diversion:
    kind: DiversionKind
    to: str
    """As dialled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Hänvisning: away for a reason, until an end (DIV-2)."""

    reason: str
    """An activity's name."""
    start: float
    end: float | None
    at_start: AbsenceAction | None = None
    """``None``: as the setting ``absence.start`` says."""
    at_end: AbsenceAction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A change of activity, role or profile in the future, repeating or not (PRES-4, PROF-3)."""

    id: str
    start: float
    end: float
    activity: str | None = None
    role: str | None = None
    profile: str | None = None
    priority: int = 0
    repeat: Repeat | None = None
    """Repeats at the same local time in the user's time zone."""
    last: float | None = None
    """Of a repeating one: no occurrence starts after this."""
    note: str = ""
    source: str = ""
    """The calendar connector that planned it; empty: somebody did, here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A directory field that the user has changed (USR-4)."""

    field: str
    value: str
    """Empty: it is to be empty."""
    was: str
    """What the file said then; it holds only as long as that is so."""
    at: float
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UserState:
    """Everything that one user has set."""

    activity: ActivitySet | None = None
    role: str | None = None
    role_since: float = 0.0
    profile: ProfileSet | None = None
    diversions: tuple[Diversion, ...] = ()
    """One of each kind at most."""
    absence: Absence | None = None
    shown_number: str | None = None
    """Chosen with CODE-6: a canonical number, ``hidden``, ``switchboard``, ``landline`` or ``own-mobile``."""
    night_override: bool = False
    planned: tuple[Planned, ...] = ()
    left_groups: tuple[str, ...] = ()
    """Hunt groups that he has logged out of: their calls do not ring him (HUNT-1)."""
    fields: tuple[FieldChange, ...] = ()
    """For each field at most one that was accepted, and one that waits for that."""


NOTHING_SET = UserState()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedHours:
    """Today's working hours of an organization or group last until ``until`` (TIME-2, CODE-16)."""

    scope: str
    """Group name; empty: the whole organization."""
    until: float
    by: str
    """Username."""
