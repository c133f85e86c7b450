"""Barring groups: what may not be called, when, and how much of it (NUM-6)."""

from __future__ import annotations

from dataclasses import dataclass, field

from pbxd.org.rules import Always, Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A set of numbers, by their types and prefixes."""

    types: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()

    def why(self, number: str, types: frozenset[str]) -> str | None:
        """What makes a canonical number, of these types, one of the set; ``None`` where nothing does."""
        type_ = min(self.types & types, default=None)
        if type_ is not None:
            return f"{number} is a number of type {type_}"
        prefix = next((prefix for prefix in self.prefixes if number.startswith(prefix)), None)
        return None if prefix is None else f"{number} begins with {prefix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many calls somebody may make to numbers of some types: a guard against toll fraud."""

    types: frozenset[str]
    simultaneous: int | None = None
    per_hour: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Barring:
    """One barring group."""

    name: str
    deny: Numbers | None = None
    allow_only: Numbers | None = None
    limit: Limit | None = None
    when: Condition = field(default_factory=Always)
    """When it counts."""
    announce: str | None = None
    """Sound that tells why."""
