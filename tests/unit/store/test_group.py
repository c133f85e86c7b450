from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from pbxd.store.group import GroupCommit

WINDOW = 0.03


class Commits:
    """Notes when each commit began; one lasts as long as ``gate`` is closed."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.answers: list[float | None] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._began = asyncio.Condition()

    async def __call__(self) -> float | None:
        self.times.append(asyncio.get_running_loop().time())
        async with self._began:
            self._began.notify_all()
        await self.gate.wait()
        return self.answers.pop(0) if self.answers else None

    async def number(self, count: int) -> None:
        async with self._began:
            await self._began.wait_for(lambda: len(self.times) >= count)


@asynccontextmanager
async def running(commits: Callable[[], object]) -> AsyncIterator[GroupCommit]:
    group = GroupCommit(WINDOW, commits)  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(group.run())
        yield group
        group.close()


async def test_who_asks_after_a_quiet_moment_is_served_at_once_and_together() -> None:
    commits = Commits()
    async with running(commits) as group:
        before = asyncio.get_running_loop().time()
        for _ in range(10):
            group.ask()
        await commits.number(1)
        assert commits.times[0] == before
    assert len(commits.times) == 1


async def test_who_asks_soon_after_waits_for_the_end_of_the_window() -> None:
    commits = Commits()
    async with running(commits) as group:
        group.ask()
        await commits.number(1)
        for _ in range(10):
            group.ask()
        await commits.number(2)
    assert len(commits.times) == 2
    assert commits.times[1] - commits.times[0] == pytest.approx(WINDOW)


async def test_who_asks_during_a_commit_gets_the_next_one() -> None:
    commits = Commits()
    commits.gate.clear()
    async with running(commits) as group:
        group.ask()
        await commits.number(1)
        group.ask()
        commits.gate.set()
        await commits.number(2)


async def test_a_commit_that_failed_is_tried_again_and_not_before_its_time() -> None:
    commits = Commits()
    commits.answers = [2 * WINDOW]
    async with running(commits) as group:
        group.ask()
        await commits.number(1)
        await asyncio.sleep(0)
        group.ask()  # must not hurry it
        await commits.number(2)
    assert commits.times[1] - commits.times[0] == pytest.approx(2 * WINDOW)


async def test_closing_ends_it_also_when_nothing_was_asked() -> None:
    async with running(Commits()):
        pass
