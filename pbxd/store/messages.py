"""Short messages in the database: acknowledged, so the sender's 202 comes after the commit and not before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pbxd.store.acknowledged import Acknowledged
from pbxd.store.interface import Done
from pbxd.store.rows import MessageRow
from pbxd.store.statements import Kind, Statement
from pbxd.store.text import from_column, to_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbxd.store.database import Database

KEY = ("seq",)
COLUMNS = (*KEY, "organization", "recipient", "sender", "sender_name", "sent", "expires", "content_type", "body")
SAVE_MESSAGES = Statement(kind=Kind.REPLACE, table="messages", columns=COLUMNS, key=KEY)
REMOVE_MESSAGES = Statement(kind=Kind.DELETE, table="messages", columns=COLUMNS, key=KEY)
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM messages ORDER BY seq"  # noqa: S608


def to_row(row: MessageRow) -> tuple[Any, ...]:
    """The message as values for :data:`COLUMNS`."""
    texts = (row.organization, row.recipient, row.sender, row.sender_name)
    return row.seq, *map(to_column, texts), row.sent, row.expires, to_column(row.content_type), row.body


def from_row(values: Sequence[Any]) -> MessageRow:
    """A message from values for :data:`COLUMNS`."""
    row = dict(zip(COLUMNS, values, strict=True))
    names = ("organization", "recipient", "sender", "sender_name", "content_type")
    text = {name: from_column(row[name]) for name in names}
    return MessageRow(**text, seq=row["seq"], sent=row["sent"], expires=row["expires"], body=row["body"])


class DatabaseMessages(Acknowledged[int]):
    """:class:`pbxd.store.interface.MessageStore` over a database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, SAVE_MESSAGES, REMOVE_MESSAGES)

    async def load(self) -> list[MessageRow]:
        return [from_row(row) for row in await self._database.read(_SELECT)]

    def save(self, changed: Sequence[MessageRow], removed: Sequence[int], done: Done) -> None:
        self.put([(row.seq, to_row(row)) for row in changed], [(seq, (seq,)) for seq in removed], done)
