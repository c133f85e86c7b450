"""Number ranges (NUM-1)."""

from __future__ import annotations

from dataclasses import dataclass


def is_e164(number: str) -> bool:
    """Whether the canonical number is a public one; the others are internal."""
    return number.startswith("+")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRange:
    """The numbers from ``first`` to ``last``, both included: all E.164 or all internal, all of one length."""

    first: str
    last: str
    dialable_from_ivr: bool = False

    def __contains__(self, number: str) -> bool:
        # Numbers of one length compare as text just as they do as figures, and leading zeros stay what they are.
        return len(number) == len(self.first) and self.first <= number <= self.last

    def overlaps(self, other: NumberRange) -> bool:
        """Whether some number is in both."""
        same = len(self.first) == len(other.first) and is_e164(self.first) == is_e164(other.first)
        return same and self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"
