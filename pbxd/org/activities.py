"""Activities, roles, shortcuts and profiles: what an organization lets its users switch between (PRES, PROF)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pbxd.org.rules import Step, Target

Labels: TypeAlias = Mapping[str, str]
"""Language to text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What a user is doing (PRES-1)."""

    name: str
    available: bool
    code: str | None = None
    """What the feature code for activities takes."""
    prompt: str | None = None
    """Sound that callers hear."""
    labels: Labels = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """In which capacity (PRES-1)."""

    name: str
    code: str | None = None
    labels: Labels = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """An activity for a while, set with one key (PRES-3)."""

    name: str
    activity: str
    code: str
    available: bool | None = None
    """``None``: as the activity says."""
    duration: int | None = None
    """Seconds; ``None``: until something else is set."""
    icon: str | None = None
    divert_to: str | None = None
    """As dialled; in force as long as the shortcut is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A named bundle of reachability (PROF-1)."""

    name: str
    code: str | None = None
    available: bool = True
    duration: int | None = None
    """Seconds that it lasts unless told otherwise."""
    calendar_priority: int = 0
    """The higher wins where planned ones overlap (PROF-3)."""
    shows_from_landline: str | None = None
    """Number, or ``switchboard``, ``hidden``, ``landline``, ``own-mobile``: for calls from desk and soft phones."""
    shows_from_mobile: str | None = None
    landline_calls: Literal["landline", "mobile", "both"] | Target = "both"
    """What calls to the landline number ring, or where they go instead."""
    mobile_calls: Literal["as-landline", "mobile"] = "as-landline"
    on_busy: Step | None = None
    on_no_answer: Step | None = None
    on_unreachable: Step | None = None
    queues: tuple[str, ...] | None = None
    """Queues that one is logged in to while it is active; ``None``: it leaves them alone."""
    pause: bool = False
    recording: bool | None = None
    listen: bool | None = None
    """``False``: nobody may listen in; otherwise those with the right to."""
