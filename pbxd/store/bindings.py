"""Bindings in the database: acknowledged, so a REGISTER is answered after the commit and not before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pbxd.network import Address
from pbxd.store.acknowledged import Acknowledged
from pbxd.store.interface import Done
from pbxd.store.rows import BindingKey, BindingRow
from pbxd.store.statements import Kind, Statement
from pbxd.store.text import from_column, to_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbxd.clock import Clock
    from pbxd.store.database import Database

KEY = BindingKey._fields
COLUMNS = (
    *KEY, "transport", "local_host", "local_port", "remote_host", "remote_port", "expires", "q", "call_id", "cseq",
    "user_agent", "path",
)  # fmt: skip
SAVE_BINDINGS = Statement(kind=Kind.REPLACE, table="bindings", columns=COLUMNS, key=KEY)
REMOVE_BINDINGS = Statement(kind=Kind.DELETE, table="bindings", columns=COLUMNS, key=KEY)
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM bindings WHERE expires > :now ORDER BY {', '.join(KEY)}"  # noqa: S608


def key_row(key: BindingKey) -> tuple[Any, ...]:
    """The key as values for :data:`KEY`."""
    organization, device, contact, instance, reg_id = key
    return to_column(organization), to_column(device), to_column(contact), to_column(instance), reg_id


def to_row(row: BindingRow) -> tuple[Any, ...]:
    """The binding as values for :data:`COLUMNS`."""
    path = json.dumps(row.path) if row.path else "[]"
    return (
        *key_row(row.key), row.transport, *row.local, *row.remote, row.expires, row.q, to_column(row.call_id), row.cseq,
        to_column(row.user_agent), path,
    )  # fmt: skip


def from_row(values: Sequence[Any]) -> BindingRow:
    """A binding from values for :data:`COLUMNS`."""
    row = dict(zip(COLUMNS, values, strict=True))
    text = {name: from_column(row[name]) for name in ("organization", "device", "contact", "call_id", "user_agent")}
    return BindingRow(
        **text,
        instance=from_column(row["instance"]) or None,
        reg_id=row["reg_id"] or None,
        transport=row["transport"],
        local=Address(row["local_host"], row["local_port"]),
        remote=Address(row["remote_host"], row["remote_port"]),
        expires=row["expires"],
        q=row["q"],
        cseq=row["cseq"],
        path=tuple(json.loads(row["path"])),
    )


class DatabaseBindings(Acknowledged[BindingKey]):
    """:class:`pbxd.store.interface.BindingStore` over a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, SAVE_BINDINGS, REMOVE_BINDINGS)
        self._clock = clock

    async def load(self) -> list[BindingRow]:
        now = self._clock.wall()
        await self._database.change("DELETE FROM bindings WHERE expires <= :now", now=now)
        rows = await self._database.read(_SELECT, now=now)
        return [from_row(row) for row in rows]

    def save(self, changed: Sequence[BindingRow], removed: Sequence[BindingKey], done: Done) -> None:
        self.put([(row.key, to_row(row)) for row in changed], [(key, key_row(key)) for key in removed], done)
