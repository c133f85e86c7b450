"""Licence kinds: what each allows, how many there are, and who uses them (USR-7).

Nothing here stops a call: who has too little, and what there is too much of, is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pbxd.org.supervision import supervised

if TYPE_CHECKING:
    from pbxd.org.organization import Organization
    from pbxd.org.users import User

UNIFIED_INBOX: Final = "unified-inbox"
"""The client application with voice messages and recordings."""
SOFT: Final = frozenset({"softphone", "browser"})
"""Kinds of devices that are applications of the same name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """A kind of licence."""

    name: str
    count: int | None = None
    """How many there are; ``None``: as many as one likes."""
    supervisor: bool = False
    """Whether who has it may supervise queues."""
    apps: frozenset[str] | None = None
    """Client applications that it allows; ``None``: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How much of one kind is used."""

    licence: str
    count: int | None
    used: int

    @property
    def over(self) -> int:
        """How many are too many."""
        return max(0, self.used - self.count) if self.count is not None else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """What is used and not allowed, in words."""

    username: str
    """Empty: a kind as a whole."""
    words: str


def apps_of(organization: Organization, user: User) -> frozenset[str] | None:
    """The client applications that a user may use, which his licence limits; ``None``: all."""
    licence = organization.licences.get(user.licence)
    allowed = licence.apps if licence is not None else None
    if user.apps is None:
        return allowed
    return frozenset(user.apps) if allowed is None else allowed.intersection(user.apps)


def may_use(organization: Organization, user: User, app: str) -> bool:
    """Whether a client application is allowed to a user."""
    apps = apps_of(organization, user)
    return apps is None or app in apps


def usage(organization: Organization) -> list[Usage]:
    """How much of each kind is used, also of those that users have and nobody has named."""
    used = dict.fromkeys(organization.licences, 0)
    for user in organization.people():
        used[user.licence] = used.get(user.licence, 0) + 1
    known = organization.licences
    return [
        Usage(licence=name, count=known[name].count if name in known else None, used=amount)
        for name, amount in used.items()
    ]


def excesses(organization: Organization) -> Iterator[Excess]:
    """What is used and not allowed; nothing where the organization names no licences."""
    if not organization.licences:
        return
    for one in usage(organization):
        if one.over:
            yield Excess(
                username="", words=f"{one.used} users have the licence {one.licence}, of which there are {one.count}"
            )
    for user in organization.people():
        yield from (Excess(username=user.username, words=words) for words in _of_user(organization, user))


def _of_user(organization: Organization, user: User) -> Iterator[str]:
    licence = organization.licences.get(user.licence)
    if licence is None:
        yield f"{user.username} has the licence {user.licence}, which the organization does not name"
        return
    queue = None if licence.supervisor else next(supervised(user, organization), None)
    if queue is not None:
        yield f"{user.username} supervises {queue.name}, which the licence {licence.name} does not allow"
    for one in user.apps or ():
        if licence.apps is not None and one not in licence.apps:
            yield f"{user.username} has {one} among apps, which the licence {licence.name} does not allow"
    for device in user.devices:
        if device.kind in SOFT and not may_use(organization, user, device.kind):
            yield f"{user.username} has the device {device.name}, and {device.kind} is not allowed"
