"""Mailboxes and their messages in the database: acknowledged, so nobody is told of a message before the commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pbxd.store.acknowledged import Acknowledged
from pbxd.store.mailbox_rows import MailboxKey, MailboxRow, VoiceMessageRow
from pbxd.store.statements import Kind, Statement
from pbxd.store.text import from_column, to_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbxd.store.database import Database
    from pbxd.store.interface import Done

_TEXTS = ("organization", "kind", "mailbox", "caller", "caller_name", "path", "state", "forwarded_from", "comment")
MESSAGE_KEY = ("id",)
MESSAGE_COLUMNS = (*MESSAGE_KEY, *_TEXTS, "at", "seconds", "bytes", "changed")
SAVE_MESSAGES = Statement(kind=Kind.REPLACE, table="voice_messages", columns=MESSAGE_COLUMNS, key=MESSAGE_KEY)
REMOVE_MESSAGES = Statement(kind=Kind.DELETE, table="voice_messages", columns=MESSAGE_COLUMNS, key=MESSAGE_KEY)
_SELECT_MESSAGES = f"SELECT {', '.join(MESSAGE_COLUMNS)} FROM voice_messages ORDER BY at, id"  # noqa: S608

BOX_KEY = MailboxKey._fields
_BOX_TEXTS = (*BOX_KEY, "pin", "replaces", "greeting")
BOX_COLUMNS = (*_BOX_TEXTS, "failures", "locked_until", "switched_off", "greeting_only")
SAVE_BOXES = Statement(kind=Kind.REPLACE, table="mailboxes", columns=BOX_COLUMNS, key=BOX_KEY)
REMOVE_BOXES = Statement(kind=Kind.DELETE, table="mailboxes", columns=BOX_COLUMNS, key=BOX_KEY)
_SELECT_BOXES = f"SELECT {', '.join(BOX_COLUMNS)} FROM mailboxes ORDER BY {', '.join(BOX_KEY)}"  # noqa: S608


def _message_values(row: VoiceMessageRow) -> tuple[Any, ...]:
    texts = (to_column(getattr(row, name)) for name in _TEXTS)
    return row.id, *texts, row.at, row.seconds, row.bytes, row.changed


def _message(values: Sequence[Any]) -> VoiceMessageRow:
    found = dict(zip(MESSAGE_COLUMNS, values, strict=True))
    return VoiceMessageRow(**{**found, **{name: from_column(found[name]) for name in _TEXTS}})


def _box_values(row: MailboxRow) -> tuple[Any, ...]:
    texts = (to_column(getattr(row, name)) for name in _BOX_TEXTS)
    return *texts, row.failures, row.locked_until, int(row.switched_off), int(row.greeting_only)


def _box(values: Sequence[Any]) -> MailboxRow:
    found = dict(zip(BOX_COLUMNS, values, strict=True))
    texts = {name: from_column(found[name]) for name in _BOX_TEXTS}
    flags = {name: bool(found[name]) for name in ("switched_off", "greeting_only")}
    return MailboxRow(**{**found, **texts, **flags})


class DatabaseVoiceMessages(Acknowledged[str]):
    """:class:`pbxd.store.interface.VoiceMessageStore` over a database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, SAVE_MESSAGES, REMOVE_MESSAGES)

    async def load(self) -> list[VoiceMessageRow]:
        return [_message(row) for row in await self._database.read(_SELECT_MESSAGES)]

    def save(self, changed: Sequence[VoiceMessageRow], removed: Sequence[str], done: Done) -> None:
        self.put([(row.id, _message_values(row)) for row in changed], [(one, (one,)) for one in removed], done)


class DatabaseMailboxes(Acknowledged[MailboxKey]):
    """:class:`pbxd.store.interface.MailboxStore` over a database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, SAVE_BOXES, REMOVE_BOXES)

    async def load(self) -> list[MailboxRow]:
        return [_box(row) for row in await self._database.read(_SELECT_BOXES)]

    def save(self, changed: Sequence[MailboxRow], removed: Sequence[MailboxKey], done: Done) -> None:
        keys = [(key, tuple(map(to_column, key))) for key in removed]
        self.put([(row.key, _box_values(row)) for row in changed], keys, done)
