"""What menus and mailboxes may rely on: the same cases against the text double, and against a call over the network."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from pbxd.calls.call import Call
from pbxd.dialogues.dialogue import Dialogue, Heard, Stopped
from pbxd.dialplan.treatment import Completed, Outcome, Treatment
from pbxd.org.sounds import Spoken
from pbxd.speech.sayings import Beep
from tests.support.clock import VirtualClock
from tests.support.dialogue import HangsUp, Hears, Presses, Speaks, Step, TextDialogue
from tests.support.house import House, configure
from tests.support.network import MemoryNetwork
from tests.support.party import Party

WELCOME = Spoken({"en": "Welcome.", "da": "Velkommen."})
MENU = Spoken({"": "The menu."})

Case = Callable[[Dialogue, Path], Awaitable[Any]]


@dataclass(frozen=True)
class Result:
    """What came of a case; ``value`` is ``None`` where the party hung up."""

    value: Any
    heard: list[str]
    left: bool


class Stage(Protocol):
    """Where a case is played."""

    async def play(self, case: Case, script: Sequence[Step]) -> Result: ...


class OnPaper:
    """With the double."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def play(self, case: Case, script: Sequence[Step]) -> Result:
        dialogue = TextDialogue(script)
        try:
            value, left = await case(dialogue, self._directory), False
        except asyncio.CancelledError:
            value, left = None, True
        return Result(value, dialogue.heard, left)


class OverTheNetwork:
    """With a phone, a server and its media engine."""

    def __init__(self, directory: Path, network: MemoryNetwork, clock: VirtualClock) -> None:
        self._directory = directory
        self._network = network
        self._clock = clock

    async def play(self, case: Case, script: Sequence[Step]) -> Result:
        ended = asyncio.get_running_loop().create_future()

        async def perform(call: Call, treatment: Treatment) -> Outcome:
            try:
                async with call.dialogue("house") as dialogue:
                    ended.set_result(Result(await case(dialogue, self._directory), [], False))
            except asyncio.CancelledError:
                ended.set_result(Result(None, [], True))
                raise
            return Completed(reason="the case is over")

        async with House(configure(self._directory), self._network, self._clock, perform=perform) as house:
            (anna,) = await house.phones("anna")
            party = Party(house, anna)
            async with anna.calls("202"):
                await anna.is_answered()
                await party.follows(script)
                result = await anna.watch.until(lambda: ended.done() and ended.result(), "the end of the case", 120)
            await house.settles()
            return Result(result.value, party.heard, result.left)


@pytest.fixture(params=["paper", "network"])
def stage(request: pytest.FixtureRequest, tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> Stage:
    return OnPaper(tmp_path) if request.param == "paper" else OverTheNetwork(tmp_path, network, clock)


async def test_everything_is_said_to_its_end_where_nothing_is_pressed(stage: Stage) -> None:
    async def case(dialogue: Dialogue, _: Path) -> str:
        return await dialogue.say(WELCOME, MENU, Beep(), until="1")

    assert await stage.play(case, []) == Result("", ["Welcome.", "The menu.", "(beep)"], left=False)


async def test_it_is_said_in_the_language_that_was_chosen(stage: Stage) -> None:
    async def case(dialogue: Dialogue, _: Path) -> str:
        dialogue.speak("da")
        await dialogue.say(WELCOME)
        return dialogue.language

    assert await stage.play(case, []) == Result("da", ["Velkommen."], left=False)


async def test_a_key_that_is_waited_for_ends_what_is_said(stage: Stage) -> None:
    async def case(dialogue: Dialogue, _: Path) -> tuple[str, str]:
        return await dialogue.say(WELCOME, until="2"), await dialogue.ask(most=5, between=1.0)

    script: list[Step] = [Hears("Welcome."), Presses("1234")]
    assert await stage.play(case, script) == Result(("2", "134"), ["Welcome."], left=False)


async def test_a_question_ends_with_its_last_key_its_terminator_or_nothing(stage: Stage) -> None:
    async def case(dialogue: Dialogue, _: Path) -> list[str]:
        return [
            await dialogue.ask(WELCOME, most=3, terminator="#"),
            await dialogue.ask(MENU, most=5, terminator="#"),
            await dialogue.ask(MENU, most=5, terminator="#"),
            await dialogue.ask(MENU, within=2.0),
        ]

    script: list[Step] = [
        *(Hears("Welcome."), Presses("123")),
        *(Hears("menu."), Presses("45#")),
        *(Hears("menu."), Presses("#")),
        Hears("menu."),
    ]
    heard = ["Welcome.", *["The menu."] * 3]
    assert await stage.play(case, script) == Result(["123", "45", "", ""], heard, left=False)


async def test_a_terminator_after_a_complete_answer_is_dropped(stage: Stage) -> None:
    async def case(dialogue: Dialogue, _: Path) -> list[str]:
        return [await dialogue.ask(WELCOME, most=3, terminator="#"), await dialogue.ask(MENU, most=1, terminator="#")]

    script: list[Step] = [Hears("Welcome."), Presses("123#"), Hears("menu."), Presses("4")]
    assert await stage.play(case, script) == Result(["123", "4"], ["Welcome.", "The menu."], left=False)


async def test_a_wrong_key_comes_alone_and_at_once(stage: Stage) -> None:
    async def case(dialogue: Dialogue, _: Path) -> list[str]:
        return [await dialogue.ask(WELCOME, keys="123", most=3), await dialogue.ask(MENU, keys="123", most=1)]

    script: list[Step] = [Hears("Welcome."), Presses("1*3")]
    assert await stage.play(case, script) == Result(["*", "3"], ["Welcome."], left=False)


async def test_who_knows_the_way_presses_ahead(stage: Stage) -> None:
    async def case(dialogue: Dialogue, _: Path) -> list[str]:
        await dialogue.say(Beep())
        return [
            await dialogue.ask(WELCOME),
            await dialogue.ask(MENU, most=4, secret=True),
            await dialogue.say(WELCOME, until="6"),
        ]

    script: list[Step] = [Hears("(beep)"), Presses("123456")]
    assert await stage.play(case, script) == Result(["1", "2345", "6"], ["(beep)"], left=False)


async def recording(dialogue: Dialogue, directory: Path) -> Heard:
    await dialogue.say(Beep())
    return await dialogue.record(directory / "message.wav", longest=10.0, quiet=3.0, until="#1")


@pytest.mark.parametrize(
    ("script", "seconds", "stopped", "key"),
    [
        ([Speaks(4.0), Presses("1")], 4.0, Stopped.KEY, "1"),
        ([Speaks(12.0)], 10.0, Stopped.LENGTH, ""),
        ([Speaks(2.0)], 5.0, Stopped.SILENCE, ""),
    ],
)
async def test_what_is_said_is_recorded(
    stage: Stage, tmp_path: Path, script: list[Step], seconds: float, stopped: Stopped, key: str
) -> None:
    result = await stage.play(recording, [Hears("(beep)"), *script])
    # A phone begins to speak when it hears the beep begin, and the file begins when that is over.
    assert result.value.seconds == pytest.approx(seconds, abs=1.1)
    assert (result.value.stopped, result.value.key, result.heard) == (stopped, key, ["(beep)"])
    assert (tmp_path / "message.wav").stat().st_size == pytest.approx(44 + result.value.seconds * 32_000, rel=0.25)


@pytest.mark.parametrize(
    "script",
    [
        [Hears("Welcome."), HangsUp()],
        [Hears("menu."), HangsUp()],
        [Hears("menu."), Presses("12"), HangsUp()],
        [Hears("(beep)"), HangsUp()],
        [Hears("(beep)"), Speaks(2.0), HangsUp()],
    ],
)
async def test_who_hangs_up_ends_it_at_any_point(stage: Stage, script: list[Step]) -> None:
    async def case(dialogue: Dialogue, directory: Path) -> None:
        await dialogue.say(WELCOME)
        await dialogue.ask(MENU, most=5, within=30.0, between=30.0)
        await recording(dialogue, directory)
        async with dialogue.music():
            await dialogue.ask(within=30.0)

    assert (await stage.play(case, script)).left
