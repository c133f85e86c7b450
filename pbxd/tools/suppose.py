"""What a person supposes about the world: ``anna: lunch``, ``bo: in a call``, ``carrier: down`` (TOOL-1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pbxd.config.hints import nearest
from pbxd.config.snapshot import Configuration
from pbxd.dialplan.supposed import Supposed
from pbxd.errors import PbxdError
from pbxd.org.organization import Organization
from pbxd.org.state import NOTHING_SET, ActivitySet, Diversion, DiversionKind, ProfileSet, UserState
from pbxd.org.users import User

DIVERTED: Mapping[str, DiversionKind] = {
    "diverted to ": "always",
    "diverted on busy to ": "busy",
    "diverted on no answer to ": "no-answer",
    "diverted when unreachable to ": "unreachable",
}
WORDS = ("in a call", "no phone", "night mode overridden", *(f"{words}NUMBER" for words in DIVERTED))


class UnknownSupposition(PbxdError):
    """It can't be read; the words say what can."""


@dataclass(slots=True)
class _World:
    """What was supposed so far."""

    states: dict[tuple[str, str], UserState] = field(default_factory=dict)
    absent: set[tuple[str, str]] = field(default_factory=set)
    talking: set[tuple[str, str]] = field(default_factory=set)
    down: dict[str, str] = field(default_factory=dict)


def suppose(configuration: Configuration, as_if: Mapping[str, str], now: float) -> Supposed:
    """A quiet day, but for what ``as_if`` says: a username, device or trunk, and words with commas between them.

    Raises :class:`UnknownSupposition`.
    """
    world = _World()
    for who, said in as_if.items():
        for words in filter(None, map(str.strip, said.split(","))):
            _take(configuration, world, who, words, now)
    return Supposed(
        organizations=configuration.organizations,
        by_name=configuration.trunks,
        states=world.states,
        absent=frozenset(world.absent),
        talking=frozenset(world.talking),
        down=world.down,
    )


def _take(configuration: Configuration, world: _World, who: str, words: str, now: float) -> None:
    if who in configuration.trunks:
        if words not in ("down", "full"):
            raise UnknownSupposition(f"a trunk can be down or full, not {words}")
        world.down[who] = f"is {words}"
        return
    for organization in configuration.organizations.values():
        user = organization.users.get(who)
        if user is not None:
            _of_user(world, organization, user, words, now)
            return
        if organization.device(who) is not None:
            if words != "not registered":
                raise UnknownSupposition(f"a device can be `not registered`, not {words}")
            world.absent.add((organization.name, who))
            return
    known = [*configuration.trunks, *(name for one in configuration.organizations.values() for name in one.users)]
    raise UnknownSupposition(f"nobody is called {who}: {nearest(who, known) or 'a user, a device or a trunk can be'}")


def _of_user(world: _World, organization: Organization, user: User, words: str, now: float) -> None:
    who = organization.name, user.username
    match words:
        case "in a call" | "busy":
            world.talking.add(who)
        case "no phone" | "not registered":
            world.absent |= {(organization.name, device.name) for device in user.devices}
        case _:
            world.states[who] = _set(world.states.get(who, NOTHING_SET), organization, user, words, now)


def _set(state: UserState, organization: Organization, user: User, words: str, now: float) -> UserState:
    """The state with one thing more."""
    if words == "night mode overridden":
        return replace(state, night_override=True)
    for beginning, kind in DIVERTED.items():
        if words.startswith(beginning):
            diversion = Diversion(kind=kind, to=words.removeprefix(beginning).strip())
            return replace(state, diversions=(*state.diversions, diversion))
    if words in organization.activities:
        return replace(state, activity=ActivitySet(activity=words, since=now))
    if words in organization.roles:
        return replace(state, role=words)
    if organization.profile(words, user) is not None:
        return replace(state, profile=ProfileSet(profile=words, since=now))
    known = [*_names(organization, user)]
    hint = nearest(words, known) or f"one of {', '.join(known)}"
    raise UnknownSupposition(f"{user.username} can't be {words}: {hint}")


def _names(organization: Organization, user: User) -> Iterator[str]:
    yield from organization.activities
    yield from organization.roles
    yield from {**organization.profiles, **user.profiles}
    yield from WORDS
