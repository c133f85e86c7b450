"""Recorded calls in the database: which there are, and how long they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pbxd.store.acknowledged import Acknowledged
from pbxd.store.interface import Done
from pbxd.store.rows import RecordingRow
from pbxd.store.statements import Kind, Statement
from pbxd.store.text import from_column, to_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbxd.store.database import Database

KEY = ("id",)
TEXTS = ("organization", "call", "caller", "callee", "path")
NUMBERS = ("begun", "ended", "seconds", "expires")
COLUMNS = (*KEY, *TEXTS, *NUMBERS)
SAVE_RECORDINGS = Statement(kind=Kind.REPLACE, table="recordings", columns=COLUMNS, key=KEY)
REMOVE_RECORDINGS = Statement(kind=Kind.DELETE, table="recordings", columns=COLUMNS, key=KEY)
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM recordings"  # noqa: S608


def to_row(row: RecordingRow) -> tuple[Any, ...]:
    """The row as values for :data:`COLUMNS`."""
    texts = (row.id, row.organization, row.call, row.caller, row.callee, row.path)
    return *map(to_column, texts), row.begun, row.ended, row.seconds, row.expires


def from_row(values: Sequence[Any]) -> RecordingRow:
    """A row from values for :data:`COLUMNS`."""
    row: dict[str, Any] = {
        name: value if name in NUMBERS else from_column(value) for name, value in zip(COLUMNS, values, strict=True)
    }
    return RecordingRow(**row)


class DatabaseRecordings(Acknowledged[str]):
    """:class:`pbxd.store.interface.RecordingStore` over a database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, SAVE_RECORDINGS, REMOVE_RECORDINGS)

    async def unfinished(self) -> list[RecordingRow]:
        return await self._read("WHERE ended IS NULL ORDER BY begun, id")

    async def expired(self, now: float) -> list[RecordingRow]:
        return await self._read("WHERE expires <= :now ORDER BY expires, id", now=now)

    async def find(self, *, organization: str | None, call: str | None, limit: int) -> list[RecordingRow]:
        wanted = {name: value for name, value in (("organization", organization), ("call", call)) if value is not None}
        condition = " AND ".join(f"{name} = :{name}" for name in wanted)
        where = f"WHERE {condition} " if condition else ""
        return await self._read(f"{where}ORDER BY begun DESC, id LIMIT :most", most=limit, **wanted)

    async def get(self, name: str) -> RecordingRow | None:
        """One of them."""
        found = await self._read("WHERE id = :id", id=to_column(name))
        return found[0] if found else None

    def save(self, changed: Sequence[RecordingRow], removed: Sequence[str], done: Done) -> None:
        self.put([(row.id, to_row(row)) for row in changed], [(one, (to_column(one),)) for one in removed], done)

    async def _read(self, rest: str, **values: Any) -> list[RecordingRow]:
        return [from_row(row) for row in await self._database.read(f"{_SELECT} {rest}", **values)]
