"""Settings and permissions that may be given on organization, user group or user (LVL-1, LVL-2, LVL-3).

A *setting* is overridden: the nearest level wins, which is the user, then the user's groups in the organization's order
of priority, then the organization. A *permission* is added up: true anywhere is true, lists are united. Which of the
two a key is, its default and where it may be given is declared once, in :mod:`pbxd.org.levels`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeAlias, TypeVar

from pbxd.org.wording import in_words
from pbxd.plain import plain

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Level(Enum):
    """Where a setting can be given, nearest first; ``DEFAULT`` is pbxd's own value."""

    USER = "user"
    GROUP = "group"
    ORGANIZATION = "organization"
    DEFAULT = "default"


class Kind(Enum):
    """How what the levels say becomes one value."""

    SETTING = "setting"
    """Overridden: the nearest level that says anything wins."""
    PERMISSION = "permission"
    """Added up: no level takes away what another one gives."""


EVERYWHERE = frozenset({Level.USER, Level.GROUP, Level.ORGANIZATION})
ORGANIZATION_ONLY = frozenset({Level.ORGANIZATION})


@dataclass(frozen=True, slots=True, init=False)
class Settings:
    """What one object says, by the name of the key; what it does not say is left to the next level."""

    values: Mapping[str, Any]

    def __init__(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> None:
        object.__setattr__(self, "values", {**(values or {}), **named})


NOTHING = Settings()
"""Says nothing. Most users share it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Generic[T_co]):
    """A key of the registry."""

    name: str
    """As in the configuration, with dots: ``voicemail.speak_activity``."""
    default: T_co
    """The value where nobody says anything; of a list permission, the empty tuple."""
    words: str
    """What it is, for people."""
    kind: Kind = Kind.SETTING
    levels: frozenset[Level] = EVERYWHERE
    """Where it may be given (LVL-4)."""


Said: TypeAlias = tuple[Level, str, Settings]
"""A level, the name of the object on it, and what that says."""


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class Effective(Generic[T_co]):
    """The value that holds, and which object on which level set it."""

    setting: str
    value: T_co
    level: Level
    """Of a permission: the nearest level that gives it."""
    name: str

    def __str__(self) -> str:
        origin = "pbxd's default" if self.level is Level.DEFAULT else f"set on {self.level.value} {self.name}"
        return f"{self.setting} is {in_words(self.value)} ({origin})"


def effective(setting: Setting[T], levels: Iterable[Said]) -> Effective[T]:
    """What ``levels`` (nearest first) come to."""
    if setting.kind is Kind.PERMISSION:
        return _added_up(setting, levels)
    key = setting.name
    for level, name, says in levels:
        if key in says.values:
            return Effective(setting=key, value=says.values[key], level=level, name=name)
    return Effective(setting=setting.name, value=setting.default, level=Level.DEFAULT, name="")


def _added_up(setting: Setting[T], levels: Iterable[Said]) -> Effective[T]:
    """True or the union; the default holds only where nobody says anything."""
    said = [(level, name, says.values[setting.name]) for level, name, says in levels if setting.name in says.values]
    if not said:
        return Effective(setting=setting.name, value=setting.default, level=Level.DEFAULT, name="")
    level, name, value = next((one for one in said if one[2]), said[0])
    if isinstance(value, tuple):
        value = tuple(dict.fromkeys(item for _, _, items in said for item in items))
    return Effective(setting=setting.name, value=value, level=level, name=name)
