"""Whose mailboxes there are by the configuration, and what they may hold."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from pbxd.dialplan.numbering import canonical
from pbxd.mailboxes import Box, Limits, MailboxKey, Mailroom, Office
from pbxd.mailboxes.links import Links, key_in
from pbxd.org import menus
from pbxd.org.levels import VOICEMAIL_KEEP_DAYS, VOICEMAIL_MAX_MEGABYTES

if TYPE_CHECKING:
    from random import Random

    from pbxd.clock import Clock
    from pbxd.config.snapshot import Configuration
    from pbxd.events import Bus
    from pbxd.org.organization import Organization
    from pbxd.org.users import User
    from pbxd.store.interface import Storage

MEGABYTE = 1_000_000


def office_of(
    store: Storage,
    bus: Bus,
    clock: Clock,
    spawn: Callable[[Coroutine[Any, Any, None]], None],
    random: Random,
    configuration: Callable[[], Configuration],
) -> Office:
    """What the server's mailroom works with. Raises :class:`OSError`, :class:`PbxdError` as :func:`key_in`."""

    def limits(box: MailboxKey) -> Limits | None:
        return _limits(box, configuration().organizations.get(box.organization))

    return Office(
        messages=store.voice_messages,
        boxes=store.mailboxes,
        bus=bus,
        wall=clock.wall,
        spawn=spawn,
        draw=random.getrandbits,
        limits=limits,
        links=Links(key_in(configuration().server.data.absolute() / "links.key")),
    )


def _limits(box: MailboxKey, organization: Organization | None) -> Limits | None:
    """What a mailbox may hold, and for how long (VM-5)."""
    if organization is None:
        return None
    user = organization.users.get(box.mailbox) if box.kind == "user" else None
    if user is None and (box.kind == "user" or box.mailbox not in organization.mailboxes):
        return None
    megabytes = organization.effective(VOICEMAIL_MAX_MEGABYTES, user).value
    return Limits(megabytes * MEGABYTE, organization.effective(VOICEMAIL_KEEP_DAYS, user).value)


def box_of_user(mailroom: Mailroom, organization: Organization, user: User) -> Box:
    """A user's own mailbox."""
    return Box(mailroom, MailboxKey(organization.name, "user", user.username), user.pin)


def box_of_group(mailroom: Mailroom, organization: Organization, mailbox: menus.Mailbox) -> Box:
    """A group's mailbox."""
    return Box(mailroom, MailboxKey(organization.name, "group", mailbox.name), mailbox.pin)


def box_at(mailroom: Mailroom, organization: Organization, by: User | None, dialled: str) -> Box | None:
    """The mailbox of whomever a number reaches that ``by``, or somebody, dials."""
    number = canonical(dialled, organization, by).canonical
    owner = organization.line(number)
    if owner is not None:
        return box_of_user(mailroom, organization, owner.user)
    service = organization.service(number)
    return box_of_group(mailroom, organization, service) if isinstance(service, menus.Mailbox) else None
