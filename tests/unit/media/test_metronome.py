"""One clock for all: beats 20 ms apart, spread over the time between, whatever members come, go or fail."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from pbxd.media.embedded.metronome import Metronome
from tests.support.clock import VirtualClock


class Counter:
    """A member that keeps when it was called."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.beats: list[int] = []
        self.at: list[float] = []
        self.errors: list[Exception] = []
        self.breaks = False

    def beat(self, beat: int, due: float) -> None:
        if self.breaks:
            raise RuntimeError("broken")
        self.beats.append(beat)
        self.at.append(self._clock.monotonic())

    def failed(self, error: Exception) -> None:
        self.errors.append(error)


@pytest.mark.parametrize("size", [1, 7, 200])
async def test_beats_are_20_ms_apart_for_each_and_spread_for_all(clock: VirtualClock, size: int) -> None:
    metronome = Metronome(clock)
    members = [Counter(clock) for _ in range(size)]
    for member in members:
        metronome.join(member)
        await asyncio.sleep(0.0003)
    await asyncio.sleep(1.001)
    for member in members:
        metronome.leave(member)
        assert len(member.at) >= 49
        assert all(after - before == pytest.approx(0.02) for before, after in itertools.pairwise(member.at))
        assert all(after - before == 1 for before, after in itertools.pairwise(member.beats))
    moments = [member.at[-1] for member in members]
    busiest = max(sum(1 for each in moments if abs(each - moment) < 1e-6) for moment in moments)
    assert busiest <= -(-size // 10)


async def test_what_was_missed_is_made_up_for_and_not_for_ever(clock: VirtualClock) -> None:
    metronome = Metronome(clock)
    member = Counter(clock)
    metronome.join(member)
    await asyncio.sleep(0.021)
    loop = asyncio.get_running_loop()
    loop._jumping.now += 0.1  # type: ignore[attr-defined]  # the loop was held up
    await asyncio.sleep(0.02)
    assert member.beats == list(range(8))
    loop._jumping.now += 5  # type: ignore[attr-defined]
    await asyncio.sleep(0.02)
    assert 8 < len(member.beats) <= 20
    assert member.beats[-1] == pytest.approx(5.14 / 0.02, abs=1.5), "the numbers tell what was left out"
    metronome.leave(member)


async def test_one_that_fails_is_out_and_the_others_go_on(clock: VirtualClock) -> None:
    metronome = Metronome(clock)
    bad, good = Counter(clock), Counter(clock)
    metronome.join(bad)
    metronome.join(good)
    bad.breaks = True
    await asyncio.sleep(0.1)
    assert len(bad.errors) == 1
    assert len(good.beats) >= 4
    metronome.leave(bad)
    metronome.leave(good)
    count = len(good.beats)
    await asyncio.sleep(0.1)
    assert len(good.beats) == count
