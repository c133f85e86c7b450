"""Phones and their tickets in the database: acknowledged, so a phone is told its secret after the commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pbxd.store.acknowledged import Acknowledged
from pbxd.store.interface import Done
from pbxd.store.rows import PhoneKey, PhoneRow, TicketKey, TicketRow
from pbxd.store.statements import Kind, Statement
from pbxd.store.text import from_column, to_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbxd.store.database import Database

PHONE_KEY = PhoneKey._fields
PHONE_COLUMNS = (
    *PHONE_KEY,
    *("secret", "ticket", "model", "firmware", "address", "description", "lines", "seated"),
    *("proved", "since", "first_seen", "last_seen", "refused"),
)
SAVE_PHONES = Statement(kind=Kind.REPLACE, table="phones", columns=PHONE_COLUMNS, key=PHONE_KEY)
REMOVE_PHONES = Statement(kind=Kind.DELETE, table="phones", columns=PHONE_COLUMNS, key=PHONE_KEY)

TICKET_KEY = TicketKey._fields
TICKET_COLUMNS = (*TICKET_KEY, "made", "expires", "revoked")
SAVE_TICKETS = Statement(kind=Kind.REPLACE, table="tickets", columns=TICKET_COLUMNS, key=TICKET_KEY)
REMOVE_TICKETS = Statement(kind=Kind.DELETE, table="tickets", columns=TICKET_COLUMNS, key=TICKET_KEY)

TEXTS = 10
"""The first columns of a phone; the others are moments."""


def _phone_row(row: PhoneRow) -> tuple[Any, ...]:
    texts = (
        row.secret,
        row.ticket,
        row.model,
        row.firmware,
        row.address,
        row.description,
        " ".join(row.lines),
        row.user,
    )
    moments = (row.proved, row.since, row.first_seen, row.last_seen, row.refused)
    return *map(to_column, (*row.key, *texts)), *moments


def _phone(values: Sequence[Any]) -> PhoneRow:
    texts = iter(map(from_column, values[:TEXTS]))
    organization, mac, secret, ticket, model, firmware, address, description, lines, user = texts
    proved, since, first_seen, last_seen, refused = values[TEXTS:]
    return PhoneRow(
        organization=organization,
        mac=mac,
        secret=secret,
        proved=proved,
        ticket=ticket,
        model=model,
        firmware=firmware,
        address=address,
        description=description,
        lines=tuple(lines.split()),
        user=user,
        since=since,
        first_seen=first_seen,
        last_seen=last_seen,
        refused=refused,
    )


def _ticket_row(row: TicketRow) -> tuple[Any, ...]:
    return *map(to_column, row.key), row.made, row.expires, row.revoked


def _ticket(values: Sequence[Any]) -> TicketRow:
    organization, ticket, made, expires, revoked = values
    return TicketRow(
        organization=from_column(organization),
        ticket=from_column(ticket),
        made=made,
        expires=expires,
        revoked=revoked,
    )


class DatabasePhones(Acknowledged[PhoneKey]):
    """:class:`pbxd.store.interface.PhoneStore` over a database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, SAVE_PHONES, REMOVE_PHONES)

    async def load(self) -> list[PhoneRow]:
        return [_phone(row) for row in await self._database.read(SAVE_PHONES.all_rows)]

    def save(self, changed: Sequence[PhoneRow], removed: Sequence[PhoneKey], done: Done) -> None:
        self.put(
            [(row.key, _phone_row(row)) for row in changed],
            [(key, tuple(map(to_column, key))) for key in removed],
            done,
        )


class DatabaseTickets(Acknowledged[TicketKey]):
    """:class:`pbxd.store.interface.TicketStore` over a database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, SAVE_TICKETS, REMOVE_TICKETS)

    async def load(self) -> list[TicketRow]:
        return [_ticket(row) for row in await self._database.read(SAVE_TICKETS.all_rows)]

    def save(self, changed: Sequence[TicketRow], removed: Sequence[TicketKey], done: Done) -> None:
        self.put(
            [(row.key, _ticket_row(row)) for row in changed],
            [(key, tuple(map(to_column, key))) for key in removed],
            done,
        )
