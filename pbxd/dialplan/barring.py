"""The one check for every leg that leaves: calls, forwards, overflow, callbacks (NUM-6, SEC-6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from pbxd.dialplan.numbering import is_emergency
from pbxd.org.barring import Barring, Limit
from pbxd.org.organization import Organization
from pbxd.org.rules import Condition


class Usage(Protocol):
    """Calls of the same user or service number that count towards a limit."""

    @property
    def simultaneous(self) -> int: ...
    @property
    def last_hour(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The leg may leave."""

    words: tuple[str, ...] = ()
    """What was looked at, for the trail."""
    counts: tuple[str, ...] = ()
    """Barring groups towards whose limit the call counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """The leg may not leave."""

    group: str
    reason: str
    """In words, for the trail, the log and the Reason header."""
    announce: str | None = None
    """Sound that tells the caller, where the group has one."""


def egress(
    number: str,
    barring: Iterable[str],
    organization: Organization,
    *,
    usage: Callable[[str], Usage],
    holds: Callable[[Condition], tuple[bool, str]],
) -> Allowed | Barred:
    """Whether a canonical number outside may be called by whom these barring groups are attached to.

    ``usage`` tells how much of a group's limit is used, ``holds`` judges a condition; both are asked only where it
    matters. The first group that bars counts. An emergency number is never barred.
    """
    if is_emergency(number, organization):
        return Allowed(words=(f"{number} is an emergency number, which nothing bars",))
    types = organization.types_of(number)
    words: list[str] = []
    counts: list[str] = []
    for group in map(organization.barring.__getitem__, dict.fromkeys(barring)):
        problem, limited = _against(group, number, types)
        if problem is None and not limited:
            continue
        holding, why = holds(group.when)
        if not holding:
            words.append(f"{group.name} does not count now: {why}")
            continue
        if group.limit is not None and limited:
            counts.append(group.name)
            problem = problem or _used_up(group.limit, usage(group.name), min(group.limit.types & types))
        if problem is not None:
            return Barred(group=group.name, reason=problem, announce=group.announce)
        words.append(f"{group.name} has room for another call")
    return Allowed(words=tuple(words), counts=tuple(counts))


def _against(group: Barring, number: str, types: frozenset[str]) -> tuple[str | None, bool]:
    """What the group has against the number itself, and whether its limit is about such numbers."""
    limited = group.limit is not None and bool(group.limit.types & types)
    if group.deny is not None and (why := group.deny.why(number, types)) is not None:
        return why, limited
    if group.allow_only is not None and group.allow_only.why(number, types) is None:
        return f"{number} is none of the numbers that may be called", limited
    return None, limited


def _used_up(limit: Limit, used: Usage, type_: str) -> str | None:
    if limit.simultaneous is not None and used.simultaneous >= limit.simultaneous:
        return f"{used.simultaneous} calls to numbers of type {type_} at once, and {limit.simultaneous} are allowed"
    if limit.per_hour is not None and used.last_hour >= limit.per_hour:
        return f"{used.last_hour} calls to numbers of type {type_} within an hour, and {limit.per_hour} are allowed"
    return None
