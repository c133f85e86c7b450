"""What queues keep: where agents are logged in, and who is to be called back. Acknowledged, as people ask for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pbxd.events import CallId
from pbxd.store.acknowledged import Acknowledged
from pbxd.store.interface import Done
from pbxd.store.rows import AgentKey, AgentRow, CallbackKey, CallbackRow
from pbxd.store.statements import Kind, Statement
from pbxd.store.text import from_column, to_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbxd.store.database import Database

AGENT_KEY = AgentKey._fields
AGENT_COLUMNS = (*AGENT_KEY, "queues", "paused")
SAVE_AGENTS = Statement(kind=Kind.REPLACE, table="agents", columns=AGENT_COLUMNS, key=AGENT_KEY)
REMOVE_AGENTS = Statement(kind=Kind.DELETE, table="agents", columns=AGENT_COLUMNS, key=AGENT_KEY)

CALLBACK_KEY = CallbackKey._fields
CALLBACK_TEXTS = (*CALLBACK_KEY, "queue", "kind", "number", "name", "language")
CALLBACK_COLUMNS = (*CALLBACK_TEXTS, "since", "expires", "attempts")
SAVE_CALLBACKS = Statement(kind=Kind.REPLACE, table="callbacks", columns=CALLBACK_COLUMNS, key=CALLBACK_KEY)
REMOVE_CALLBACKS = Statement(kind=Kind.DELETE, table="callbacks", columns=CALLBACK_COLUMNS, key=CALLBACK_KEY)

_SELECT_AGENTS = f"SELECT {', '.join(AGENT_COLUMNS)} FROM agents ORDER BY {', '.join(AGENT_KEY)}"  # noqa: S608
_SELECT_CALLBACKS = f"SELECT {', '.join(CALLBACK_COLUMNS)} FROM callbacks ORDER BY since, call"  # noqa: S608


def _key_row(key: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(to_column, key))


def _agent_row(row: AgentRow) -> tuple[Any, ...]:
    return *_key_row(row.key), json.dumps(row.queues), int(row.paused)


def _agent(values: Sequence[Any]) -> AgentRow:
    organization, username, queues, paused = values
    return AgentRow(
        organization=from_column(organization),
        username=from_column(username),
        queues=tuple(json.loads(queues)),
        paused=bool(paused),
    )


def _callback_row(row: CallbackRow) -> tuple[Any, ...]:
    texts = (to_column(getattr(row, name)) for name in CALLBACK_TEXTS)
    return *texts, row.since, row.expires, row.attempts


def _callback(values: Sequence[Any]) -> CallbackRow:
    *texts, since, expires, attempts = values
    text = dict(zip(CALLBACK_TEXTS, map(from_column, texts), strict=True))
    call = CallId(text.pop("call"))
    return CallbackRow(**text, call=call, since=since, expires=expires, attempts=attempts)


class DatabaseAgents(Acknowledged[AgentKey]):
    """:class:`pbxd.store.interface.AgentStore` over a database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, SAVE_AGENTS, REMOVE_AGENTS)

    async def load(self) -> list[AgentRow]:
        return [_agent(row) for row in await self._database.read(_SELECT_AGENTS)]

    def save(self, changed: Sequence[AgentRow], removed: Sequence[AgentKey], done: Done) -> None:
        self.put([(row.key, _agent_row(row)) for row in changed], [(key, _key_row(key)) for key in removed], done)


class DatabaseCallbacks(Acknowledged[CallbackKey]):
    """:class:`pbxd.store.interface.CallbackStore` over a database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, SAVE_CALLBACKS, REMOVE_CALLBACKS)

    async def load(self) -> list[CallbackRow]:
        return [_callback(row) for row in await self._database.read(_SELECT_CALLBACKS)]

    def save(self, changed: Sequence[CallbackRow], removed: Sequence[CallbackKey], done: Done) -> None:
        self.put([(row.key, _callback_row(row)) for row in changed], [(key, _key_row(key)) for key in removed], done)
