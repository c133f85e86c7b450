"""How what somebody dials is read: conversions, the country's plan, the outside-line prefix (NUM-2, NUM-3, NUM-11)."""

from __future__ import annotations

from dataclasses import dataclass, field

from pbxd.org.contacts import Contacts

Interval = tuple[str, str]
"""From the first to the last, both included, as text of one length: ``("07", "15")`` has 08 in it, and not 8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A prefix and so many digits become another prefix and the same digits (NUM-2)."""

    prefix: str
    rewrite: str
    digits: int | None = None
    """How many follow the prefix; ``None``: any count."""
    only: tuple[Interval, ...] = ()
    """What these digits, or the first of any count, are limited to; empty: no limit."""

    def convert(self, number: str) -> str | None:
        """The number rewritten, or ``None`` where the conversion is not for it."""
        if not number.startswith(self.prefix):
            return None
        rest = number[len(self.prefix) :]
        if self.digits is not None and len(rest) != self.digits:
            return None
        if rest and not rest.isdecimal():
            return None
        if self.only and not any(first <= rest[: len(first)] <= last for first, last in self.only):
            return None
        return self.rewrite + rest

    def __str__(self) -> str:
        count = "any digits" if self.digits is None else f"{self.digits} digit{'s' * (self.digits != 1)}"
        spans = ", ".join(first if first == last else f"{first}-{last}" for first, last in self.only)
        return f"{self.prefix} and {count}{f' of {spans}' if spans else ''} to {self.rewrite}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversions:
    """What one level says about numbers that are dialled."""

    template: str | None = None
    """Country whose numbering plan reads what no conversion is for (NUM-3); ``None``: as the next level says."""
    own: tuple[Conversion, ...] = ()
    """The first that fits is used."""
    never: frozenset[str] = frozenset()
    """Numbers that are not converted, besides those of the country."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialling:
    """How the numbers that somebody dials are read, all levels taken together."""

    plan: str
    """Country (ISO 3166) whose numbering plan is used."""
    countries: tuple[str, ...]
    """Whose emergency numbers, and other numbers that are never converted, count."""
    prefix: str = ""
    """What is dialled for an outside line."""
    conversions: tuple[tuple[str, Conversion], ...] = ()
    """Whose each is (in words), and the conversion, in the order in which they are tried."""
    never: frozenset[str] = field(default_factory=frozenset)
    lists: tuple[Contacts, ...] = ()
    """Contacts whose short numbers may be dialled, nearest first (USR-5)."""
