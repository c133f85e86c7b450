"""The interrupt primitive: each way in which a treatment can end, and thousands of ways at once."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pbxd.calls.interrupt import STUBBORN, Finished, Interrupted, Interruptible, Shutdown, SubjectGone
from tests.unit.calls import interleavings

GONE = SubjectGone(status=487, reason="hung up")
LATER = Shutdown(reason="later")


class BugError(Exception):
    """A bug in a treatment."""


class Treatment:
    """A coroutine that is told what to do, and remembers how it went."""

    def __init__(self) -> None:
        self.story: list[str] = []

    async def waits(self) -> str:
        self.story.append("entered")
        try:
            await asyncio.sleep(60)
        finally:
            self.story.append("cleaned up")
        return "done"

    async def ignores_cancellation(self, times: int) -> str:
        for _ in range(times):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                self.story.append(f"ignored at {asyncio.get_running_loop().time() - START:g}")
        return "done"


START = 1000.0


@pytest.fixture
def reported() -> list[str]:
    return []


@pytest.fixture
def body(reported: list[str]) -> Interruptible:
    return Interruptible(reported.append)


async def test_what_ends_by_itself_has_a_value(body: Interruptible) -> None:
    assert await body.run(asyncio.sleep(1, "done")) == Finished("done")
    assert await body.run(asyncio.sleep(1, "again")) == Finished("again")


async def test_the_first_reason_is_the_result(body: Interruptible, reported: list[str]) -> None:
    treatment = Treatment()
    loop = asyncio.get_running_loop()
    loop.call_later(1, body.interrupt, GONE)
    loop.call_later(1, body.interrupt, LATER)
    assert await body.run(treatment.waits()) == Interrupted(GONE)
    assert (treatment.story, reported) == (["entered", "cleaned up"], [])


async def test_nothing_starts_after_an_interrupt(body: Interruptible) -> None:
    treatment = Treatment()
    body.interrupt(GONE)
    assert await body.run(treatment.waits()) == Interrupted(GONE)
    assert treatment.story == []


async def test_an_interrupt_before_the_first_step(body: Interruptible) -> None:
    treatment = Treatment()
    asyncio.get_running_loop().call_soon(body.interrupt, GONE)  # the child's first step comes after this
    assert await body.run(treatment.waits()) == Interrupted(GONE)
    assert treatment.story == []


async def test_done_and_interrupted_in_one_turn_is_interrupted_and_nobody_s_fault(
    body: Interruptible, reported: list[str]
) -> None:
    async def just_done() -> str:
        asyncio.get_running_loop().call_soon(body.interrupt, GONE)
        return "done"

    assert await body.run(just_done()) == Interrupted(GONE)
    assert reported == []


async def test_a_treatment_may_interrupt_itself(body: Interruptible, reported: list[str]) -> None:
    async def itself() -> str:
        body.interrupt(GONE)
        return "done"

    assert await body.run(itself()) == Interrupted(GONE)
    assert reported == []


async def test_a_bug_comes_through_even_on_the_way_out(body: Interruptible) -> None:
    async def dies() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise BugError

    asyncio.get_running_loop().call_later(1, body.interrupt, GONE)
    with pytest.raises(BugError):
        await body.run(dies())


async def test_a_cancellation_that_nobody_asked_for_is_a_bug(body: Interruptible) -> None:
    async def cancels_itself() -> None:
        raise asyncio.CancelledError

    with pytest.raises(RuntimeError, match="cancelled itself"):
        await body.run(cancels_itself())


async def test_who_ignores_a_cancellation_is_reported_and_cancelled_again(
    body: Interruptible, reported: list[str]
) -> None:
    treatment = Treatment()
    asyncio.get_running_loop().call_later(1, body.interrupt, GONE)
    assert await body.run(treatment.ignores_cancellation(3)) == Interrupted(GONE)
    assert treatment.story == [f"ignored at {1 + again * STUBBORN:g}" for again in range(3)]
    assert len(reported) == 3  # twice while it went on, and once for ending as if nothing had happened


async def test_our_own_cancellation_waits_for_the_child(body: Interruptible) -> None:
    async def cleans_up_slowly() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.5)
            cleaned.append(asyncio.get_running_loop().time())

    cleaned: list[float] = []
    task = asyncio.get_running_loop().create_task(body.run(cleans_up_slowly()))
    asyncio.get_running_loop().call_later(1, task.cancel)
    await asyncio.wait([task])
    assert task.cancelled()
    assert cleaned == [asyncio.get_running_loop().time()]


async def test_a_bug_is_not_lost_when_we_are_cancelled(body: Interruptible) -> None:
    async def dies() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise BugError

    task = asyncio.get_running_loop().create_task(body.run(dies()))
    asyncio.get_running_loop().call_later(1, task.cancel)
    await asyncio.wait([task])
    assert isinstance(task.exception(), BugError)


async def test_nested_runs_end_from_the_inside_out(body: Interruptible) -> None:
    inner, treatment = Interruptible(lambda _: None), Treatment()

    async def nests() -> None:
        try:
            await inner.run(treatment.waits())
        finally:
            treatment.story.append("outer cleaned up")

    asyncio.get_running_loop().call_later(1, body.interrupt, GONE)
    assert await body.run(nests()) == Interrupted(GONE)
    assert treatment.story == ["entered", "cleaned up", "outer cleaned up"]
    assert inner.why is None


async def test_random_interleavings() -> None:
    await interleavings.play(range(3000))


def interpreters() -> list[str]:
    """Other Pythons on this machine that pbxd supports: on the path, or where pyenv keeps them."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    found = []
    for version in ("3.11", "3.12", "3.13"):
        if sys.version.startswith(version):
            continue
        candidates = [shutil.which(f"python{version}"), *pyenv.glob(f"{version}.*/bin/python{version}")]
        found += [str(one) for one in candidates if one is not None and works(str(one))][:1]
    return found


def works(interpreter: str) -> bool:
    return subprocess.run([interpreter, "-c", ""], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("interpreter", interpreters(), ids=lambda path: Path(path).name)
def test_random_interleavings_on_other_pythons(interpreter: str) -> None:
    root = Path(__file__).parents[3]
    command = [interpreter, "-B", "-m", interleavings.__name__, "2000"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
