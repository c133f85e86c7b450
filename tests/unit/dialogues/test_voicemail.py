"""What callers hear of a mailbox, and what is in it afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbxd.dialogues.dialogue import Heard, Stopped
from pbxd.dialogues.voicemail import Caller, Greeting, Left, leave_message
from pbxd.events import MessageLeft
from pbxd.mailboxes import Limits
from pbxd.org.sounds import Spoken
from pbxd.speech.sayings import Moment
from tests.support.dialogue import HangsUp, Hears, Presses, Speaks, Step, TextDialogue
from tests.support.loop import VirtualClockLoop
from tests.support.mailroom import BO, Post, post_office

BO_IS_AWAY = Greeting(name="Bo Lind")
ANNA = Caller(number="+4588887701", name="Anna Holm")
ZONE = ZoneInfo("Europe/Copenhagen")
UNTIL = Moment(at=datetime(2026, 11, 24, 14, 0, tzinfo=ZONE), now=datetime(2026, 11, 24, 12, 5, tzinfo=ZONE))
DEFAULT = ["greeting-default name=Bo Lind", "leave-message"]


async def called(post: Post, *script: Step, greeting: Greeting = BO_IS_AWAY) -> tuple[Left, list[str]]:
    """What came of a call, and what was heard."""
    dialogue = TextDialogue(script)
    left = await leave_message(dialogue, post.box(), greeting, ANNA)
    await post.settles()
    assert not dialogue.left, "the script was not come to its end"
    return left, dialogue.heard


@pytest.mark.covers("VM-9")
async def test_a_message_is_left_and_confirmed(post: Post) -> None:
    left, heard = await called(post, Hears("(beep)"), Speaks(4.0), Presses("#"), Hears("message-review"), Presses("#"))
    assert left is Left.DONE
    assert heard == [*DEFAULT, "(beep)", "message-review", "message-saved", "goodbye"]
    [message] = post.happened(MessageLeft)
    assert (message.seconds, message.caller, message.caller_name) == (4.0, "+4588887701", "Anna Holm")


async def test_the_confirmation_comes_after_the_commit(post: Post) -> None:
    post.store.voice_messages.delay = 2.0
    begun = asyncio.get_running_loop().time()
    await leave_message(TextDialogue([Speaks(4.0), Presses("#")]), post.box(), BO_IS_AWAY, ANNA)
    assert asyncio.get_running_loop().time() - begun >= 2.0
    assert len(post.happened(MessageLeft)) == 1


async def test_hash_during_the_greeting_goes_to_the_tone(post: Post) -> None:
    _, heard = await called(post, Hears("greeting"), Presses("#"), Hears("(beep)"), Speaks(2.0))
    assert heard == [DEFAULT[0], "(beep)", "message-saved", "goodbye"]


async def test_silence_ends_a_message_without_a_question(post: Post) -> None:
    _, heard = await called(post, Speaks(2.0))
    assert heard == [*DEFAULT, "(beep)", "message-saved", "goodbye"]
    assert len(post.happened(MessageLeft)) == 1


async def test_nothing_said_is_nothing_left(post: Post) -> None:
    _, heard = await called(post)
    assert heard[-2:] == ["message-too-short", "goodbye"]
    assert (post.events, post.files()) == ([], [])


async def test_a_message_is_heard_again_and_recorded_again(post: Post) -> None:
    _, heard = await called(
        post,
        *(Speaks(2.0), Presses("#")),
        *(Hears("message-review"), Presses("1")),
        *(Hears("(recording)"), Hears("message-review"), Presses("2")),
        *(Hears("(beep)"), Speaks(5.0), Presses("#")),
        *(Hears("message-review"), Presses("1"), Hears("(recording)"), Presses("#")),
    )
    assert heard[-2:] == ["message-saved", "goodbye"]
    assert [message.seconds for message in post.happened(MessageLeft)] == [5.0]
    assert len(post.files()) == 2, "the first one is gone"


async def test_a_key_without_meaning_is_told_and_the_question_asked_again(post: Post) -> None:
    _, heard = await called(post, Speaks(2.0), Presses("#"), Hears("message-review"), Presses("7"))
    assert heard[3:] == ["message-review", "key-unknown", "message-review", "message-saved", "goodbye"]


async def test_who_listens_for_ever_is_believed_in_the_end(post: Post) -> None:
    again: list[Step] = [Hears("message-review"), Presses("1")] * 10
    _, heard = await called(post, Speaks(2.0), Presses("#"), *again)
    assert heard[-2:] == ["message-saved", "goodbye"]


async def test_who_records_again_for_ever_leaves_nothing(post: Post) -> None:
    again: list[Step] = [Speaks(2.0), Presses("#"), Hears("message-review"), Presses("2")] * 10
    _, heard = await called(post, *again)
    assert heard[-1] == "goodbye"
    assert post.files() == []


async def test_the_longest_message_ends_by_itself(post: Post) -> None:
    post.limits[BO] = Limits(100_000_000, 30)
    _, heard = await called(post, Speaks(400.0))
    assert heard[3:] == ["message-longest", "message-review", "message-saved", "goodbye"]
    assert [message.seconds for message in post.happened(MessageLeft)] == [300.0]


@pytest.mark.covers("VM-5")
async def test_a_message_is_no_longer_than_what_goes_into_the_mailbox(post: Post) -> None:
    post.limits[BO] = Limits(320_000, 30)
    await called(post, Speaks(400.0))
    assert [message.seconds for message in post.happened(MessageLeft)] == [10.0]
    _, heard = await called(post, Hears("mailbox-full"))
    assert heard == [DEFAULT[0], "mailbox-full", "goodbye"]
    assert len(post.happened(MessageLeft)) == 1


@pytest.mark.covers("VM-2")
async def test_assistance_and_skipping_are_offered_before_the_greeting_each_by_itself(post: Post) -> None:
    both = Greeting(name="Bo Lind", assistance=True, skip=True)
    offers = ["press-for-assistance", "press-to-skip"]
    _, heard = await called(post, Speaks(2.0), greeting=both)
    assert heard[:4] == [*offers, *DEFAULT]
    for key, left in (("1", Left.ASSISTANCE), ("2", Left.SKIPPED)):
        for while_heard in (*offers, "greeting-default", "leave-message"):
            assert (await called(post, Hears(while_heard), Presses(key), greeting=both))[0] is left
    one = Greeting(name="Bo Lind", skip=True)
    left, heard = await called(post, Hears("greeting"), Presses("1"), Speaks(2.0), greeting=one)
    assert (left, heard[0], heard[-2]) == (Left.DONE, "press-to-skip", "message-saved"), "1 is not offered"
    assert len(post.happened(MessageLeft)) == 2


@pytest.mark.covers("VM-3")
async def test_a_mailbox_that_only_greets(post: Post) -> None:
    left, heard = await called(post, greeting=Greeting(name="Bo Lind", takes_messages=False))
    assert (left, heard) == (Left.DONE, [DEFAULT[0], "goodbye"])


@pytest.mark.covers("VM-1")
async def test_greetings_of_every_kind(post: Post) -> None:
    own = post.root / "own.wav"
    labels = {"en": "Lunch", "da": "Frokost"}
    for greeting, said in (
        (Greeting(name="Bo", announce="closed"), ["closed", "greeting-default name=Bo"]),
        (Greeting(name="Bo", own=str(own), configured="usual"), ["(recording)"]),
        (Greeting(name="Bo", configured=Spoken({"en": "Bo here."})), ["Bo here."]),
        (Greeting(name="Bo", configured="hello", activity=labels), ["hello", "absent-activity activity=Lunch"]),
        (
            Greeting(name="Bo", configured="hello", activity=labels, until=UNTIL),
            ["hello", "absent-activity-until activity=Lunch until=2026-11-24 14:00+01:00"],
        ),
        (Greeting(name="Bo", announce="at-lunch", configured="hello", until=UNTIL),
         ["at-lunch", "hello", "absent-until until=2026-11-24 14:00+01:00"]),
    ):  # fmt: skip
        assert (await called(post, greeting=greeting))[1][: len(said)] == said


async def test_the_activity_is_told_in_the_callers_language(post: Post) -> None:
    greeting = Greeting(name="Bo", configured="hello", activity={"en": "Lunch", "da": "Frokost"})
    for language, label in (("da", "Frokost"), ("sv", "Lunch")):
        dialogue = TextDialogue(language=language)
        await leave_message(dialogue, post.box(), greeting, ANNA)
        assert dialogue.heard[1] == f"absent-activity activity={label}"


async def test_a_disk_that_takes_nothing_is_told(post: Post, tmp_path: Path) -> None:
    (tmp_path / "voicemail").write_text("no directory")
    _, heard = await called(post)
    assert heard[-2:] == ["message-failed", "goodbye"]
    (tmp_path / "voicemail").unlink()


async def test_a_disk_that_fails_during_the_recording_keeps_what_there_is(post: Post) -> None:
    class Failing(TextDialogue):
        async def record(self, into: Path, *, longest: float, quiet: float | None = None, until: str = "#") -> Heard:
            heard = await super().record(into, longest=longest, quiet=quiet, until=until)
            return Heard(seconds=heard.seconds, stopped=Stopped.FAILED)

    await leave_message(Failing([Speaks(3.0)]), post.box(), BO_IS_AWAY, ANNA)
    assert len(post.happened(MessageLeft)) == 1
    nothing = Failing([Speaks(0.1)])
    await leave_message(nothing, post.box(), BO_IS_AWAY, ANNA)
    assert nothing.heard[-2:] == ["message-failed", "goodbye"]
    assert len(post.happened(MessageLeft)) == 1


# Whoever hangs up -----------------------------------------------------------------------------------------------------

STORY: Sequence[Step] = (
    *(Hears("press-for-assistance"), Hears("press-to-skip"), Hears("greeting"), Hears("leave-message")),
    *(Hears("(beep)"), Speaks(3.0), Presses("#"), Hears("message-review"), Presses("1"), Hears("(recording)")),
    *(Hears("message-review"), Presses("2"), Hears("(beep)"), Speaks(4.0), Presses("#"), Hears("message-review")),
    *(Presses("#"), Hears("message-saved"), Hears("goodbye")),
)


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, len(STORY)), delay=st.sampled_from([0.0, 3.0]))
def test_hanging_up_at_any_point_leaves_a_complete_message_or_none(
    tmp_path_factory: pytest.TempPathFactory, at: int, delay: float
) -> None:
    directory = tmp_path_factory.mktemp("voicemail")

    async def call() -> list[float]:
        async with post_office(directory) as post:
            post.store.voice_messages.delay = delay
            dialogue = TextDialogue([*STORY[:at], HangsUp()])
            greeting = Greeting(name="Bo", assistance=True, skip=True)
            with suppress(asyncio.CancelledError):
                await leave_message(dialogue, post.box(), greeting, ANNA)
            await post.settles()
            left = post.happened(MessageLeft)
            assert sorted(row.id for row in post.store.voice_messages.rows.values()) == [one.id for one in left]
            assert len(post.files()) == 2 * len(left), "nothing but messages"
            return [one.seconds for one in left]

    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        found = runner.run(call())
    first, second = STORY.index(Speaks(3.0)), STORY.index(Speaks(4.0))
    again = STORY.index(Presses("2"))
    # Who presses 2 and hangs up at once has not been asked to speak again.
    assert found == ([] if at <= first or again + 1 < at <= second else [3.0] if at <= again + 1 else [4.0])


async def test_two_callers_at_once_leave_a_message_each(post: Post) -> None:
    async def call(seconds: float) -> None:
        await leave_message(TextDialogue([Speaks(seconds)]), post.box(), BO_IS_AWAY, ANNA)

    await asyncio.gather(*(call(2.0 + number) for number in range(3)))
    assert len({message.path for message in post.happened(MessageLeft)}) == 3
