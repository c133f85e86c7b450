from __future__ import annotations

import asyncio

import pytest

from pbxd.cdr import call_record
from pbxd.store import MemoryStore, StoreError
from tests.unit.store.behaviour import Open, StoppedClock, StoreBehaviour, saved
from tests.unit.store.samples import binding


class TestMemoryStore(StoreBehaviour):
    @pytest.fixture
    def open_store(self) -> Open:
        async def open_store(clock: StoppedClock) -> MemoryStore:
            return MemoryStore(clock, record_of=call_record)

        return open_store


async def test_a_failing_commit_keeps_nothing() -> None:
    store = MemoryStore(StoppedClock(), record_of=call_record)
    store.bindings.failure = StoreError("disk full")
    with pytest.raises(StoreError, match="disk full"):
        await saved(store, [binding()])
    assert await store.bindings.load() == []


async def test_a_late_commit_is_told_late() -> None:
    store = MemoryStore(StoppedClock(), record_of=call_record)
    store.bindings.delay = 0.01
    before = asyncio.get_running_loop().time()
    await saved(store, [binding()])
    assert asyncio.get_running_loop().time() - before >= 0.009
