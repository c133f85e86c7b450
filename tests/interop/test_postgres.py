"""The store over a real PostgreSQL server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from pbxd.cdr import call_record
from pbxd.store import Patience, Search, Store, StoreError
from tests.interop.postgres import Postgres, postgres
from tests.unit.store.behaviour import LastingStoreBehaviour, Open, StoppedClock, running, saved
from tests.unit.store.samples import binding, conversation
from tests.unit.store.test_migrations import EARLIER, check_kept, check_newer, check_schema, fill

pytestmark = pytest.mark.interop

IMPATIENT = Patience(reconnect=0.0, retry=0.01, longest_retry=0.02)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as running_server:
        yield running_server


@pytest_asyncio.fixture
async def url(server: Postgres) -> str:
    return await server.database()


@pytest.fixture
def open_store(url: str) -> Open:
    async def open_store(clock: StoppedClock) -> Store:
        return await Store.open(url, clock, record_of=call_record, patience=IMPATIENT)

    return open_store


@pytest_asyncio.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"))
    yield engine
    await engine.dispose()


class TestPostgresql(LastingStoreBehaviour):
    pass


async def test_migrations_lead_to_the_metadata(engine: AsyncEngine) -> None:
    await check_schema(engine)


async def test_a_newer_database_is_refused(engine: AsyncEngine) -> None:
    await check_newer(engine)


@pytest.mark.parametrize("revision", EARLIER)
async def test_data_of_every_earlier_schema_is_kept(revision: str, engine: AsyncEngine, open_store: Open) -> None:
    await fill(engine, revision)
    await check_kept(open_store, revision)


async def test_servers_that_start_at_once_migrate_one_after_the_other(open_store: Open) -> None:
    stores = await asyncio.gather(*(open_store(StoppedClock()) for _ in range(3)))
    for store in stores:
        async with running(store):
            assert await store.bindings.load() == []


async def test_a_database_that_is_not_there_is_refused_in_words(url: str) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        await Store.open(f"{url}_not", StoppedClock(), record_of=call_record)


async def test_calls_go_on_while_the_server_is_away(server: Postgres, open_store: Open) -> None:
    story = conversation("c1")
    async with running(await open_store(StoppedClock())) as store:
        await saved(store, [binding("anna")])
        server.stop()
        try:
            for event in story:
                store.ledger.append(event)
            with pytest.raises(StoreError):
                await saved(store, [binding("bo")])
            with pytest.raises(StoreError):
                await store.ledger.flush()
            assert store.ledger.pending == len(story)
        finally:
            server.start()
        await saved(store, [binding("cora")])
        assert [row.device for row in await store.bindings.load()] == ["anna", "cora"]
        assert await store.ledger.events() == story
        assert await store.calls.find(Search(limit=1)) == [call_record(story)]
