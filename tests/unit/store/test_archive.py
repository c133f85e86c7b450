from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pbxd.cdr import call_record
from pbxd.store import Search, Store, StoreError
from pbxd.store.archive import Archive
from tests.unit.store.behaviour import StoppedClock, running
from tests.unit.store.samples import NOW, conversation


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/pbxd.db"


async def test_what_is_kept_is_read_while_the_server_runs(url: str) -> None:
    first, second = conversation("c1"), conversation("c2", start=NOW + 5)
    async with (
        running(await Store.open(url, StoppedClock(), record_of=call_record)) as store,
        Archive.open(url) as archive,
    ):
        for event in (*first, *second[:3]):
            store.ledger.append(event)
        await store.ledger.flush()
        assert await archive.get("c1") == call_record(first)
        assert await archive.events("c1") == first
        assert await archive.find(Search(limit=1)) == [call_record(second[:1])]
        stories = [(record.call, story) async for record, story in archive.stories(Search())]
        assert stories == [("c2", second[:3]), ("c1", first)]
        assert await archive.events("c9") == []


async def test_nothing_can_be_written(url: str) -> None:
    async with running(await Store.open(url, StoppedClock(), record_of=call_record)):
        pass
    async with Archive.open(url) as archive:
        with pytest.raises(StoreError, match="readonly"):
            await archive._database.change("DELETE FROM calls")


async def test_a_database_of_another_version_is_left_alone(url: str) -> None:
    async with running(await Store.open(url, StoppedClock(), record_of=call_record)):
        pass
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0003'")
    connection.close()
    with pytest.raises(StoreError, match="revision 0003"):
        async with Archive.open(url):
            pass
