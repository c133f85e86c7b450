from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from pbxd.cdr import call_record
from pbxd.events import CallEnded
from pbxd.store import (
    Search,
    Store,
    StoreError,
    bindings,
    calls,
    ledger,
    mailboxes,
    messages,
    migrations,
    outbox,
    phones,
    queues,
    recordings,
    states,
)
from pbxd.store.search import key_of
from pbxd.store.statements import Statement
from pbxd.store.tables import metadata
from tests.unit.store.behaviour import Open, StoppedClock, running


def differences(connection: Connection) -> list[object]:
    """What alembic would have to change to get from the database to the metadata."""
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, metadata))


async def check_schema(engine: AsyncEngine) -> None:
    """Migrate an empty database, and again, and find what the metadata says."""
    for _ in range(2):
        await migrations.upgrade(engine)
        async with engine.connect() as connection:
            assert await connection.run_sync(migrations.revision) == migrations.HEAD
            assert await connection.run_sync(differences) == []


async def check_newer(engine: AsyncEngine) -> None:
    """A database of a later pbxd is left alone."""
    await migrations.upgrade(engine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer than this pbxd"):
        await migrations.upgrade(engine)


async def test_migrations_lead_to_the_metadata(tmp_path: Path) -> None:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/pbxd.db")
    await check_schema(engine)
    await engine.dispose()


async def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/pbxd.db")
    await check_newer(engine)
    await engine.dispose()


def test_the_quick_check_knows_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]


@pytest.mark.parametrize(
    "statement",
    [
        bindings.SAVE_BINDINGS,
        bindings.REMOVE_BINDINGS,
        messages.SAVE_MESSAGES,
        messages.REMOVE_MESSAGES,
        outbox.SAVE_OUTBOX,
        outbox.REMOVE_OUTBOX,
        recordings.SAVE_RECORDINGS,
        recordings.REMOVE_RECORDINGS,
        mailboxes.SAVE_MESSAGES,
        mailboxes.REMOVE_MESSAGES,
        mailboxes.SAVE_BOXES,
        mailboxes.REMOVE_BOXES,
        queues.SAVE_AGENTS,
        queues.REMOVE_AGENTS,
        queues.SAVE_CALLBACKS,
        queues.REMOVE_CALLBACKS,
        states.SAVE_STATES,
        states.REMOVE_STATES,
        states.SAVE_EXTENSIONS,
        states.REMOVE_EXTENSIONS,
        phones.SAVE_PHONES,
        phones.REMOVE_PHONES,
        phones.SAVE_TICKETS,
        phones.REMOVE_TICKETS,
        calls.SAVE_CALLS,
        calls.SAVE_KEYS,
        ledger.APPEND_EVENTS,
    ],
)
def test_statements_name_the_columns_of_their_table(statement: Statement) -> None:
    table = metadata.tables[statement.table]
    assert set(statement.columns) == {column.name for column in table.columns}
    assert set(statement.key) == {column.name for column in table.primary_key}


OLD_CALL = {
    "call": "old", "organization": "nordhavn", "caller": "+4588887701", "caller_name": "Anna Ærø", "called": "202",
    "started": 1_700_000_000.0, "answered": 1_700_000_003.5, "ended": 1_700_000_013.5, "seconds": 13.5,
    "talk_seconds": 10.0, "result": "answered", "status": 200, "reason": "bo-desk hung up",
    "legs": '[{"leg":"old.2","party":"bo-desk","inbound":false,"number":"+4588887702","sip_call_id":"b",'
            '"address":"udp:192.0.2.8:5060","started":1700000000.1,"ringing":1700000000.2,"answered":1700000003.0,'
            '"ended":1700000013.5,"status":200,"reason":"bye","by_peer":true}]',
}  # fmt: skip
OLD_ROWS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "0001": [
        ("calls", OLD_CALL),
        ("events", {
            "seq": 7, "at": 1_700_000_013.5, "type": "CallEnded", "call": "old",
            "payload": '{"at":1700000013.5,"call":"old","result":"answered","status":200,"reason":"bo-desk hung up",'
                       '"seconds":13.5,"talk_seconds":10.0}',
        }),
        ("bindings", {
            "organization": "nordhavn", "device": "anna-desk", "contact": "sip:anna@192.0.2.7", "instance": "",
            "reg_id": 0, "transport": "udp", "local_host": "192.0.2.1", "local_port": 5060, "remote_host": "192.0.2.7",
            "remote_port": 5062, "expires": 1_900_000_000.0, "q": 1000, "call_id": "r", "cseq": 1, "user_agent": "",
            "path": "[]",
        }),
    ],
    "0002": [
        ("messages", {
            "seq": 1, "organization": "nordhavn", "recipient": "bo", "sender": "sip:201@nordhavn.example",
            "sender_name": "Anna", "sent": 1_700_000_000.0, "content_type": "text/plain", "body": b"Lunch?",
        }),
    ],
    "0003": [
        ("user_states", {"organization": "nordhavn", "username": "bo", "state": "{}", "seen": 1_700_000_000.0}),
        ("extended_hours", {"organization": "nordhavn", "scope": "", "until": 1_700_000_000.0, "by_user": "anna"}),
    ],
    "0004": [
        ("call_keys", {"key": key_of(touched), "started": 1_700_000_000.0, "call": "old"})
        for touched in ("+4588887701", "202", "bo-desk", "+4588887702")
    ],
    "0005": [],
    "0006": [],
    "0007": [],
    "0008": [],
    "0009": [],
    "0010": [],
    "0011": [],
}  # fmt: skip
"""What a database of each revision may have held, besides what those before it did."""
EARLIER = sorted(OLD_ROWS)


async def fill(engine: AsyncEngine, revision: str) -> None:
    """Bring an empty database to an earlier revision and write what a pbxd of that time would have."""
    await migrations.upgrade(engine, revision)
    async with engine.begin() as connection:
        for added in EARLIER[: EARLIER.index(revision) + 1]:
            for table, row in OLD_ROWS[added]:
                names = ", ".join(f":{name}" for name in row)
                await connection.execute(text(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({names})"), row)


async def check_kept(open_store: Open, revision: str) -> None:
    """Everything that was there is there, and the call is found."""
    async with running(await open_store(StoppedClock())) as store:
        [record] = await store.calls.find(Search(touching=((key_of("88887702"),),)))
        assert (record.call, record.result, record.turns, record.legs[0].party) == ("old", "answered", (), "bo-desk")
        for key in ("202", "+4588887701", "bo-desk"):
            assert await store.calls.find(Search(touching=((key_of(key),),))) == [record]
        [event] = await store.ledger.events()
        assert isinstance(event, CallEnded)
        assert [row.device for row in await store.bindings.load()] == ["anna-desk"]
        assert len(await store.messages.load()) == (revision >= "0002")
        assert len(await store.states.load()) == len(await store.extensions.load()) == (revision >= "0003")


@pytest.mark.parametrize("revision", EARLIER)
async def test_data_of_every_earlier_schema_is_kept(revision: str, tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/pbxd.db"
    engine = create_async_engine(url)
    await fill(engine, revision)
    await engine.dispose()

    async def open_store(clock: StoppedClock) -> Store:
        return await Store.open(url, clock, record_of=call_record)

    await check_kept(open_store, revision)


def test_every_earlier_schema_has_rows_here() -> None:
    assert [*EARLIER, migrations.HEAD] == [f"{number:04}" for number in range(1, int(migrations.HEAD) + 1)]
