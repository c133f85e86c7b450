"""Mails and SMS in the database: acknowledged, so that nothing counts as sent before it would survive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pbxd.store.acknowledged import Acknowledged
from pbxd.store.interface import Done
from pbxd.store.rows import OutboxRow
from pbxd.store.statements import Kind, Statement
from pbxd.store.text import from_column, to_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbxd.store.database import Database

KEY = ("seq",)
TEXTS = ("organization", "kind", "user_name", "channel", "recipient", "letter", "state", "error")
NUMBERS = ("created", "due", "attempts", "used")
COLUMNS = (*KEY, *TEXTS, *NUMBERS)
SAVE_OUTBOX = Statement(kind=Kind.REPLACE, table="outbox", columns=COLUMNS, key=KEY)
REMOVE_OUTBOX = Statement(kind=Kind.DELETE, table="outbox", columns=COLUMNS, key=KEY)
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM outbox ORDER BY seq"  # noqa: S608


def to_row(row: OutboxRow) -> tuple[Any, ...]:
    """The row as values for :data:`COLUMNS`."""
    texts = (
        row.organization, row.kind, row.user, row.channel, row.recipient, row.letter, row.state, row.error
    )  # fmt: skip
    return row.seq, *map(to_column, texts), row.created, row.due, row.attempts, row.used


def from_row(values: Sequence[Any]) -> OutboxRow:
    """A row from values for :data:`COLUMNS`."""
    row: dict[str, Any] = {
        name: from_column(value) if name in TEXTS else value for name, value in zip(COLUMNS, values, strict=True)
    }
    return OutboxRow(user=row.pop("user_name"), **row)


class DatabaseOutbox(Acknowledged[int]):
    """:class:`pbxd.store.interface.OutboxStore` over a database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, SAVE_OUTBOX, REMOVE_OUTBOX)

    async def load(self) -> list[OutboxRow]:
        return [from_row(row) for row in await self._database.read(_SELECT)]

    def save(self, changed: Sequence[OutboxRow], removed: Sequence[int], done: Done) -> None:
        self.put([(row.seq, to_row(row)) for row in changed], [(seq, (seq,)) for seq in removed], done)
