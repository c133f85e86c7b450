from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event

from pbxd.cdr import call_record
from pbxd.store import EventsLost, Patience, Store, StoreError
from pbxd.store.rebuild import Rebuilt, rebuild
from tests.unit.store.behaviour import LastingStoreBehaviour, Open, StoppedClock, running, saved
from tests.unit.store.samples import NOW, binding, conversation


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pbxd.db"


def opener(file: Path, **patience: Any) -> Open:
    async def open_store(clock: StoppedClock) -> Store:
        return await Store.open(f"sqlite:///{file}", clock, record_of=call_record, patience=Patience(**patience))

    return open_store


@pytest.fixture
def open_store(file: Path) -> Open:
    return opener(file)


class TestSqlite(LastingStoreBehaviour):
    pass


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("mysql://x/y", "neither sqlite nor postgresql"),
        ("not a url", "can't be read"),
        ("sqlite:////proc/nowhere/pbxd.db", "unable to open"),
    ],
)
async def test_a_database_that_cannot_be_used_is_refused_in_words(url: str, words: str) -> None:
    with pytest.raises(StoreError, match=words):
        await Store.open(url, StoppedClock(), record_of=call_record)


@pytest.fixture
def no_database(file: Path) -> None:
    file.write_bytes(b"not a database, but long enough to be read as one" * 100)


@pytest.mark.usefixtures("no_database")
async def test_a_file_that_is_no_database_is_refused(open_store: Open) -> None:
    with pytest.raises(StoreError, match="not a database"):
        await open_store(StoppedClock())


class _Locked:
    """Another process that holds the database's write lock."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_: object) -> None:
        self._connection.close()


IMPATIENT = {"busy": 0.01, "retry": 0.01, "longest_retry": 0.02}


async def test_a_save_that_cannot_be_committed_is_told_so_and_the_next_one_works(file: Path) -> None:
    async with running(await opener(file, **IMPATIENT)(StoppedClock())) as store:
        with _Locked(file), pytest.raises(StoreError, match="locked"):
            await saved(store, [binding("anna")])
        await saved(store, [binding("bo")])
        assert [row.device for row in await store.bindings.load()] == ["bo"]


async def test_the_ledger_waits_for_a_database_that_cannot_be_written(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    story = conversation("c1")
    async with running(await opener(file, **IMPATIENT)(StoppedClock())) as store:
        with _Locked(file):
            for event in story:
                store.ledger.append(event)
            with pytest.raises(StoreError):
                await store.ledger.flush()
            assert store.ledger.pending == len(story)
        assert await store.ledger.events() == story
        assert await store.calls.get("c1") == call_record(story)
        assert store.ledger.lost == 0
    assert "trying again" in caplog.text
    assert "written again" in caplog.text


async def test_memory_is_bounded_and_a_gap_is_counted_reported_and_in_the_ledger(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = StoppedClock()
    first, second = conversation("c1"), conversation("c2")
    async with running(await opener(file, **IMPATIENT, events=5)(clock)) as store:
        with _Locked(file):
            for event in first:
                store.ledger.append(event)
            assert store.ledger.pending == 5
            assert store.ledger.lost == len(first) - 5
        await store.ledger.flush()
        store.ledger.append(second[0])
        assert await store.ledger.events() == [*first[:5], EventsLost(at=clock.now, count=len(first) - 5), second[0]]
        assert await store.calls.get("c1") == call_record(first), (
            "the record is a fold over what happened, not over rows"
        )
    assert "ledger has a gap: 4 events were lost" in caplog.text


async def test_too_many_saves_that_wait_are_refused(file: Path) -> None:
    async with running(await opener(file, saves=2)(StoppedClock())) as store:
        outcomes = await asyncio.gather(
            *(saved(store, [binding(name)]) for name in ("anna", "bo", "cora")), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [type(None), type(None), StoreError]


async def test_a_done_that_raises_keeps_nobody_else_from_hearing(open_store: Open) -> None:
    loop = asyncio.get_running_loop()
    reported: list[object] = []
    loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))

    def broken(_: BaseException | None) -> None:
        raise RuntimeError("a bug of the registrar's")

    async with running(await open_store(StoppedClock())) as store:
        store.bindings.save([binding("anna")], [], broken)
        await saved(store, [binding("bo")])
        assert len(await store.bindings.load()) == 2
    assert [type(error) for error in reported] == [RuntimeError]


async def test_a_writer_that_is_cancelled_loses_nothing_and_writes_nothing_twice(open_store: Open) -> None:
    story = conversation("c1")
    store = await open_store(StoppedClock())
    writer = asyncio.get_running_loop().create_task(store.run())
    for event in story:
        store.ledger.append(event)
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the commit is on its way now
    writer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writer
    assert await store.ledger.events() == story
    await store.close()


async def test_two_servers_can_migrate_one_empty_database_at_once(open_store: Open) -> None:
    stores = await asyncio.gather(*(open_store(StoppedClock()) for _ in range(3)))
    for store in stores:
        async with running(store):
            assert await store.bindings.load() == []


SAVER = """
import asyncio, sys
from pbxd.cdr import call_record
from pbxd.clock import SystemClock
from pbxd.store import Store
from tests.unit.store.behaviour import running
from tests.unit.store.samples import binding, conversation

async def main():
    async with running(await Store.open(sys.argv[1], SystemClock(), record_of=call_record)) as store:
        for event in conversation("c1")[:4]:
            store.ledger.append(event)
        await store.ledger.flush()
        print("ledger", flush=True)
        for number in range(100_000):
            name = f"phone-{number}"
            done = asyncio.get_running_loop().create_future()
            store.bindings.save([binding(name, expires=4e9)], [], done.set_result)
            assert await done is None
            print(name, flush=True)

asyncio.run(main())
"""


@pytest.fixture
def acknowledged(file: Path) -> list[str]:
    """What a server said that it had kept, before it was killed in the middle of more."""
    arguments = [sys.executable, "-c", SAVER, f"sqlite:///{file}"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as saver:
        assert saver.stdout is not None
        lines = [saver.stdout.readline().strip() for _ in range(20)]
        saver.kill()
        return lines + saver.stdout.read().split()


async def test_kill_9_costs_nothing_that_was_acknowledged(acknowledged: list[str], open_store: Open) -> None:
    assert acknowledged[0] == "ledger"
    async with running(await open_store(StoppedClock())) as store:
        assert {row.device for row in await store.bindings.load()} >= set(acknowledged[1:])
        record = await store.calls.get("c1")
        assert record is not None
        assert record.result == "crashed"


class _Full:
    """A database that may not grow any more, over whichever connection."""

    def __init__(self, file: Path, store: Store) -> None:
        self._file = file
        self._engine = store._database._engine.sync_engine
        self._writer = store._database

    def _limit(self, connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # SQLite makes that the pages that there are

    async def __aenter__(self) -> None:
        sqlalchemy_event.listen(self._engine, "connect", self._limit)
        await self._engine_restarts()

    async def __aexit__(self, *_: object) -> None:
        sqlalchemy_event.remove(self._engine, "connect", self._limit)
        await self._engine_restarts()

    async def _engine_restarts(self) -> None:
        await self._writer._forget_connection()
        await self._writer._engine.dispose()


@pytest.mark.covers("REL-4")
async def test_on_a_full_disk_the_ledger_waits_and_saves_are_refused(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stories = [event for number in range(200) for event in conversation(f"c{number}", start=NOW + number)]
    async with running(await opener(file, **IMPATIENT)(StoppedClock())) as store:
        assert isinstance(store, Store)
        await saved(store, [binding("anna")])
        async with _Full(file, store):
            for event in stories:
                store.ledger.append(event)
            with pytest.raises(StoreError):
                await store.ledger.flush()
            with pytest.raises(StoreError, match="full"):
                await saved(store, [binding(f"phone-{number}", user_agent="x" * 500) for number in range(100)])
            assert store.ledger.pending == len(stories)
        await saved(store, [binding("bo")])
        assert await store.ledger.events() == stories
        assert store.ledger.lost == 0
        assert await rebuild(store._database, call_record, dry=True) == Rebuilt(agree=200)
        assert [row.device for row in await store.bindings.load()] == ["anna", "bo"]
    assert "database or disk is full" in caplog.text
