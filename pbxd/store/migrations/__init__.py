"""Bringing a database to this version's schema with alembic, which is only imported when there is something to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from pbxd.store.interface import StoreError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

HEAD = "0012"
"""The newest revision in ``versions``; a test holds the two together."""
_LOCK = 0x70627864
"""Key of the PostgreSQL advisory lock under which one server migrates while others wait."""


def revision(connection: Connection) -> str | None:
    """The revision that a database is at; ``None`` for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


async def check(engine: AsyncEngine) -> None:
    """Leave the schema as it is. Raises :class:`StoreError` where it is not at :data:`HEAD`."""
    async with engine.connect() as connection:
        found = await connection.run_sync(revision)
    if found != HEAD:
        raise StoreError(f"the database has revision {found}, and not {HEAD}: start the server first")


async def upgrade(engine: AsyncEngine, to: str = HEAD) -> None:
    """Bring the schema to this version's, in one transaction; ``to`` an earlier one for tests.

    Raises :class:`StoreError` for a database that a newer pbxd has migrated.
    """
    async with engine.connect() as connection:
        if await connection.run_sync(revision) == to:
            return
    async with engine.begin() as connection:
        if engine.dialect.name == "sqlite":  # its driver begins no transaction for DDL by itself
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        await connection.run_sync(_upgrade, to)


def _upgrade(connection: Connection, to: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    at = revision(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if at is not None and at not in known:
        raise StoreError(f"the database has revision {at}, which is newer than this pbxd")
    command.upgrade(config, to)
