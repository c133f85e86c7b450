"""Phones and tickets as they are kept: in memory, and on disk before anybody is told of a change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pbxd.phones.settings import lines_of, seat_password
from pbxd.phones.tickets import current, digest
from pbxd.store.rows import PhoneKey, PhoneRow

if TYPE_CHECKING:
    from pbxd.config.snapshot import Configuration
    from pbxd.org.organization import Organization
    from pbxd.org.phones import Phone
    from pbxd.org.users import Device
    from pbxd.store.interface import Done, PhoneStore, TicketStore
    from pbxd.store.rows import TicketRow


class Shelf:
    """Every phone that came or was imported, and every ticket."""

    def __init__(self, configuration: Callable[[], Configuration], phones: PhoneStore, tickets: TicketStore) -> None:
        self._configuration = configuration
        self._phones = phones
        self._tickets = tickets
        self.rows: dict[PhoneKey, PhoneRow] = {}
        self.tickets: dict[str, TicketRow] = {}
        """By digest."""
        self._by_secret: dict[str, PhoneKey] = {}
        self._by_account: dict[tuple[str, str], list[PhoneKey]] | None = None
        """Whose registrations are whose; ``None``: to be found out when somebody asks."""

    async def load(self) -> None:
        """Read both tables."""
        for row in await self._phones.load():
            self._take(row)
        self.tickets = {digest(row.ticket): row for row in await self._tickets.load()}

    # Phones --------------------------------------------------------------------------------------------------------

    def phone(self, organization: str, mac: str) -> Phone | None:
        """What the configuration says of a phone."""
        found = self._configuration().organizations.get(organization)
        return found.provisioning.phones.get(mac) if found is not None else None

    def known(self, organization: str, mac: str) -> PhoneRow | None:
        """What is kept of a phone; ``None`` of one that never came and was not imported."""
        return self.rows.get(PhoneKey(organization, mac))

    def row(self, organization: str, mac: str) -> PhoneRow:
        """As :meth:`known`; an empty one of a phone that never came."""
        return self.known(organization, mac) or PhoneRow(organization=organization, mac=mac)

    def of_secret(self, secret: str) -> PhoneRow | None:
        """The phone that has this secret."""
        key = self._by_secret.get(digest(secret))
        return self.rows.get(key) if key is not None else None

    def all_of(self, organization: Organization) -> Iterator[tuple[PhoneRow, Phone | None]]:
        """An organization's phones: those of its file in their order, then others that came or were imported."""
        known = organization.provisioning.phones
        for mac, phone in known.items():
            yield self.row(organization.name, mac), phone
        for key, row in self.rows.items():
            if key.organization == organization.name and key.mac not in known:
                yield row, None

    def devices(self, row: PhoneRow) -> list[Device]:
        """The devices that a phone is now."""
        organization = self._configuration().organizations.get(row.organization)
        return lines_of(organization, row, self.phone(row.organization, row.mac)) if organization is not None else []

    def of_account(self, organization: str, device: str) -> list[PhoneRow]:
        """The phones that register as a device."""
        if self._by_account is None:
            self._by_account = {}
            for row in self.rows.values():
                self._enlist(row)
        return [self.rows[key] for key in self._by_account.get((organization, device), ())]

    def seat_password(self, organization: str, mac: str) -> str:
        """With which an empty seat registers; empty: nobody does."""
        phone = self.phone(organization, mac)
        if phone is None or not phone.free_seating:
            return ""
        return seat_password(self.row(organization, mac))

    def changed(self) -> None:
        """The configuration is another one."""
        self._by_account = None

    async def keep(self, *rows: PhoneRow, gone: Sequence[PhoneKey] = ()) -> None:
        """Have rows as they are now, and return when that is on disk.

        They count at once, so that whoever comes meanwhile is told the same. Raises
        :class:`pbxd.store.interface.StoreError`; then they count until the next change, and nobody is to be told.
        """
        for key in gone:
            self._forget(key)
        for row in rows:
            self._take(row)
        await _saved(self._phones.save, rows, gone)

    def keep_soon(self, rows: Sequence[PhoneRow]) -> None:
        """As :meth:`keep` for somebody who does not wait; what is not written is written with the next change."""
        for row in rows:
            self._take(row)
        self._phones.save(rows, (), _ignore)

    def mark(self, row: PhoneRow) -> None:
        """Have a row as it is now, and on disk with its next change: nothing depends on it."""
        self._take(row)

    def _take(self, row: PhoneRow) -> None:
        before = self.rows.get(row.key)
        if before is not None and before.secret != row.secret:
            self._by_secret.pop(digest(before.secret), None)
        self.rows[row.key] = row
        if row.secret:
            self._by_secret[digest(row.secret)] = row.key
        if before is None:
            self._enlist(row)
        elif (before.lines, before.user) != (row.lines, row.user):
            self._by_account = None

    def _enlist(self, row: PhoneRow) -> None:
        if self._by_account is not None:
            for device in self.devices(row):
                self._by_account.setdefault((row.organization, device.name), []).append(row.key)

    def _forget(self, key: PhoneKey) -> None:
        before = self.rows.pop(key, None)
        if before is not None:
            self._by_secret.pop(digest(before.secret), None)
            self._by_account = None

    # Tickets -------------------------------------------------------------------------------------------------------

    def tickets_of(self, organization: str) -> list[TicketRow]:
        """An organization's, the oldest first."""
        found = (ticket for ticket in self.tickets.values() if ticket.organization == organization)
        return sorted(found, key=lambda ticket: ticket.made)

    def current(self, organization: str) -> TicketRow | None:
        """The one that phones are moved to."""
        return current(self.tickets_of(organization))

    async def keep_tickets(self, *tickets: TicketRow) -> None:
        """As :meth:`keep`."""
        self.tickets.update((digest(ticket.ticket), ticket) for ticket in tickets)
        await _saved(self._tickets.save, tickets, ())


async def _saved(save: Callable[[Any, Any, Done], None], changed: Sequence[Any], removed: Sequence[Any]) -> None:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def told(error: BaseException | None) -> None:
        if done.done():  # nobody waits any more
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    save(changed, removed, told)
    await done


def _ignore(error: BaseException | None) -> None:
    """The rows count in memory, and are written with their next change."""
