"""Who may do what, and to whom (LVL-3, LVL-7).

A right that concerns other people can be given from both sides: a group's members may do it *to* groups
(``permissions.pickup: [sales]``), and an organization, group or user may let groups do it to *them*
(``permissions_on_me.picked_up_by: [support]``). What holds is the union, over all levels and groups of both. Nothing
takes a right away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pbxd.org import levels
from pbxd.org.levels import Names, Setting, effective
from pbxd.org.setting import Level, Said

if TYPE_CHECKING:
    from pbxd.org.organization import Organization
    from pbxd.org.users import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """Something that one person may do to another."""

    name: str
    """As under ``permissions``: ``pickup``."""
    over: Setting[Names]
    """Gives it to the actor: the groups that it may be done to."""
    granted_to: Setting[Names]
    """Gives it from the other side: the groups that may do it."""
    words: str
    """``pick up calls of``, after "may"."""
    open: bool = False
    """Whether everybody has it in an organization that says nothing about it on either side."""
    of_oneself: bool = True
    """Whether one may do it to oneself."""
    of_administrators: bool = False
    """Whether administrators have it over those whom they administer."""


PICKUP = Right(name="pickup", over=levels.PICKUP, granted_to=levels.PICKED_UP_BY, words="pick up calls of")
RETRIEVE_PARKED = Right(
    name="retrieve_parked",
    over=levels.RETRIEVE_PARKED,
    granted_to=levels.RETRIEVED_BY,
    words="retrieve what is parked for",
)
SEE_STATUS = Right(
    name="see_status",
    over=levels.SEE_STATUS,
    granted_to=levels.SEEN_BY,
    words="see the state of",
    open=True,
    of_administrators=True,
)
BYPASS_DIVERSION = Right(
    name="bypass_diversion",
    over=levels.BYPASS_DIVERSION,
    granted_to=levels.BYPASSED_BY,
    words="pass the diversion of",
)
INTRUDE = Right(
    name="intrude", over=levels.INTRUDE, granted_to=levels.INTRUDED_BY, words="intrude on", of_oneself=False
)
LISTEN = Right(name="listen", over=levels.LISTEN, granted_to=levels.LISTENED_BY, words="listen to", of_oneself=False)
SEE_FUTURE_PRESENCE = Right(
    name="see_future_presence",
    over=levels.SEE_FUTURE_PRESENCE,
    granted_to=levels.FUTURE_PRESENCE_SEEN_BY,
    words="see the plans of",
    of_administrators=True,
)
EDIT_FUTURE_PRESENCE = Right(
    name="edit_future_presence",
    over=levels.EDIT_FUTURE_PRESENCE,
    granted_to=levels.FUTURE_PRESENCE_EDITED_BY,
    words="edit the plans of",
    of_administrators=True,
)
RIGHTS = {
    right.name: right
    for right in (
        PICKUP,
        RETRIEVE_PARKED,
        SEE_STATUS,
        BYPASS_DIVERSION,
        INTRUDE,
        LISTEN,
        SEE_FUTURE_PRESENCE,
        EDIT_FUTURE_PRESENCE,
    )
}
"""Every right by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Whether one may, and everything that says so."""

    value: bool
    sources: tuple[str, ...]
    """In words; why not, where one may not."""

    def __bool__(self) -> bool:
        return self.value


def may(organization: Organization, actor: str, right: Right, target: str) -> Granted:
    """Whether the user ``actor`` has ``right`` over the user ``target``. Unknown users have no rights and give none."""
    one, other = organization.users.get(actor), organization.users.get(target)
    if one is None or other is None:
        return Granted(value=False, sources=(f"{organization.name} has no user {actor if one is None else target}",))
    sources = tuple(_sources(organization, one, right, other))
    if sources:
        return Granted(value=True, sources=sources)
    nothing = f"nothing lets {actor} {right.words} {target}"
    return Granted(value=False, sources=(nothing,))


def has(organization: Organization, actor: str, flag: Setting[bool]) -> Granted:
    """Whether the user ``actor`` has a permission that concerns nobody else, such as sending SMS."""
    user = organization.users.get(actor)
    if user is None:
        return Granted(value=False, sources=(f"{organization.name} has no user {actor}",))
    said = organization.said(user)
    giving = tuple(f"{flag.name} is on for {_named(one)}" for one in said if one[2].values.get(flag.name))
    if giving:
        return Granted(value=True, sources=giving)
    return Granted(value=bool(effective(flag, said).value), sources=(f"nobody gives {flag.name} to {actor}",))


def administers(actor: User, target: User) -> bool:
    """Whether one manages the other: the organization's administrator everybody, a group's those in his groups."""
    if actor.role == "org-admin":
        return True
    return actor.role == "group-admin" and not set(actor.groups).isdisjoint(target.groups)


def _sources(organization: Organization, actor: User, right: Right, target: User) -> Iterator[str]:
    if actor is target and right.of_oneself:
        yield f"{actor.username} may {right.words} {target.username}: himself"
    if right.of_administrators and administers(actor, target):
        yield f"{actor.username} is {actor.role}"
    for said in organization.said(actor):
        for group in _common(said, right.over, target.groups):
            yield f"{_named(said)} may {right.words} group {group}, where {target.username} is a member"
    for said in organization.said(target):
        for group in _common(said, right.granted_to, actor.groups):
            yield f"group {group}, where {actor.username} is a member, may {right.words} {_named(said)}"
    if right.open and not organization.says_anything_about(right.over, right.granted_to):
        yield f"{organization.name} says nothing about {right.name}, so everybody may {right.words} everybody"


def _common(said: Said, setting: Setting[Names], groups: Iterable[str]) -> Iterator[str]:
    named = said[2].values.get(setting.name)
    return (group for group in groups if group in named) if named else iter(())


def _named(said: Said) -> str:
    level, name, _ = said
    return "everybody" if level is Level.ORGANIZATION else f"{level.value} {name}"
