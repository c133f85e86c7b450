"""What owners hear of their mailbox, and what they do with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbxd.dialogues.entrance import Door, enter
from pbxd.dialogues.mailbox import Rights, Visit, open_mailbox
from pbxd.events import MailboxChanged
from pbxd.mailboxes import Answer, Box, Limits, MailboxKey
from pbxd.speech.sayings import Digits, Moment
from pbxd.store import StoreError
from tests.support.dialogue import HangsUp, Hears, Presses, Speaks, Step, TextDialogue
from tests.support.loop import VirtualClockLoop
from tests.support.mailroom import ANNA, BO, NOW, SALES, Post, post_office

ZONE = ZoneInfo("Europe/Copenhagen")
EVERYTHING = Rights(switch_off=True, greeting_only=True)
MENU = ["menu-listen", "menu-greeting", "menu-pin", "menu-switch-off", "menu-greeting-only"]
FROM_ANNA = "message-envelope caller=+4588887701 when=2027-01-15 09:00+01:00"


def moment(at: float) -> Moment:
    return Moment(at=datetime.fromtimestamp(at, ZONE), now=datetime.fromtimestamp(NOW, ZONE))


def visit(post: Post, dialogue: TextDialogue, key: MailboxKey = BO, rights: Rights = EVERYTHING) -> Visit:
    numbers = {"201": ANNA, "1550": SALES}
    return Visit(
        dialogue=dialogue,
        box=post.box(key, "4711"),
        by="Bo Lind",
        rights=rights,
        moment=moment,
        named=lambda row: Digits(row.caller) if row.caller else None,
        find=lambda number: post.box(numbers[number]) if number in numbers else None,
    )


async def opened(post: Post, *script: Step, rights: Rights = EVERYTHING) -> tuple[str, list[str]]:
    """The number that is to be called back, and what was heard."""
    dialogue = TextDialogue(script)
    number = await open_mailbox(visit(post, dialogue, rights=rights))
    await post.settles()
    assert not dialogue.left, f"the script was not come to its end: {dialogue.heard}"
    return number, dialogue.heard


def states(post: Post, key: MailboxKey = BO) -> list[str]:
    return [row.state for row in post.room.messages(key)]


async def test_an_empty_mailbox_has_its_menu(post: Post) -> None:
    number, heard = await opened(post)
    assert number == ""
    assert heard == ["mailbox-summary messages=0 messages-new", *MENU * 3, "goodbye"]


@pytest.mark.covers("VM-6")
async def test_new_messages_come_first_and_count_as_heard_then(post: Post) -> None:
    old = await post.left(caller="202")
    await post.box().mark(old, "heard")
    await post.left()
    _, heard = await opened(post, Hears("message-menu"), Presses("6"), Hears("message-menu"), Presses("6"))
    assert heard[:2] == ["mailbox-summary messages=1 messages-new", "mailbox-summary-old messages=1 messages-old"]
    assert heard[2:8] == [
        *("message-envelope caller=+4588887701 when=2027-01-15 09:01+01:00", "(recording)", "message-menu"),
        *("message-envelope caller=202 when=2027-01-15 09:00+01:00", "(recording)", "message-menu"),
    ]
    assert heard[8] == "messages-end"
    assert states(post) == ["heard", "heard"]
    assert post.happened(MailboxChanged)[-1].new == 0


async def test_who_is_unknown_and_who_sent_it_on_is_told(post: Post) -> None:
    row = await post.left(caller="", name="")
    box = post.box()
    async with box.forwarded(row, "Anna Holm", comment=False) as copy:
        await box.copied(row, copy)
    _, heard = await opened(post, Hears("message-menu"), Presses("6"))
    assert heard[1].startswith("message-envelope-unknown when=")
    assert heard[4:6] == ["message-envelope-unknown when=2027-01-15 09:01+01:00", "message-forwarded name=Anna Holm"]


async def test_a_message_that_was_not_listened_to_stays_new(post: Post) -> None:
    await post.left()
    with pytest.raises(asyncio.CancelledError):
        await opened(post, Hears("(recording)"), HangsUp())
    assert states(post) == ["new"]
    await opened(post, Hears("message-envelope"), Presses("6"))
    assert states(post) == ["new"], "skipped before a word of it"
    await opened(post, Hears("(recording)"), Presses("6"))
    assert states(post) == ["heard"], "he has had enough of it"


async def test_messages_are_saved_heard_again_and_walked_through(post: Post) -> None:
    for _ in range(3):
        await post.left()
    await opened(
        post,
        *(Hears("message-menu"), Presses("1"), Hears("(recording)"), Hears("message-menu"), Presses("2")),
        *(Hears("message-kept"), Hears("message-menu"), Presses("7")),
        *(Hears("message-menu"), Presses("7"), Hears("message-menu"), Presses("8")),
        *(Hears("message-envelope"), Hears("message-menu"), Presses("*"), Hears("menu-listen")),
    )
    assert states(post) == ["saved", "heard", "new"]


async def test_a_deleted_message_is_back_when_that_is_undone_and_gone_after_the_call_otherwise(post: Post) -> None:
    first, second = await post.left(), await post.left()
    await opened(
        post,
        *(Hears("message-menu"), Presses("3"), Hears("message-deleted"), Presses("3"), Hears("message-undeleted")),
        *(Presses("6"), Hears("message-menu"), Presses("3"), Hears("message-deleted")),
    )
    assert [row.id for row in post.room.messages(BO)] == [first.id]
    assert second.path not in post.files()
    assert len(post.files()) == 2


async def test_what_was_deleted_can_be_found_again_until_the_call_is_over(post: Post) -> None:
    row = await post.left()
    await opened(
        post,
        *(Hears("message-menu"), Presses("3"), Hears("message-deleted")),
        *(Hears("menu-listen"), Presses("1"), Hears("message-menu"), Presses("6"), Hears("messages-end")),
        Hears("goodbye"),
    )
    assert post.files() == []
    await post.left()
    undeleted: list[Step] = [Hears("message-menu"), Presses("3"), Hears("message-deleted"), Presses("*")]
    await opened(post, *undeleted, Hears("menu-listen"), Presses("1"), Hears("message-menu"), Presses("3"))
    assert states(post) == ["heard"]
    assert row.id not in {one.id for one in post.room.messages(BO)}


async def test_the_caller_of_a_message_is_called_back(post: Post) -> None:
    await post.left()
    number, heard = await opened(post, Hears("(recording)"), Presses("4"))
    assert (number, heard[-1]) == ("+4588887701", "callback-begins")
    number, heard = await opened(post, Hears("(recording)"), Presses("4"), rights=replace(EVERYTHING, call_back=False))
    assert (number, "callback-unknown" in heard) == ("", True)


async def test_nobody_is_called_back_who_is_unknown(post: Post) -> None:
    await post.left(caller="")
    number, heard = await opened(post, Hears("(recording)"), Presses("4"))
    assert (number, heard[3]) == ("", "callback-unknown")


async def test_a_message_is_sent_on_with_a_comment(post: Post) -> None:
    row = await post.left()
    await opened(
        post,
        *(Hears("(recording)"), Presses("5"), Hears("forward-to"), Presses("999#")),
        *(Hears("forward-unknown"), Hears("forward-to"), Presses("201#")),
        *(Hears("forward-comment"), Presses("1"), Hears("(beep)"), Speaks(2.0), Presses("#"), Hears("forward-done")),
    )
    [copy] = post.room.messages(ANNA)
    assert (copy.caller, copy.forwarded_from, copy.state) == (row.caller, "Bo Lind", "new")
    assert copy.comment
    dialogue = TextDialogue()
    await open_mailbox(visit(post, dialogue, ANNA))
    assert dialogue.heard[1:5] == [
        "message-envelope caller=+4588887701 when=2027-01-15 09:01+01:00",
        "message-forwarded name=Bo Lind",
        "(recording)",
        "(recording)",
    ]


async def test_a_message_is_sent_on_as_it_is_to_a_group(post: Post) -> None:
    await post.left()
    await opened(post, Hears("(recording)"), Presses("5"), Hears("forward-to"), Presses("1550#"), Hears("forward-done"))
    assert [row.comment for row in post.room.messages(SALES)] == [""]


async def test_nothing_is_sent_on_that_has_no_room_or_no_target(post: Post) -> None:
    await post.left()
    post.limits[ANNA] = Limits(1000, 30)
    await opened(post, Hears("(recording)"), Presses("5201#"), Hears("mailbox-full"))
    await opened(post, Hears("(recording)"), Presses("5#"), Hears("message-menu"))
    await opened(post, Hears("(recording)"), Presses("57#"), Hears("forward-unknown"), Presses("7#7#"))
    assert post.room.messages(ANNA) == []


async def test_who_hangs_up_while_he_comments_sends_nothing(post: Post) -> None:
    await post.left()
    with pytest.raises(asyncio.CancelledError):
        await opened(post, Hears("(recording)"), Presses("5201#1"), Hears("(beep)"), Speaks(2.0), HangsUp())
    await post.settles()
    assert post.room.messages(ANNA) == []
    assert len(post.files()) == 2


async def test_a_key_without_meaning_is_told(post: Post) -> None:
    await post.left()
    _, heard = await opened(post, Hears("message-menu"), Presses("9"), Hears("key-unknown"), Presses("*9"))
    assert heard.count("key-unknown") == 2


async def test_a_message_that_somebody_else_has_deleted_is_gone(post: Post) -> None:
    await post.left()
    row = await post.left()

    class Slow(TextDialogue):
        def _said(self, text: str) -> None:
            super()._said(text)
            if text == "message-menu":
                post.room.purge([row])

    dialogue = Slow([Hears("message-menu")])
    script = visit(post, dialogue)
    await open_mailbox(script)
    await post.settles()
    assert [one.id for one in post.room.messages(BO)] != [row.id]


async def test_what_the_database_does_not_take_is_told(post: Post) -> None:
    await post.left()
    post.store.voice_messages.failure = post.store.mailboxes.failure = StoreError("away")
    await opened(
        post,
        *(Hears("message-menu"), Presses("2"), Hears("not-kept"), Presses("3"), Hears("not-kept"), Presses("*")),
        *(Hears("menu-listen"), Presses("4"), Hears("not-kept"), Hears("menu-listen"), Presses("5"), Hears("not-kept")),
        *(Hears("menu-pin"), Presses("31337#1337#"), Hears("not-kept")),
        *(Hears("menu-listen"), Presses("23"), Hears("not-kept"), Presses("*")),
        *(Hears("menu-listen"), Presses("2"), Hears("greeting-menu"), Presses("2"), Hears("(beep)"), Speaks(2.0)),
        *(Hears("greeting-review"), Presses("#"), Hears("not-kept"), Presses("*")),
    )
    assert states(post) == ["new"]


# Main menu ------------------------------------------------------------------------------------------------------------


async def test_the_owner_records_a_greeting_hears_it_and_gives_it_up(post: Post) -> None:
    await opened(
        post,
        *(Hears("menu-greeting"), Presses("2"), Hears("greeting-menu"), Presses("1"), Hears("greeting-usual")),
        *(Hears("greeting-menu"), Presses("2"), Hears("(beep)"), Speaks(3.0), Presses("#")),
        *(Hears("greeting-review"), Presses("2"), Hears("(beep)"), Speaks(5.0), Presses("#")),
        *(Hears("greeting-review"), Presses("1"), Hears("(recording)"), Presses("#"), Hears("greeting-saved")),
        *(Hears("greeting-menu"), Presses("1"), Hears("(recording)"), Presses("*")),
    )
    assert post.box().greeting == str(post.root / post.files()[0])
    assert len(post.files()) == 1
    await opened(post, Hears("menu-greeting"), Presses("2"), Hears("greeting-menu"), Presses("3"), Hears("usual"))
    assert (post.box().greeting, post.files()) == ("", [])


async def test_a_greeting_of_nothing_is_none(post: Post) -> None:
    await opened(post, Presses("*"), Hears("menu-listen"), Presses("22"), Hears("message-too-short"))
    assert (post.box().greeting, post.files()) == ("", [])
    wrong: list[Step] = [Hears("greeting-menu"), Presses("9"), Hears("key-unknown"), Presses("*")]
    await opened(post, Hears("menu-listen"), Presses("2"), *wrong)


async def test_the_owner_chooses_another_pin(post: Post) -> None:
    await opened(
        post,
        *(Hears("menu-pin"), Presses("3"), Hears("pin-new"), Presses("1234#"), Hears("pin-easy")),
        *(Hears("menu-pin"), Presses("3"), Hears("pin-new"), Presses("1337#"), Hears("pin-again"), Presses("1338#")),
        *(Hears("pin-different"), Hears("menu-pin"), Presses("3"), Hears("pin-new"), Presses("#")),
        *(Hears("menu-pin"), Presses("3"), Hears("pin-new"), Presses("1337#"), Hears("pin-again"), Presses("1337#")),
        Hears("pin-saved"),
    )
    assert await post.box(pin="4711").try_pin("1337", "") is Answer.RIGHT


@pytest.mark.covers("VM-3")
async def test_the_owner_switches_what_he_may(post: Post) -> None:
    await opened(post, Hears("menu-switch-off"), Presses("4"), Hears("voicemail-off"), Hears("menu-switch-on"))
    assert post.box().row.switched_off
    await opened(post, Hears("menu-switch-on"), Presses("4"), Hears("voicemail-on"))
    assert not post.box().row.switched_off
    await opened(
        post, Hears("only"), Presses("5"), Hears("greeting-only-on"), Hears("menu-take-messages"), Presses("5")
    )
    assert not post.box().row.greeting_only
    nothing = Rights(greeting=False)
    _, heard = await opened(post, Hears("menu-pin"), Presses("2"), Hears("key-unknown"), Presses("45"), rights=nothing)
    assert heard[1:3] == ["menu-listen", "menu-pin"]
    assert heard.count("key-unknown") == 3
    assert not post.box().row.switched_off


# Getting in -----------------------------------------------------------------------------------------------------------


async def entered(post: Post, *script: Step, door: Callable[[Post], Door]) -> tuple[Box | None, TextDialogue]:
    dialogue = TextDialogue(script)
    return await enter(dialogue, door(post)), dialogue


def own_phone(post: Post) -> Door:
    return Door(box=post.box(pin="4711"), trusted=True, find=lambda _: None, caller="202")


def other_phone(post: Post) -> Door:
    return replace(own_phone(post), trusted=False)


def from_outside(post: Post) -> Door:
    boxes = {"202": post.box(pin="4711"), "201": post.box(ANNA)}
    return Door(box=None, trusted=True, find=boxes.get, caller="+4520202020")


async def test_from_the_own_phone_there_is_no_question(post: Post) -> None:
    box, dialogue = await entered(post, door=own_phone)
    assert box is not None
    assert dialogue.heard == []


async def test_from_any_other_phone_the_pin_is_asked(post: Post) -> None:
    box, dialogue = await entered(post, Hears("mailbox-pin"), Presses("4711#"), door=other_phone)
    assert box is not None
    assert (dialogue.heard, dialogue.pressed) == (["mailbox-pin"], ["***"])


async def test_by_number_and_pin(post: Post) -> None:
    box, dialogue = await entered(
        post, Hears("mailbox-number"), Presses("202#"), Hears("mailbox-pin"), Presses("4711#"), door=from_outside
    )
    assert box is not None
    assert box.key == BO
    assert dialogue.pressed == ["202", "***"]


async def test_nobody_learns_which_numbers_have_a_mailbox(post: Post) -> None:
    heard = []
    for number in ("202", "201", "999", "*"):
        script = [Presses(f"{number}#0815#" if number != "*" else "*0815#")] * 3
        box, dialogue = await entered(post, *script, door=from_outside)
        assert box is None
        heard.append(dialogue.heard)
    assert heard == [heard[0]] * 4
    assert heard[0] == ["pin-wrong"] * 3 + ["goodbye"]


async def test_three_wrong_pins_end_the_call_and_five_lock_the_mailbox(post: Post) -> None:
    box, dialogue = await entered(post, Presses("1#2#3#"), door=other_phone)
    assert (box, dialogue.heard) == (None, ["pin-wrong"] * 3 + ["goodbye"])
    box, dialogue = await entered(post, Presses("1#2#"), door=other_phone)
    assert (box, dialogue.heard) == (None, ["pin-wrong", "pin-locked"])
    box, dialogue = await entered(post, Presses("4711#"), door=other_phone)
    assert (box, dialogue.heard) == (None, ["pin-locked"])
    assert (await entered(post, door=own_phone))[0] is not None, "the owner's phone is no guess"


async def test_a_mailbox_without_a_pin_opens_from_the_own_phone_only(post: Post) -> None:
    box, dialogue = await entered(post, Presses("0000#"), door=lambda post: replace(other_phone(post), box=post.box()))
    assert (box, dialogue.heard) == (None, ["mailbox-closed"])


async def test_who_says_nothing_is_not_let_in(post: Post) -> None:
    box, dialogue = await entered(post, door=other_phone)
    assert (box, dialogue.heard[-1]) == (None, "goodbye")
    assert post.box().row.failures == 0


# Whoever hangs up -----------------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.sampled_from([*map(Presses, "123456789*#0"), Presses("201#"), Presses("1337#"), Speaks(2.0), Hears("menu")]),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(script=STEPS)
def test_whatever_is_pressed_nothing_is_left_behind(
    tmp_path_factory: pytest.TempPathFactory, script: list[Step]
) -> None:
    directory = tmp_path_factory.mktemp("voicemail")

    async def call() -> None:
        async with post_office(directory) as post:
            for _ in range(3):
                await post.left()
            with suppress(asyncio.CancelledError):
                await open_mailbox(visit(post, TextDialogue([*script, HangsUp()])))
            await post.settles()
            rows = post.store.voice_messages.rows.values()
            assert not any(row.state == "deleted" for row in rows)
            kept = {row.path for row in rows} | {row.comment for row in rows if row.comment}
            kept |= {row.greeting for row in post.store.mailboxes.rows.values() if row.greeting}
            assert {name for name in post.files() if name.endswith(".wav")} == kept

    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(call())
