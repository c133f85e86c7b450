"""Settings that may be given on organization, user group or user (LVL-1, LVL-2).

The nearest level wins: user, then the user's groups in the organization's order of priority, then the organization.
The answer says where it came from, for the decision trail.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar, cast

T = TypeVar("T")


class Level(Enum):
    """Where a setting can be given, nearest first; ``DEFAULT`` is pbxd's own value."""

    USER = "user"
    GROUP = "group"
    ORGANIZATION = "organization"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one object says; ``None`` leaves it to the next level."""

    ring_seconds: int | None = None
    call_waiting: bool | None = None
    anonymous_calls: bool | None = None
    ringtone_internal: str | None = None
    ringtone_external: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Generic[T]):
    """One setting: the field of :class:`Settings` that holds it, and the value where nobody sets it."""

    name: str
    default: T


RING_SECONDS = Setting(name="ring_seconds", default=30)
"""How long a user's devices ring, in seconds."""
CALL_WAITING = Setting(name="call_waiting", default=True)
"""Whether a user in a call is rung for another one (RULE-7)."""
ANONYMOUS_CALLS = Setting(name="anonymous_calls", default=True)
"""Whether a user's phone may ask that nobody learns who calls (CLI-5)."""
RINGTONE_INTERNAL = Setting(name="ringtone_internal", default="")
RINGTONE_EXTERNAL = Setting(name="ringtone_external", default="")
"""How a user's phones ring for colleagues and for others (CLI-8); empty: as they like."""
SETTINGS: tuple[Setting[int] | Setting[bool] | Setting[str], ...] = (
    RING_SECONDS,
    CALL_WAITING,
    ANONYMOUS_CALLS,
    RINGTONE_INTERNAL,
    RINGTONE_EXTERNAL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective(Generic[T]):
    """The value that holds, and which object on which level set it."""

    setting: str
    value: T
    level: Level
    name: str

    def __str__(self) -> str:
        value = {True: "on", False: "off"}[self.value] if isinstance(self.value, bool) else self.value
        origin = "pbxd's default" if self.level is Level.DEFAULT else f"set on {self.level.value} {self.name}"
        return f"{self.setting} is {value} ({origin})"


def effective(setting: Setting[T], levels: Iterable[tuple[Level, str, Settings]]) -> Effective[T]:
    """The first of ``levels`` (nearest first: level, object's name, what it says) that sets it."""
    for level, name, says in levels:
        value = cast("T | None", getattr(says, setting.name))
        if value is not None:
            return Effective(setting=setting.name, value=value, level=level, name=name)
    return Effective(setting=setting.name, value=setting.default, level=Level.DEFAULT, name="")
