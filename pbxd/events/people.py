"""What users do, and what their plans come to, as others see it. All are on disk before they are said."""

from __future__ import annotations

from dataclasses import dataclass

from pbxd.events.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEvent(Event):
    """Something about one user is another one; ``why`` says in words what made it so."""

    organization: str
    user: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityChanged(UserEvent):
    """The user does something else, or until another time."""

    activity: str
    """Empty: nothing that the organization has a name for."""
    until: float | None
    note: str
    available: bool
    """Whether calls are to come through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged(UserEvent):
    """The user has another role."""

    role: str
    """Empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanged(UserEvent):
    """Another profile is in force, or until another time."""

    profile: str
    """Empty: none."""
    until: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiversionChanged(UserEvent):
    """The user diverts calls elsewhere, or no longer."""

    kind: str
    """``always``, ``busy``, ``no-answer`` or ``unreachable``."""
    to: str
    """As dialled; empty: no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceChanged(UserEvent):
    """An absence was planned, began, ended or was taken back."""

    reason: str
    """An activity; empty: there is none any more."""
    start: float | None
    end: float | None
    away: bool
    """Whether it is in force now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightModeChanged(UserEvent):
    """The user overrides night mode, or no longer."""

    overridden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberShown(UserEvent):
    """The user chose the number that his calls show."""

    number: str
    """A number or a word such as ``hidden``; empty: as configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChanged(UserEvent):
    """A planned change was added, replaced or taken away."""

    entry: str
    activity: str
    role: str
    profile: str
    """Each empty where it is left alone."""
    start: float
    end: float
    repeat: str
    planned: bool
    """``False``: it was taken away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursExtended(Event):
    """Today's working hours last longer."""

    organization: str
    scope: str
    """A group; empty: the whole organization."""
    until: float
    by: str
    """Username."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChanged(UserEvent):
    """A directory field of the user has another value, or is to have it once an administrator accepts that."""

    field: str
    value: str
    """Empty: none."""
    state: str
    """``waiting``, ``accepted`` or ``refused``."""
