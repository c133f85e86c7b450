from __future__ import annotations

import asyncio
import time

import pytest

from tests.support.clock import MONDAY, VirtualClock
from tests.support.loop import START, Deadlock, VirtualClockLoop


def running() -> VirtualClockLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualClockLoop)
    return loop


async def test_an_hour_passes_at_once_and_in_order() -> None:
    loop = running()
    started = loop.time()
    seen: list[tuple[float, float]] = []
    for delay in (3600.0, 0.5, 60.0):
        loop.call_later(delay, lambda wanted: seen.append((wanted, loop.time() - started)), delay)
    await asyncio.sleep(3601)
    assert [wanted for wanted, _ in seen] == [0.5, 60, 3600]
    assert [at for _, at in seen] == pytest.approx([0.5, 60, 3600])


async def test_a_clock_reads_the_loop(clock: VirtualClock) -> None:
    before = clock.monotonic()
    await asyncio.sleep(10)
    assert clock.monotonic() - before == pytest.approx(10)
    assert clock.wall() == pytest.approx(MONDAY + clock.monotonic() - START)
    clock.set_wall(5.0)
    assert clock.wall() == pytest.approx(5.0)
    assert clock.monotonic() - before == pytest.approx(10)


async def test_time_stands_still_while_a_thread_works() -> None:
    loop = running()
    before = loop.time()
    fired: list[float] = []
    loop.call_later(0.001, lambda: fired.append(loop.time()))
    await loop.run_in_executor(None, time.sleep, 0.02)
    assert loop.time() == before
    assert fired == []


def test_waiting_for_nothing_fails_where_the_test_waits() -> None:
    cleaned: list[str] = []

    async def hopeless() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            cleaned.append("yes")

    with pytest.raises(Deadlock, match="hopeless"), asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(hopeless())
    assert cleaned == ["yes"]


def test_housekeeping_does_not_keep_a_waiting_test_alive() -> None:
    ticks: list[float] = []

    async def hopeless() -> None:
        loop = running()

        def sweep() -> None:
            ticks.append(loop.time())
            loop.call_later(60, sweep)

        loop.background(sweep.__qualname__)
        loop.call_later(60, sweep)
        await asyncio.sleep(150)
        await loop.create_future()

    with pytest.raises(Deadlock), asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(hopeless())
    assert ticks == [START + 60, START + 120]


def test_a_cancelled_timer_does_not_count() -> None:
    async def hopeless() -> None:
        asyncio.get_running_loop().call_later(60, print).cancel()
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock), asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(hopeless())


def test_a_test_that_swallows_the_news_gets_it_again() -> None:
    gave_up = False

    async def stubborn() -> None:
        while not gave_up:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                continue

    loop = VirtualClockLoop()
    task = loop.create_task(stubborn())
    with pytest.raises(Deadlock):
        loop.run_until_complete(task)
    assert not task.done()
    gave_up = True
    task.cancel()
    loop.run_until_complete(task)
    loop.close()
