"""A phone comes for its settings, or for the phone book (DEV-2, DEV-3, DEV-6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pbxd.events import PhoneAdded, PhoneFetched, PhoneRefused
from pbxd.phones.book import page
from pbxd.phones.settings import common, settings
from pbxd.phones.tickets import Key, Unwelcome, Welcome, judge, ticket_of

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.config.snapshot import Configuration
    from pbxd.org.organization import Organization
    from pbxd.phones.shelf import Shelf
    from pbxd.phones.teller import Teller
    from pbxd.store.rows import PhoneRow

STRANGERS: Final = 1_000
"""Phones of an organization that nobody is assigned to; whoever has the ticket can't make more."""
MAX_TEXT: Final = 100
"""Characters of what a phone says of itself."""
REFUSED: Final[dict[str, Any]] = {"refused": True}
"""All that who is refused is told, whatever the reason."""


class Fetching:
    """Answers for the HTTP process; nothing that comes from the phone is believed but what it can prove."""

    def __init__(
        self,
        kernel: Kernel,
        configuration: Callable[[], Configuration],
        shelf: Shelf,
        teller: Teller,
        secret: Callable[[], str],
    ) -> None:
        self._kernel = kernel
        self._configuration = configuration
        self._shelf = shelf
        self._teller = teller
        self._secret = secret

    async def fetch(
        self, *, key: str, mac: str, family: str, model: str = "", firmware: str = "", address: str = ""
    ) -> dict[str, Any]:
        """The settings of a phone, or with an empty ``mac`` what all of its family are told.

        ``model``, ``firmware`` and ``address`` are what the phone says and where it came from. Raises
        :class:`pbxd.store.interface.StoreError`.
        """
        found = self._found(Key.parse(key), mac, address)
        if found is None:
            return REFUSED
        organization, row, verdict, given = found
        now = self._kernel.wall
        if not mac:
            self._fetched(organization, row, "common", address, given)
            current = self._shelf.current(organization.name)
            key_now = Key(current.ticket if current is not None else given.ticket, given.secret)
            return {"settings": common(self._configuration(), organization, key_now, family, None, now)}
        if not row.first_seen and self._strangers(organization, mac) >= STRANGERS:
            self.refuse(organization.name, mac, address, "too many phones that nobody is assigned to")
            return REFUSED
        known = bool(row.first_seen) or self._shelf.phone(organization.name, mac) is not None or bool(row.lines)
        row = replace(
            row,
            secret=row.secret or self._secret(),
            proved=row.proved or (now if verdict.proved else 0.0),
            ticket=given.ticket,
            model=_short(model) or row.model,
            firmware=_short(firmware) or row.firmware,
            address=_short(address),
            first_seen=row.first_seen or now,
            last_seen=now,
            refused=0.0 if verdict.proved else row.refused,
        )
        await self._shelf.keep(row)
        if not known:
            event = PhoneAdded(at=now, organization=row.organization, mac=mac, address=address, model=row.model)
            self._kernel.bus.emit(event)
        self._fetched(organization, row, "settings", address, given)
        current = self._shelf.current(organization.name)
        key_now = Key(current.ticket if current is not None else given.ticket, row.secret)
        phone = self._shelf.phone(organization.name, mac)
        return {"settings": settings(self._configuration(), organization, row, phone, key_now, now)}

    def book(self, *, key: str, address: str = "", after: int = 0) -> dict[str, Any]:
        """Some entries of the phone book, for who comes with a phone's own secret; names are not for everybody."""
        found = self._found(Key.parse(key), "", address)
        if found is None:
            return REFUSED
        organization, row, verdict, given = found
        if not verdict.proved:
            self.refuse(organization.name, "", address, "the phone book, without a phone's secret")
            return REFUSED
        if not after:
            self._fetched(organization, row, "book", address, given)
        configuration = self._configuration()
        http = configuration.server.http
        return {
            "organization": organization.name,
            "configuration": configuration.content_hash,
            "title": organization.title,
            "public": http.public_url if http is not None else "",
            **page(organization, max(after, 0)),
        }

    def refuse(self, organization: str, mac: str, address: str, why: str) -> None:
        """Say that somebody got nothing."""
        event = PhoneRefused(
            at=self._kernel.wall, organization=organization, mac=_short(mac), address=_short(address), why=why
        )
        self._kernel.bus.emit(event)

    def _found(self, key: Key, mac: str, address: str) -> tuple[Organization, PhoneRow, Welcome, Key] | None:
        """Whose phone it is, and how it is known; ``None``: refused, of which everybody hears but who asked."""
        ticket = ticket_of(key, self._shelf.tickets)
        organization = self._configuration().organizations.get(ticket.organization) if ticket is not None else None
        if ticket is None or organization is None:
            self.refuse("", mac, address, "no such ticket")
            return None
        known = self._shelf.known(organization.name, mac) if mac else self._shelf.of_secret(key.secret)
        if known is not None and known.organization != organization.name:
            known = None
        verdict = judge(key, ticket, known, self._kernel.wall)
        if isinstance(verdict, Unwelcome):
            self.refuse(organization.name, mac, address, verdict.why)
            if known is not None and verdict.impostor:
                self._shelf.mark(replace(known, refused=self._kernel.wall))
            return None
        row = known or self._shelf.row(organization.name, mac)
        return organization, row, verdict, Key(ticket.ticket, key.secret if verdict.proved else "")

    def _strangers(self, organization: Organization, mac: str) -> int:
        if mac in organization.provisioning.phones:
            return 0
        return sum(1 for row, phone in self._shelf.all_of(organization) if phone is None and not row.lines)

    def _fetched(self, organization: Organization, row: PhoneRow, what: str, address: str, given: Key) -> None:
        current = self._shelf.current(organization.name)
        self._kernel.bus.emit(
            PhoneFetched(
                at=self._kernel.wall,
                organization=organization.name,
                mac=row.mac,
                what=what,
                address=_short(address),
                model=row.model,
                firmware=row.firmware,
                moved=current is not None and current.ticket == given.ticket,
            )
        )


def _short(text: str) -> str:
    return "".join(character for character in text if character.isprintable())[:MAX_TEXT]
