"""Random interleavings round the interrupt primitive, each a function of its seed.

A program (a coroutine) waits, nests, raises, swallows its cancellation and cleans up, while actors interrupt it, cancel
the task that waits for it, or let it go on, often in one turn of the loop. Every run is judged as it ends. Nothing but
the standard library is needed, so that any Python can run it: ``python3.13 -m tests.unit.calls.interleavings 20000``.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field
from random import Random

from pbxd.calls.interrupt import Finished, Interrupted, Interruptible, Shutdown
from tests.support.loop import VirtualClockLoop


class BugError(Exception):
    """What a program raises."""


@dataclass
class Story:
    """What happened to one program and the run round it."""

    entered: int = 0
    cleaned: int = 0
    swallowed: int = 0
    """Cancellations that the program, or one that it waited for, ignored."""
    reported: list[str] = field(default_factory=list)
    interrupted: bool = False
    bug: BugError | None = None
    """What the program let out."""


class Stage:
    """One interleaving."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.loop = asyncio.get_running_loop()
        self.gates: list[asyncio.Future[None]] = []
        self.running: list[tuple[Interruptible, Story]] = []
        self.outer_cancelled = False

    async def play(self) -> None:
        """Run one program under fire, and see that nothing is left of it."""
        before = asyncio.all_tasks()
        outer = self.loop.create_task(self.outer())
        for _ in range(self.random.randrange(6)):
            moment = self.random.choice((0, 0, 1, 1, 2, 3, 5))
            self.act_in(moment, outer, [self.random.randrange(4) for _ in range(self.random.choice((1, 1, 2, 3)))])
        self.open_gates(40)
        await asyncio.wait([outer])
        if outer.cancelled():
            assert self.outer_cancelled, "the outer task was cancelled by nobody"
        else:
            outer.result()
        assert asyncio.all_tasks() == before, "a task is left"

    def act_in(self, turns: int, outer: asyncio.Task[None], acts: list[int]) -> None:
        """Do some things, all in one turn of the loop, a few turns from now."""
        if turns:
            self.loop.call_soon(self.act_in, turns - 1, outer, acts)
            return
        for act in acts:
            if act == 0 and not outer.done():
                self.outer_cancelled |= outer.cancel()
            elif act == 1:
                self.open_gate()
            elif self.running:
                self.interrupt(*self.random.choice(self.running))

    def interrupt(self, body: Interruptible, story: Story) -> None:
        story.interrupted = True
        body.interrupt(Shutdown(reason="fuzz"))

    def open_gate(self) -> None:
        for gate in self.gates:
            if not gate.done():
                gate.set_result(None)
                return

    def open_gates(self, turns: int) -> None:
        """Nobody waits for ever; the last gates open by the clock, as nothing else happens any more."""
        self.open_gate()
        if turns:
            self.loop.call_soon(self.open_gates, turns - 1)
        elif self.running:
            self.loop.call_later(0.3, self.open_gates, 0)

    async def outer(self) -> None:
        """What a call's task is."""
        await self.run(Story(), depth=0)

    async def run(self, around: Story, depth: int) -> None:
        """One run, judged: what it returns or raises is what happened."""
        story = Story()
        body = Interruptible(story.reported.append)
        if self.random.random() < 0.05:
            self.interrupt(body, story)
        mine = (body, story)
        self.running.append(mine)
        tasks = asyncio.all_tasks()
        try:
            done = await body.run(self.program(story, depth))
        except BugError as bug:
            if bug is story.bug:
                story.bug = None
            if depth:
                raise  # a bug's way is up, and it takes the place of a cancellation
        except asyncio.CancelledError:
            assert self.outer_cancelled or depth, "cancelled by nobody"
            raise
        else:
            assert isinstance(done, Interrupted) is story.interrupted, f"{done}, and interrupted: {story.interrupted}"
            assert isinstance(done, Interrupted) or done == Finished(depth)
        finally:
            self.running.remove(mine)
            around.swallowed += story.swallowed
            assert story.bug is None, "a bug was lost"
            assert story.entered == story.cleaned <= 1, "cleaning up did not happen exactly once"
            assert asyncio.all_tasks() <= tasks, "the child outlived the run"
            assert bool(story.reported) <= bool(story.swallowed), "reported for nothing"

    async def program(self, story: Story, depth: int) -> int:
        random = self.random
        story.entered += 1
        try:
            for _ in range(random.randrange(5)):
                await self.step(story, depth, random.randrange(8))
            return depth
        except BugError as bug:
            story.bug = bug
            raise
        finally:
            for _ in range(random.choice((0, 0, 1, 2))):
                try:
                    await asyncio.sleep(0)
                except asyncio.CancelledError:
                    story.swallowed += 1
            story.cleaned += 1

    async def step(self, story: Story, depth: int, kind: int) -> None:
        match kind:
            case 0 | 1:
                await asyncio.sleep(0)
            case 2:
                await self.gate()
            case 3:
                try:
                    await self.gate()
                except asyncio.CancelledError:
                    story.swallowed += 1
            case 4 if depth < 3:
                await self.run(story, depth + 1)
            case 5 if self.random.random() < 0.3:
                raise BugError
            case 6:
                self.interrupt(*self.random.choice(self.running))  # it may be our own
            case _:
                await asyncio.sleep(self.random.choice((0.1, 3.0)))

    async def gate(self) -> None:
        gate = self.loop.create_future()
        self.gates.append(gate)
        await gate


async def play(seeds: range) -> None:
    """Play these interleavings, one after the other; raises :class:`AssertionError` with the seed that failed."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualClockLoop)
    for seed in seeds:
        try:
            await Stage(seed).play()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
        await asyncio.sleep(5)
        left = [timer for timer in loop.timers() if "insist" in repr(timer)]
        assert not left, f"seed {seed}: a timer is left"


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(play(range(int(sys.argv[1]))))
