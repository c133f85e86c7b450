"""Tickets are made, renewed and revoked (DEV-3, TOOL-10)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pbxd.errors import PbxdError
from pbxd.events import TicketMade, TicketRevoked
from pbxd.org.phones import FAMILIES
from pbxd.phones.tickets import admits, named
from pbxd.store.interface import StoreError
from pbxd.store.rows import TicketRow

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.config.snapshot import Configuration
    from pbxd.org.organization import Organization
    from pbxd.phones.shelf import Shelf
    from pbxd.phones.teller import Teller
    from pbxd.store.rows import PhoneRow

_log = logging.getLogger("pbxd.phones")


class Renewal:
    """Makes the tickets, and has phones move from one to the next."""

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

    async def ensure(self) -> None:
        """Every organization that has phones has a ticket: the one of its file, or else one that is made."""
        for organization in self._configuration().organizations.values():
            if not organization.provisioning.wanted:
                continue
            wanted = organization.provisioning.ticket
            known = {ticket.ticket for ticket in self._shelf.tickets_of(organization.name)}
            if (wanted and wanted not in known) or self._shelf.current(organization.name) is None:
                try:
                    await self._make(organization, wanted if wanted not in known else "", None)
                except StoreError as error:
                    _log.error("no ticket for the phones of %s could be kept: %s", organization.name, error)

    async def renew(self, organization: Organization, overlap: float | None = None) -> TicketRow:
        """Make a new ticket, which phones are told of, and let the old one go on for ``overlap`` seconds.

        Raises :class:`pbxd.store.interface.StoreError`.
        """
        return await self._make(organization, "", overlap)

    async def revoke(self, organization: Organization, name: str) -> int:
        """Let nobody in any more with the ticket of this name; how many phones last came with it.

        They forget their secrets, so that they may come with another ticket as if for the first time. Raises
        :class:`PbxdError` where there is no such ticket, :class:`pbxd.store.interface.StoreError`.
        """
        ticket = next((one for one in self._shelf.tickets_of(organization.name) if named(one.ticket) == name), None)
        if ticket is None or ticket.revoked:
            raise PbxdError(
                f"{organization.name} has no ticket {name} that is in force; `pbxd tickets list` shows them"
            )
        now = self._kernel.wall
        rows = [
            replace(row, secret="", proved=0.0)
            for row in self._shelf.rows.values()
            if row.organization == organization.name and row.ticket == ticket.ticket and row.secret
        ]
        await self._shelf.keep_tickets(replace(ticket, revoked=now, expires=ticket.expires or now))
        await self._shelf.keep(*rows)
        self._kernel.bus.emit(
            TicketRevoked(at=now, organization=organization.name, ticket=named(ticket.ticket), phones=len(rows))
        )
        await self.ensure()
        return len(rows)

    async def _make(self, organization: Organization, ticket: str, overlap: float | None) -> TicketRow:
        now = self._kernel.wall
        seconds = organization.provisioning.overlap if overlap is None else overlap
        before = [replace(one, expires=now + seconds) for one in self._open(organization)]
        made = TicketRow(organization=organization.name, ticket=ticket or self._secret(), made=now)
        await self._shelf.keep_tickets(*before, made)
        self._kernel.bus.emit(
            TicketMade(at=now, organization=organization.name, ticket=named(made.ticket), overlap=seconds)
        )
        if before:
            self._teller.move(self.behind(organization))
        return made

    def _open(self, organization: Organization) -> Iterable[TicketRow]:
        return (one for one in self._shelf.tickets_of(organization.name) if not one.expires and not one.revoked)

    def behind(self, organization: Organization) -> list[PhoneRow]:
        """The phones that came once and have not moved to the ticket of now."""
        rows = (row for row in self._shelf.rows.values() if row.organization == organization.name and row.secret)
        return [row for row in rows if not self._teller.moved(row)]

    def listed(self, organization: Organization) -> list[dict[str, Any]]:
        """The tickets with their state, the newest first, and the addresses of the one that is in force."""
        now, current = self._kernel.wall, self._shelf.current(organization.name)
        rows = [row for row in self._shelf.rows.values() if row.organization == organization.name]
        return [
            {
                "organization": organization.name,
                "ticket": named(one.ticket),
                "state": "current" if one is current else self._state(one, now),
                "made": one.made,
                "expires": one.expires or None,
                "revoked": one.revoked or None,
                "phones": sum(1 for row in rows if row.ticket == one.ticket),
            }
            for one in reversed(self._shelf.tickets_of(organization.name))
        ]

    def _state(self, ticket: TicketRow, now: float) -> str:
        return "revoked" if ticket.revoked else "overlapping" if admits(ticket, now) else "over"

    def addresses(self, organization: Organization) -> dict[str, str]:
        """The address of each family, for the vendors' redirect services. Whoever knows one can add phones."""
        http, current = self._configuration().server.http, self._shelf.current(organization.name)
        if http is None or current is None:
            return {}
        return {family: f"{http.public_url}/phones/{current.ticket}/{family}/" for family in FAMILIES}

    def digests(self) -> list[str]:
        """Of every ticket that may let somebody in: the HTTP process turns others away without asking."""
        return [digest for digest, ticket in self._shelf.tickets.items() if not ticket.revoked]
