"""A configuration from one process to another, and out of memory again, in slices: sound goes on meanwhile (API-6).

Taking over 10,000 users at once, or forgetting them, takes Python tens of milliseconds in which it does nothing else.
So organizations travel hollow, and their users follow some at a time. No slice refers to another one: a memory of
everything that was seen would itself have to be forgotten.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import IO, TypeAlias

from pbxd.config.snapshot import Configuration
from pbxd.errors import ConfigProblem
from pbxd.org.contacts import NOBODY
from pbxd.org.organization import Organization
from pbxd.org.rules import NO_RULES
from pbxd.org.setting import NOTHING
from pbxd.org.users import NONE, User

SLICE = 50
"""Users at a time: about a millisecond."""
SHARED = (NONE, NOTHING, NO_RULES, NOBODY)
"""What most users have, and what is there once on either side."""

Outcome: TypeAlias = Configuration | tuple[ConfigProblem, ...]
"""What was read, or everything that is wrong in it."""


@dataclass(frozen=True, slots=True)
class _Beginning:
    outcome: Outcome
    """Of a configuration: with its organizations hollow."""
    organizations: tuple[Organization, ...]
    slices: int


@dataclass(frozen=True, slots=True)
class _Slice:
    organization: int
    users: tuple[User, ...]


class _Pickler(pickle.Pickler):
    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(stream, protocol=pickle.HIGHEST_PROTOCOL)
        self._numbers = {id(one): number for number, one in enumerate(SHARED)}

    def persistent_id(self, value: object) -> int | None:
        return self._numbers.get(id(value))


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, number: int) -> object:
        return SHARED[number]


def send(outcome: Outcome, stream: IO[bytes]) -> None:
    """Write the outcome."""
    whole = tuple(outcome.organizations.values()) if isinstance(outcome, Configuration) else ()
    hollow = tuple(one.hollow() for one in whole)
    if isinstance(outcome, Configuration):
        outcome = replace(outcome, organizations={one.name: one for one in hollow})
    slices = [part for index, one in enumerate(whole) for part in _slices(index, one)]
    for part in (_Beginning(outcome, hollow, len(slices)), *slices):
        _Pickler(stream).dump(part)


def receive(stream: IO[bytes]) -> Iterator[Outcome | None]:
    """Read what :func:`send` wrote, slice by slice; the last item is the outcome, those before are ``None``.

    Raises :class:`EOFError` or :class:`pickle.UnpicklingError` where the stream breaks off.
    """
    beginning: _Beginning = _Unpickler(stream).load()
    for _ in range(beginning.slices):
        yield None
        part: _Slice = _Unpickler(stream).load()
        beginning.organizations[part.organization].admit(part.users)
    yield beginning.outcome


def parts(configuration: Configuration) -> list[object]:
    """All that there is many of, for :func:`forget`: as long as this list lives, so does each of them."""
    return [part for one in configuration.organizations.values() for part in one.parts()]


def forget(parts: list[object]) -> Iterator[None]:
    """Let go of a configuration's parts, some at each step."""
    while parts:
        del parts[-SLICE:]
        yield


def _slices(index: int, organization: Organization) -> Iterator[_Slice]:
    users = iter(organization.users.values())
    while part := tuple(islice(users, SLICE)):
        yield _Slice(index, part)
