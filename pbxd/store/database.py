"""One database behind SQLAlchemy's async engine: SQLite by aiosqlite, PostgreSQL by asyncpg.

Reading goes through the engine's pool. Writing has one connection of its own and hands rows straight to its driver
(docs/decisions/0007-writing-past-sqlalchemy.md says what that saves).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from pbxd.store import statements
from pbxd.store.interface import StoreError
from pbxd.store.patience import DEFAULT_PATIENCE, Patience

if TYPE_CHECKING:
    from pbxd.clock import Clock
    from pbxd.store.statements import Write

ROWS_AT_ONCE = 256
"""Rows in one SQLite statement at the most: one long step leaves Python its lock, a step for each row fights for it."""

PRAGMAS = ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON")
"""WAL lets readers and the writer pass each other; NORMAL syncs at checkpoints, so that a commit outlives the process
at once and the machine's power within moments (docs/storage.md)."""

ATTEMPTS, BETWEEN_ATTEMPTS = 50, 0.1
"""How often a database is opened that others are opening, and the seconds in between."""

SchemaUpgrade = Callable[[AsyncEngine], Awaitable[None]]


class _Driver(Protocol):
    """What differs between the two drivers."""

    async def write(self, connection: Any, writes: Sequence[Write]) -> None:
        """Write all of ``writes``, in order, in one transaction."""
        ...


class _Transaction(tuple[tuple[str, list[Any]], ...]):
    """Statements with their values, to be executed together or not at all."""


class _SqliteConnection(sqlite3.Connection):
    """A connection that takes a whole transaction in one call, and so in one hop to aiosqlite's thread and back."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if not isinstance(parameters, _Transaction):
            return super().execute(sql, parameters)
        try:
            cursor = super().execute("BEGIN IMMEDIATE")
            for statement, values in parameters:
                cursor.execute(statement, values)
            cursor.execute("COMMIT")
        except BaseException:
            self.rollback()
            raise
        return cursor


class _Sqlite:
    async def write(self, connection: Any, writes: Sequence[Write]) -> None:
        pieces = _Transaction(self._pieces(writes))
        if len(pieces) == 1:  # the connection commits a lone statement by itself
            await connection.execute_fetchall(*pieces[0])
        else:
            await connection.execute_fetchall("", pieces)

    def _pieces(self, writes: Sequence[Write]) -> Iterator[tuple[str, list[Any]]]:
        """Statements of a power of two of rows, so that SQLite has prepared all of them soon."""
        for write in writes:
            start, rest = 0, len(write.rows)
            while rest:
                count = min(ROWS_AT_ONCE, 1 << (rest.bit_length() - 1))
                rows = write.rows[start : start + count]
                yield statements.sqlite(write.statement, count), list(chain.from_iterable(rows))
                start, rest = start + count, rest - count


class _Postgresql:
    async def write(self, connection: Any, writes: Sequence[Write]) -> None:
        if len(writes) == 1:  # executemany is a transaction by itself, and one round trip less than three
            await self._execute(connection, writes[0])
            return
        async with connection.transaction():
            for write in writes:
                await self._execute(connection, write)

    async def _execute(self, connection: Any, write: Write) -> None:
        sql = statements.postgresql(write.statement)
        if len(write.rows) == 1:
            await connection.execute(sql, *write.rows[0])
        else:
            await connection.executemany(sql, write.rows)


def async_url(url: str) -> URL:
    """``url`` with the asyncio driver of its database. Raises :class:`StoreError` for any other database."""
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError("the database's URL can't be read") from error  # the URL may hold a password
    driver = drivers.get(parsed.drivername.partition("+")[0])
    if driver is None:
        raise StoreError(f"{parsed.drivername} is neither sqlite nor postgresql")
    if driver.startswith("sqlite") and parsed.database in (None, "", ":memory:"):
        raise StoreError("a SQLite database needs a file")
    return parsed.set(drivername=driver)


def _engine(url: URL, patience: Patience, *, pragmas: Sequence[str] = PRAGMAS) -> AsyncEngine:
    if url.drivername != "sqlite+aiosqlite":
        return create_async_engine(
            url, connect_args={"timeout": 5.0, "command_timeout": patience.busy}, pool_size=2, max_overflow=2
        )
    arguments = {"isolation_level": None, "timeout": patience.busy, "factory": _SqliteConnection}
    engine = create_async_engine(url, connect_args=arguments)

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _is_file(name: str | None) -> bool:
    return name is not None and Path(name).is_file()


class Database:
    """An open database whose schema is this version's."""

    def __init__(self, engine: AsyncEngine, clock: Clock, patience: Patience) -> None:
        self._engine = engine
        self._clock = clock
        self.patience = patience
        self._driver: _Driver = _Sqlite() if engine.dialect.name == "sqlite" else _Postgresql()
        self._writer: AsyncConnection | None = None
        self._raw: Any = None
        self._lock = asyncio.Lock()
        self._lost_until = 0.0

    @classmethod
    async def open(
        cls, url: str, clock: Clock, upgrade: SchemaUpgrade, patience: Patience = DEFAULT_PATIENCE
    ) -> Database:
        """Connect, let ``upgrade`` bring the schema up to date, and be ready to write.

        Raises :class:`StoreError` when the database can't be used.
        """
        parsed = async_url(url)
        engine = _engine(parsed, patience)
        database = cls(engine, clock, patience)
        try:
            if engine.dialect.name == "sqlite" and parsed.database:
                # Where a file can't be opened, aiosqlite leaves its thread to end when it likes, with a traceback if
                # the loop is gone by then. So that is found out first, without a thread.
                sqlite3.connect(parsed.database).close()
            opening = _engine(parsed, replace(patience, busy=patience.opening))
            try:
                await _patiently(upgrade, opening)
            finally:
                await opening.dispose()
            await database._connect()
        except (SQLAlchemyError, OSError, sqlite3.Error) as error:
            await engine.dispose()
            raise StoreError(f"the database can't be opened: {words(error)}") from error
        except BaseException:
            await engine.dispose()
            raise
        return database

    @classmethod
    async def open_to_read(cls, url: str, clock: Clock, patience: Patience = DEFAULT_PATIENCE) -> Database:
        """Connect to a database that a server of this version keeps. Raises :class:`StoreError`."""
        from pbxd.store.migrations import check

        parsed = async_url(url)
        if parsed.drivername.startswith("sqlite") and not _is_file(parsed.database):
            raise StoreError(f"there is no database {parsed.database}: no server has run with it yet")
        engine = _engine(parsed, patience, pragmas=("query_only = ON",))
        try:
            await check(engine)
        except (SQLAlchemyError, OSError, sqlite3.Error) as error:
            await engine.dispose()
            raise StoreError(f"the database can't be opened: {words(error)}") from error
        except BaseException:
            await engine.dispose()
            raise
        return cls(engine, clock, patience)

    async def _connect(self) -> None:
        self._writer = await self._engine.connect()
        self._raw = (await self._writer.get_raw_connection()).driver_connection

    async def write(self, writes: Sequence[Write]) -> None:
        """Write everything in one transaction. Raises :class:`StoreError` with nothing known to be written."""
        async with self._lock:
            try:
                if self._raw is None:
                    await self._reconnect()
                await self._driver.write(self._raw, writes)
            except StoreError:
                raise
            except Exception as error:
                await self._forget_connection()
                raise StoreError(f"the database refused a write: {words(error)}") from error
            except BaseException:
                await self._forget_connection()
                raise

    async def _reconnect(self) -> None:
        if self._clock.monotonic() < self._lost_until:
            raise StoreError("the database could not be reached a moment ago")
        try:
            await self._connect()
        except Exception:
            self._lost_until = self._clock.monotonic() + self.patience.reconnect
            raise

    async def _forget_connection(self) -> None:
        """After any failure the next write starts on a fresh connection: nothing half-done is carried along."""
        writer, self._writer, self._raw = self._writer, None, None
        if writer is not None:
            with suppress(Exception):  # it is gone already; what matters is not to use it again
                await writer.invalidate()
                await writer.close()

    async def read(self, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
        """Rows of a query with ``:name`` parameters. Raises :class:`StoreError`."""
        try:
            async with self._engine.connect() as connection:
                result = await connection.execute(text(sql), parameters)
                return [tuple(row) for row in result]
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise StoreError(f"the database can't be read: {words(error)}") from error

    async def change(self, sql: str, **parameters: object) -> None:
        """One statement with ``:name`` parameters, for housekeeping. Raises :class:`StoreError`."""
        try:
            async with self._engine.begin() as connection:
                await connection.execute(text(sql), parameters)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise StoreError(f"the database refused a write: {words(error)}") from error

    async def close(self) -> None:
        """Let go of every connection."""
        async with self._lock:
            if self._writer is not None:
                with suppress(SQLAlchemyError, OSError):
                    await self._writer.close()
            self._writer = self._raw = None
            await self._engine.dispose()


async def _patiently(upgrade: SchemaUpgrade, engine: AsyncEngine) -> None:
    """Bring the schema up to date, though others may be doing the same.

    Where two connections want to turn a new file into WAL at once, SQLite tells one of them that it is locked without
    waiting: if both waited, they would do so for each other.
    """
    for attempt in range(ATTEMPTS):
        try:
            await upgrade(engine)
        except OperationalError as error:
            if "locked" not in str(error.orig) or attempt == ATTEMPTS - 1:
                raise
            await asyncio.sleep(BETWEEN_ATTEMPTS)
        else:
            return


def words(error: BaseException) -> str:
    """The driver's own words, without SQLAlchemy's frame, statement and parameters round them."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return f"{type(cause).__name__}: {cause}".rstrip(": ")
