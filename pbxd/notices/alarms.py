"""Somebody calls for help: whom that concerns is told by mail as well (NUM-4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pbxd.events import EmergencyCalled
from pbxd.notices.outbox import Notice, Outbox
from pbxd.notices.people import mail_to, texts_of, zone_of

if TYPE_CHECKING:
    from pbxd.config.snapshot import Configuration

KIND = "emergency"


class EmergencyMails:
    """Writes to those whom ``emergency.notify`` names and who have an address; subscribe it to the bus."""

    def __init__(self, configuration: Callable[[], Configuration], outbox: Outbox) -> None:
        self._configuration = configuration
        self._outbox = outbox

    def __call__(self, event: EmergencyCalled) -> None:
        """Send the mails of an emergency call, whatever state the database is in."""
        if not self._outbox.can("email"):
            return
        organization = self._configuration().organizations.get(event.organization)
        caller = organization.users.get(event.user) if organization is not None else None
        if organization is None or caller is None:  # gone with a reload in the same moment
            return
        who = f"{caller.name} ({caller.extension})" if caller.extension else caller.name
        for username in event.notify:
            user = organization.users.get(username)
            if user is None or user.email is None:
                continue
            texts = texts_of(user)
            text = texts.say(
                "emergency.text",
                who=who,
                number=event.number,
                at=texts.moment(event.at, zone_of(organization, user)),
                device=event.device,
                location=event.location,
                callback=event.callback,
            )
            subject = texts.say("emergency.subject", who=who, number=event.number)
            mail = mail_to(user, organization, subject=subject, text=text, at=event.at)
            self._outbox.put(Notice(organization=organization.name, kind=KIND, user=username, letter=mail, insist=True))
