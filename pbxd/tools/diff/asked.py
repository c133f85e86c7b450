"""Which calls are compared: a grid of numbers, callers and moments, or those that were recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, product

import phonenumbers

from pbxd.config.snapshot import Configuration
from pbxd.dialplan.situation import FromDevice, FromTrunk, Situation, Source
from pbxd.events import CallArrived
from pbxd.org.numbering import free_spans
from pbxd.org.organization import Organization
from pbxd.org.users import User
from pbxd.tools.diff.callers import Callers, numbers_of
from pbxd.tools.diff.moments import Moments

MOST = 20_000
"""Calls of the grid; of larger organizations it has some lines instead of all: those that changed first."""
COLLEAGUES = 4
"""Callers from inside, each of other groups."""
PADDING = "20304050607"
LENGTH = len("+4520304050")


@dataclass(frozen=True, slots=True)
class Asked:
    """A call to compare, and how many like it there are."""

    situation: Situation
    at: float
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    calls: tuple[Asked, ...]
    left_out: int
    """Lines that are not in it."""


def grid(old: Configuration, new: Configuration, now: float) -> Grid:
    """Every number that either configuration knows, called by one caller of each kind, at one moment of each kind."""
    moments = Moments((old, new)).each(now)
    calls: list[Asked] = []
    left_out = 0
    for name in dict.fromkeys((*old.organizations, *new.organizations)):
        sides = [one.organizations[name] for one in (old, new) if name in one.organizations]
        inside, outside = list(_colleagues(sides)), list(_strangers(sides, (old, new)))
        room = max(MOST // (max(len(inside) + len(outside), 1) * len(moments)), 1)
        users = _users(sides)
        chosen = _some(users, room)
        left_out += len(users) - len(chosen)
        others = list(dict.fromkeys(chain.from_iterable(map(_others, sides))))
        lines = [(user.extension or "", user.primary.number) for user in chosen if user.primary is not None]
        far = list(dict.fromkeys(number for one in sides for number in examples(one)))
        for at in moments:
            from_inside = product(inside, dict.fromkeys((*(short for short, _ in lines), *others, *far)))
            from_outside = product(outside, dict.fromkeys((*(number for _, number in lines), *others)))
            for source, dialled in chain(from_inside, from_outside):
                calls.append(Asked(Situation(source=source, dialled=dialled), at))
    return Grid(calls=tuple(calls), left_out=left_out)


def recorded(arrived: Iterable[CallArrived], old: Configuration, new: Configuration) -> list[Asked]:
    """Calls that were made, each kind once: like callers to one number at like moments end alike."""
    moments, callers = Moments((old, new)), Callers((old, new))
    found: dict[object, Asked] = {}
    for call in arrived:
        source = _source(call, old, new)
        key = (callers.like(source), call.called, moments.like(call.at))
        known = found.get(key)
        if known is None:
            found[key] = Asked(Situation(source=source, dialled=call.called), call.at)
        else:
            found[key] = replace(known, count=known.count + 1)
    return list(found.values())


def _source(call: CallArrived, old: Configuration, new: Configuration) -> Source:
    for configuration in (new, old):
        organization = configuration.organizations.get(call.organization)
        owner = organization.owner(call.party) if organization is not None else None
        if owner is not None:
            return FromDevice(organization=call.organization, user=owner.username, device=call.party)
    return FromTrunk(
        organization=call.organization,
        trunk=call.party,
        number=call.caller,
        number_format="plus_e164",
        name=call.caller_name,
    )


def _users(sides: Sequence[Organization]) -> list[User]:
    """Everybody of either side; those who are not the same on both come first."""
    names = dict.fromkeys(name for side in sides for name in side.users)
    both = [[side.users.get(name) for side in sides] for name in names]
    both.sort(key=lambda ones: all(one == ones[0] for one in ones))
    return [next(one for one in reversed(ones) if one is not None) for ones in both]


def _some(users: list[User], room: int) -> list[User]:
    """Half of the room is for the first ones, the rest is spread over the others."""
    if len(users) <= room:
        return users
    first = users[: room // 2]
    rest = users[room // 2 :]
    every = max(len(rest) // max(room - len(first), 1), 1)
    return [*first, *rest[::every]]


def _colleagues(sides: Sequence[Organization]) -> Iterator[FromDevice]:
    """Users with a phone, one for each set of groups."""
    known: set[tuple[str, ...]] = set()
    for user in sides[0].users.values():
        if user.devices and user.groups not in known and len(known) < COLLEAGUES:
            known.add(user.groups)
            yield FromDevice(organization=sides[0].name, user=user.username, device=user.devices[0].name)


def _strangers(sides: Sequence[Organization], configurations: Sequence[Configuration]) -> Iterator[FromTrunk]:
    """Callers from outside: unknown, ordinary, of each number type, and contacts of each kind."""
    numbers = {"": None, **dict.fromkeys(number for side in sides for number in (*examples(side), *_contacts(side)))}
    name = sides[0].name
    trunks = [one.name for both in configurations for one in both.trunks.values() if name in one.organizations]
    for number in numbers:
        yield FromTrunk(
            organization=name,
            trunk=trunks[0] if trunks else "outside",
            number=number,
            number_format="plus_e164",
            name="",
        )


def _contacts(organization: Organization) -> Iterator[str]:
    yield from {kind: number for number, kind in numbers_of(organization.contacts)}.values()


def examples(organization: Organization) -> Iterator[str]:
    """Numbers outside: an ordinary one, and one of each number type."""
    for country in organization.countries:
        example = phonenumbers.example_number(country)
        if example is not None:
            yield phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    for kind in organization.number_types.types.values():
        for prefix in kind.prefixes[:1]:
            yield (prefix + PADDING)[: max(LENGTH, len(prefix))]


def _others(organization: Organization) -> Iterator[str]:
    """Service numbers, and the first free number of each range."""
    for service in organization.services():
        yield from (service.number, *service.numbers)
    for numbers in organization.number_ranges:
        free = next(free_spans(organization, numbers), None)
        if free is not None:
            yield free.first
