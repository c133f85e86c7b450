"""What users have set, in the database: acknowledged, so it is confirmed after the commit and not before.

States are kept as text, whose meaning is that of whoever saves them: this floor knows no users.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pbxd.store.acknowledged import Acknowledged
from pbxd.store.interface import Done
from pbxd.store.rows import ExtensionKey, ExtensionRow, UserStateKey, UserStateRow
from pbxd.store.statements import Kind, Statement
from pbxd.store.text import from_column, to_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbxd.store.database import Database

STATE_KEY = UserStateKey._fields
STATE_COLUMNS = (*STATE_KEY, "state", "seen")
SAVE_STATES = Statement(kind=Kind.REPLACE, table="user_states", columns=STATE_COLUMNS, key=STATE_KEY)
REMOVE_STATES = Statement(kind=Kind.DELETE, table="user_states", columns=STATE_COLUMNS, key=STATE_KEY)

EXTENSION_KEY = ExtensionKey._fields
EXTENSION_COLUMNS = (*EXTENSION_KEY, "until", "by_user")
SAVE_EXTENSIONS = Statement(kind=Kind.REPLACE, table="extended_hours", columns=EXTENSION_COLUMNS, key=EXTENSION_KEY)
REMOVE_EXTENSIONS = Statement(kind=Kind.DELETE, table="extended_hours", columns=EXTENSION_COLUMNS, key=EXTENSION_KEY)


def _key_row(key: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(to_column, key))


def _state_row(row: UserStateRow) -> tuple[Any, ...]:
    return *_key_row(row.key), to_column(row.state), row.seen


def _state(values: Sequence[Any]) -> UserStateRow:
    organization, username, state = map(from_column, values[:3])
    return UserStateRow(organization=organization, username=username, state=state, seen=values[3])


def _extension_row(row: ExtensionRow) -> tuple[Any, ...]:
    return *_key_row(row.key), row.until, to_column(row.by)


def _extension(values: Sequence[Any]) -> ExtensionRow:
    organization, scope, until, by = values
    return ExtensionRow(
        organization=from_column(organization), scope=from_column(scope), until=until, by=from_column(by)
    )


class DatabaseUserStates(Acknowledged[UserStateKey]):
    """:class:`pbxd.store.interface.UserStateStore` over a database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, SAVE_STATES, REMOVE_STATES)

    async def load(self) -> list[UserStateRow]:
        return [_state(row) for row in await self._database.read(SAVE_STATES.all_rows)]

    def save(self, changed: Sequence[UserStateRow], removed: Sequence[UserStateKey], done: Done) -> None:
        self.put([(row.key, _state_row(row)) for row in changed], [(key, _key_row(key)) for key in removed], done)


class DatabaseExtensions(Acknowledged[ExtensionKey]):
    """:class:`pbxd.store.interface.ExtensionStore` over a database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, SAVE_EXTENSIONS, REMOVE_EXTENSIONS)

    async def load(self) -> list[ExtensionRow]:
        return [_extension(row) for row in await self._database.read(SAVE_EXTENSIONS.all_rows)]

    def save(self, changed: Sequence[ExtensionRow], removed: Sequence[ExtensionKey], done: Done) -> None:
        self.put([(row.key, _extension_row(row)) for row in changed], [(key, _key_row(key)) for key in removed], done)
