from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from pbxd.store import StoreError, bindings, calls, ledger, messages, migrations, states
from pbxd.store.statements import Statement
from pbxd.store.tables import metadata


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
        states.SAVE_STATES,
        states.REMOVE_STATES,
        states.SAVE_EXTENSIONS,
        states.REMOVE_EXTENSIONS,
        calls.SAVE_CALLS,
        ledger.APPEND_EVENTS,
    ],
)
def test_statements_name_the_columns_of_their_table(statement: Statement) -> None:
    table = metadata.tables[statement.table]
    assert set(statement.columns) == {column.name for column in table.columns}
    assert set(statement.key) == {column.name for column in table.primary_key}
