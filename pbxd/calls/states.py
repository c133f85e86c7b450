"""What watchers are shown of a user: his dialogs, presence, registrations and mailbox, as they are now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from pbxd.calls.published import shown, without
from pbxd.mailboxes import MailboxKey
from pbxd.sip.packages import dialog_info, message_summary, presence, reg
from pbxd.sip.packages.dialog_info import DialogState
from pbxd.sip.subscription import Content, Render
from pbxd.sip.uri import sip_uri

if TYPE_CHECKING:
    from pbxd.calls.dialogs import LiveDialogs
    from pbxd.calls.location import Location
    from pbxd.calls.people import People
    from pbxd.calls.publications import Publications, Resource
    from pbxd.config.snapshot import Configuration
    from pbxd.mailboxes import Mailroom
    from pbxd.org.organization import Organization
    from pbxd.org.users import User

View: TypeAlias = Callable[["Resource", str], Render]
"""From a user, and the URI by which he is watched, to what renders his state for one subscription."""


class States:
    """Renders states. A user whom a reload took away has none: his subscriptions are ended before that shows."""

    def __init__(
        self,
        configuration: Callable[[], Configuration],
        location: Location,
        dialogs: LiveDialogs,
        publications: Publications,
        people: People,
        mailroom: Mailroom,
        wall: Callable[[], float],
    ) -> None:
        self._configuration = configuration
        self._location = location
        self._dialogs = dialogs
        self._publications = publications
        self._people = people
        self._mailroom = mailroom
        self._wall = wall
        self.packages: dict[str, tuple[str, View]] = {
            dialog_info.PACKAGE: (dialog_info.CONTENT_TYPE, self._dialog_info),
            message_summary.PACKAGE: (message_summary.CONTENT_TYPE, self._message_summary),
            presence.PACKAGE: (presence.CONTENT_TYPE, self._presence),
            reg.PACKAGE: (reg.CONTENT_TYPE, self._registrations),
        }
        """Content type and view of each package."""

    def _user(self, resource: Resource) -> tuple[Organization, User]:
        organization = self._configuration().organizations[resource[0]]
        return organization, organization.users[resource[1]]

    def _dialog_info(self, resource: Resource, entity: str) -> Render:
        shown: dict[str, DialogState] = {}

        def render(version: int) -> Content:
            """Dialogs that went since the last document are shown once as terminated: many phones want to see it."""
            alive = {dialog.id: dialog for dialog in self._dialogs.of(*self._user(resource))}
            gone = [terminated(dialog) for key, dialog in shown.items() if key not in alive]
            shown.clear()
            shown.update(alive)
            return dialog_info.render(entity, (*alive.values(), *gone), version)

        return render

    def _presence(self, resource: Resource, entity: str) -> Render:
        def render(_: int) -> Content:
            organization, user = self._user(resource)
            accounts = [(organization.name, device.name) for device in user.devices]
            published = tuple(without(one, organization.activities) for one in self._publications.of(resource))
            state = presence.composed(
                published,
                registered=any(self._location.reachable(*account) for account in accounts),
                in_a_call=any(map(self._dialogs.in_a_call, accounts)),
                own=shown(self._people.standing(organization, user), organization, user, self._wall()),
            )
            return presence.render(entity, state)

        return render

    def _registrations(self, resource: Resource, entity: str) -> Render:
        def render(version: int) -> Content:
            organization, user = self._user(resource)
            registrations = [
                reg.Registration(
                    aor=str(sip_uri(device.name, organization.domain)),
                    id=device.name,
                    bindings=tuple(self._location.reachable(organization.name, device.name)),
                )
                for device in user.devices
                if device.registers
            ]
            return reg.render(tuple(registrations), version, self._wall())

        return render

    def _message_summary(self, resource: Resource, entity: str) -> Render:
        def render(_: int) -> Content:
            new, old = self._mailroom.counts(MailboxKey(resource[0], "user", resource[1]))
            return message_summary.render(entity, new, old)

        return render


def terminated(dialog: DialogState) -> DialogState:
    """The same dialog, over."""
    return replace(dialog, state="terminated")
