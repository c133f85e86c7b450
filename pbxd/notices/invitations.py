"""Welcome messages by mail or SMS: how to set up a telephone, who was told, and who uses it since (USR-8, DEV-7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pbxd.config.hints import nearest
from pbxd.errors import PbxdError
from pbxd.events import Registered
from pbxd.notices.letter import Channel, Letter
from pbxd.notices.outbox import Notice, Outbox
from pbxd.notices.people import mail_to, mobile_of, sms_to, texts_of

if TYPE_CHECKING:
    from pbxd.clock import Clock
    from pbxd.config.snapshot import Configuration
    from pbxd.org.organization import Organization
    from pbxd.org.users import User
    from pbxd.store.rows import OutboxRow

KIND, CLIENT = "welcome", "mobile-client"
"""Kinds of letters: to a telephone of whatever kind, and to a program on a mobile or computer (DEV-7)."""
CLIENTS = frozenset({"softphone", "mobile"})
"""Kinds of devices that are such programs, where they register."""


class InvitationError(PbxdError):
    """Somebody can't be welcomed, in words."""


class Invitations:
    """Welcomes users; subscribe it to the bus, so that it learns whose phones register."""

    def __init__(self, configuration: Callable[[], Configuration], outbox: Outbox, clock: Clock) -> None:
        self._configuration = configuration
        self._outbox = outbox
        self._clock = clock

    def __call__(self, event: Registered) -> None:
        """A phone of somebody who was welcomed is there for the first time."""
        if not self._outbox.unused:
            return
        organization = self._configuration().organizations.get(event.organization)
        owner = organization.owner(event.device) if organization is not None else None
        if owner is None:
            return
        kinds = (KIND, CLIENT) if event.device in _clients(owner) else (KIND,)
        for kind in kinds:
            seq = self._outbox.unused.get((kind, event.organization, owner.username))
            if seq is not None:
                self._outbox.used(seq)

    def invite(
        self,
        users: list[str],
        by: str = "email",
        organization: str | None = None,
        passwords: bool = False,
        mobile: bool = False,
    ) -> dict[str, Any]:
        """Write to each of ``users``, or to nobody; ``mobile``: about their mobile clients only.

        Raises :class:`InvitationError`.
        """
        within = self._within(organization)
        channel: Channel = "sms" if by == "sms" else "email"
        if not self._outbox.can(channel):
            raise InvitationError(f"nothing is configured that {'SMS' if by == 'sms' else 'mails'} could go by")
        kind = CLIENT if mobile else KIND
        letters = [(user, self._letter(within, user, channel, kind, passwords)) for user in self._users(within, users)]
        put = [
            self._outbox.put(
                Notice(organization=within.name, kind=kind, user=user.username, letter=letter, remember=True)
            )
            for user, letter in letters
        ]
        return {"notices": put}

    def states(self, organization: str | None = None, mobile: bool = False) -> dict[str, Any]:
        """Who was welcomed when, and whose phones, or mobile clients, have been there since."""
        within, kind = self._within(organization), CLIENT if mobile else KIND
        rows = {row.user: row for row in self._outbox.rows() if row.kind == kind and row.organization == within.name}
        return {"users": [_described(user, rows.get(user.username)) for user in within.users.values()]}

    def _within(self, name: str | None) -> Organization:
        organizations = self._configuration().organizations
        if name is None and len(organizations) == 1:
            return next(iter(organizations.values()))
        if name is None or name not in organizations:
            raise InvitationError(f"--organization must say which: {', '.join(organizations)}")
        return organizations[name]

    def _users(self, within: Organization, names: list[str]) -> Iterator[User]:
        for name in dict.fromkeys(names):
            if name not in within.users:
                hint = nearest(name, within.users)
                raise InvitationError(f"{within.name} has no user {name}{f'; {hint}' if hint else ''}")
            yield within.users[name]

    def _letter(self, within: Organization, user: User, channel: Channel, kind: str, passwords: bool) -> Letter:
        texts = texts_of(user)
        devices = [device for device in user.devices if device.registers]
        if kind == CLIENT:
            devices = [device for device in devices if device.name in _clients(user)]
            if not devices:
                raise InvitationError(f"{user.username} has no softphone or mobile that could register")
        own = [one for one in within.voicemail_numbers.values() if one.kind == "user"]
        said = {
            "organization": within.title,
            "name": user.name,
            "number": user.landline or user.mobile or "",
            "extension": user.extension or "",
            "domain": within.domain,
            "accounts": ", ".join(device.name for device in devices),
            "passwords": ", ".join(device.password for device in devices) if passwords else "",
            "voicemail": own[0].number if own else "",
        }
        if channel == "email":
            if user.email is None:
                raise InvitationError(f"{user.username} has no `email`")
            subject = texts.say("welcome.subject", organization=within.title)
            text = texts.say("welcome.text", **said)
            return mail_to(user, within, subject=subject, text=text, at=self._clock.wall())
        mobile = mobile_of(user)
        if mobile is None:
            raise InvitationError(f"{user.username} has no mobile number")
        sms = self._configuration().server.sms
        text = " ".join(filter(None, (texts.say("welcome.sms", **said), texts.say("welcome.sms_password", **said))))
        return sms_to(mobile, sender=sms.sender if sms is not None else "", text=text)


def _clients(user: User) -> list[str]:
    return [device.name for device in user.devices if device.registers and device.kind in CLIENTS]


def _described(user: User, row: OutboxRow | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "user": user.username,
        "name": user.name,
        "by": "",
        "state": "",
        "sent": None,
        "used": None,
    }
    if row is not None:
        sent = row.due if row.state == "sent" else None
        found |= {"by": row.channel, "state": row.state, "sent": sent, "used": row.used or None}
    return found
