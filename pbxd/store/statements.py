"""Writes as values, and their SQL for both databases.

Rows go to the driver as they are: SQLAlchemy's execution costs a millisecond a statement, which is more than the rest
of a REGISTER. Values are always bound, never written into the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class Kind(Enum):
    APPEND = "append"
    """Insert; a row that is there already stays (the same batch, tried again after an unclear failure)."""
    REPLACE = "replace"
    """Insert, or replace the row with the same key."""
    DELETE = "delete"
    """Delete by key; a row that is not there is no error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One kind of write to one table. A row is values for ``columns``, or for ``key`` where it is a deletion."""

    kind: Kind
    table: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def all_rows(self) -> str:
        """What reads the whole table, by key."""
        return f"SELECT {', '.join(self.columns)} FROM {self.table} ORDER BY {', '.join(self.key)}"  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Rows for one statement."""

    statement: Statement
    rows: Sequence[tuple[Any, ...]]


def _insert(statement: Statement, values: str) -> str:
    key = ", ".join(statement.key)
    changes = ", ".join(f"{name} = excluded.{name}" for name in statement.columns if name not in statement.key)
    conflict = "NOTHING" if statement.kind is Kind.APPEND or not changes else f"UPDATE SET {changes}"
    columns = ", ".join(statement.columns)
    return f"INSERT INTO {statement.table} ({columns}) VALUES {values} ON CONFLICT ({key}) DO {conflict}"  # noqa: S608


@lru_cache(maxsize=512)
def sqlite(statement: Statement, rows: int) -> str:
    """Text for ``rows`` rows at once, their values bound one after the other."""
    if statement.kind is Kind.DELETE:
        row = f"({', '.join('?' * len(statement.key))})"
        key = ", ".join(statement.key)
        return f"DELETE FROM {statement.table} WHERE ({key}) IN (VALUES {', '.join([row] * rows)})"  # noqa: S608
    row = f"({', '.join('?' * len(statement.columns))})"
    return _insert(statement, ", ".join([row] * rows))


@lru_cache(maxsize=64)
def postgresql(statement: Statement) -> str:
    """Text for one row, to be executed with many."""
    if statement.kind is Kind.DELETE:
        where = " AND ".join(f"{name} = ${number}" for number, name in enumerate(statement.key, 1))
        return f"DELETE FROM {statement.table} WHERE {where}"  # noqa: S608
    return _insert(statement, f"({', '.join(f'${number}' for number in range(1, len(statement.columns) + 1))})")
