"""Messages come, are kept, and go; whatever ends the server meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pbxd.events import MailboxChanged, MailboxLocked, MailboxSettingChanged, MessageLeft
from pbxd.mailboxes import Answer, Counts, Limits, MailboxKey
from pbxd.mailboxes.lockout import FIRST
from pbxd.store import StoreError
from tests.support.dialogue import voice
from tests.support.mailroom import ANNA, BO, NOW, SALES, Post, speak, write

DAY = 86_400.0


def sound_of(left: MessageLeft) -> bytes:
    return Path(left.path).read_bytes()[44:]


async def test_a_message_is_on_disk_in_the_store_and_told(post: Post) -> None:
    row = await post.left()
    assert post.store.voice_messages.rows == {row.id: row}
    [left] = post.happened(MessageLeft)
    assert (left.organization, left.mailbox, left.kind, left.id) == (*BO[:1], BO.mailbox, BO.kind, row.id)
    assert (left.caller, left.caller_name, left.at, left.seconds) == ("+4588887701", "Anna Holm", NOW, 3.0)
    assert sound_of(left) == voice(3.0)
    assert [(event.new, event.old) for event in post.happened(MailboxChanged)] == [(1, 0)]
    assert post.room.counts(BO) == Counts(1, 0)
    assert post.room.boxes() == [BO]
    assert post.room.counts(ANNA) == (0, 0)


async def test_what_is_too_short_or_silent_leaves_nothing(post: Post) -> None:
    for samples in (voice(0.5), bytes(64_000)):
        async with post.room.new_message(BO, caller="", caller_name="") as message:
            write(message.path, samples)
            assert await message.keep() is None
    async with post.room.new_message(BO, caller="", caller_name=""):
        """Nobody said anything, and there is no file."""
    await post.settles()
    assert (post.files(), post.events, post.store.voice_messages.rows) == ([], [], {})


async def test_a_caller_who_hangs_up_has_left_what_he_said(post: Post) -> None:
    message = post.room.new_message(BO, caller="", caller_name="")

    async def leave() -> None:
        async with message:
            speak(message, 2.0)
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await leave()
    assert post.events == [], "the block's end waits for nothing"
    asyncio.get_running_loop().call_later(0.5, speak, message, 2.5)  # what was on the way to the disk
    await post.settles()
    [left] = post.happened(MessageLeft)
    assert left.seconds == 2.5


async def test_a_discarded_recording_is_gone(post: Post) -> None:
    async with post.room.new_message(BO, caller="", caller_name="") as message:
        speak(message, 2.0)
        message.discard()
    await post.settles()
    assert (post.files(), post.events) == ([], [])


async def test_whoever_stops_waiting_stops_nothing(post: Post) -> None:
    post.store.voice_messages.delay = 5.0

    async def leave() -> None:
        async with post.room.new_message(BO, caller="", caller_name="") as message, asyncio.timeout(1):
            speak(message, 2.0)
            await message.keep()

    with pytest.raises(TimeoutError):
        await leave()
    await post.settles()
    assert len(post.happened(MessageLeft)) == 1


async def test_a_message_is_kept_while_the_database_is_away(post: Post) -> None:
    post.store.voice_messages.failure = StoreError("away")
    async with post.room.new_message(BO, caller="", caller_name="") as message:
        speak(message, 2.0)
        kept = await message.keep()
    assert kept is not None, "its sound and its note are on disk"
    assert post.happened(MessageLeft) == []
    await post.settles()
    post.store.voice_messages.failure = None
    await post.settles()
    assert [event.id for event in post.happened(MessageLeft)] == [kept.id]


async def test_a_server_that_stops_leaves_to_the_next_start_what_the_database_does_not_take(post: Post) -> None:
    post.store.voice_messages.failure = StoreError("away")
    kept = await post.left()
    await post.room.stop()
    post.store.voice_messages.failure = None
    await post.start().restore()
    await post.settles()
    assert [row.id for row in post.room.messages(BO)] == [kept.id]


@pytest.mark.covers("VM-9")
async def test_what_a_sudden_end_left_behind_is_in_the_mailbox_after_the_next_start(post: Post) -> None:
    cut = post.room.new_message(BO, caller="202", caller_name="Bo Lind")
    await cut.__aenter__()  # and no end: the process is gone
    speak(cut, 4.0)
    unheard = post.room.new_message(BO, caller="", caller_name="")
    await unheard.__aenter__()
    await post.start().restore()
    await post.settles()
    [left] = post.happened(MessageLeft)
    assert (left.id, left.seconds, left.caller, left.caller_name) == (cut.note.id, 4.0, "202", "Bo Lind")
    assert post.files() == [f"house/bo/{cut.note.id}.json", f"house/bo/{cut.note.id}.wav"]
    await post.start().restore()
    await post.settles()
    assert len(post.happened(MessageLeft)) == 1, "once"


async def test_a_row_that_the_database_has_lost_is_made_again(post: Post) -> None:
    row = await post.left()
    post.store.voice_messages.rows.clear()
    await post.start().restore()
    await post.settles()
    assert [one.id for one in post.room.messages(BO)] == [row.id]


async def test_deleted_messages_are_gone_from_the_disk_after_the_commit(post: Post) -> None:
    row, other = await post.left(), await post.left()
    post.store.voice_messages.failure = StoreError("away")
    post.room.purge([row])
    await post.settles()
    assert len(post.files()) == 4, "nothing is removed that the database still has"
    post.store.voice_messages.failure = None
    post.room.purge([row])
    await post.settles()
    assert post.files() == [other.path.replace(".wav", ".json"), other.path]
    assert list(post.store.voice_messages.rows) == [other.id]


async def test_a_start_ends_a_deletion_that_was_cut_off(post: Post) -> None:
    row = await post.left()
    await post.box().mark(row, "deleted")
    await post.start().restore()
    await post.settles()
    assert (post.files(), post.store.voice_messages.rows) == ([], {})


@pytest.mark.covers("VM-5")
async def test_listened_messages_are_kept_so_many_days(post: Post) -> None:
    post.limits[BO] = Limits(1_000_000, 2)
    new, heard, saved = [await post.left() for _ in range(3)]
    await post.box().mark(heard, "heard")
    post.wall.now += DAY
    await post.box().mark(saved, "saved")
    post.wall.now = post.wall.now + DAY - 1
    assert post.room.tidy() == 0
    post.wall.now += 1
    assert post.room.tidy() == 1
    await post.settles()
    assert [row.id for row in post.room.messages(BO)] == [new.id, saved.id]
    post.wall.now += 365 * DAY
    assert post.room.tidy() == 1, "what nobody has heard stays"


async def test_a_mailbox_that_is_configured_no_more_is_left_alone(post: Post) -> None:
    row = await post.left()
    await post.box().mark(row, "heard")
    post.limits[BO] = None
    post.wall.now += 365 * DAY
    assert post.room.tidy() == 0
    assert post.box().room == 0


async def test_tidying_is_done_from_time_to_time(post: Post) -> None:
    row = await post.left()
    await post.box().mark(row, "heard")
    post.wall.now += 31 * DAY
    await asyncio.sleep(3601)
    await post.settles()
    assert post.files() == []


async def test_room_is_what_the_limit_leaves(post: Post) -> None:
    post.limits[BO] = Limits(200_000, 30)
    assert post.box().room == 200_000 / 32_000
    row = await post.left(seconds=2.0)
    assert post.room.room(BO) == 200_000 - row.bytes
    await post.left(seconds=60.0)
    assert post.box().room == 0


async def test_messages_are_in_order_new_ones_first(post: Post) -> None:
    rows = [await post.left() for _ in range(3)]
    box = post.box()
    await box.mark(rows[0], "heard")
    assert [row.id for row in box.messages()] == [rows[1].id, rows[2].id, rows[0].id]
    assert box.counts == (2, 1)
    assert [(event.new, event.old) for event in post.happened(MailboxChanged)] == [(1, 0), (2, 0), (3, 0), (2, 1)]


async def test_a_change_that_is_not_committed_changes_nothing(post: Post) -> None:
    row = await post.left()
    post.store.voice_messages.failure = StoreError("away")
    with pytest.raises(StoreError):
        await post.box().mark(row, "heard")
    assert post.box().counts == (1, 0)


# PINs -----------------------------------------------------------------------------------------------------------------


async def test_the_configured_pin_counts_until_the_owner_chooses_another(post: Post) -> None:
    box = post.box(pin="4711")
    assert await box.try_pin("4711", "201") is Answer.RIGHT
    assert await box.try_pin("4712", "201") is Answer.WRONG
    await box.set_pin("1337")
    assert await box.try_pin("4711", "201") is Answer.WRONG
    assert await box.try_pin("1337", "201") is Answer.RIGHT
    assert "1337" not in repr(box.row)
    assert "1337" not in str(post.events)
    [event] = post.happened(MailboxSettingChanged)
    assert (event.what, event.value) == ("pin", "changed")
    later = post.box(pin="2580")
    assert await later.try_pin("1337", "201") is Answer.WRONG, "the configuration says another one by now"
    assert await later.try_pin("2580", "201") is Answer.RIGHT


async def test_a_pin_that_was_chosen_where_none_was_configured(post: Post) -> None:
    box = post.box()
    assert await box.try_pin("", "201") is Answer.NONE
    assert await box.try_pin("0000", "201") is Answer.NONE
    await box.set_pin("1337")
    assert await box.try_pin("1337", "201") is Answer.RIGHT
    assert await post.box(pin="9999").try_pin("1337", "201") is Answer.WRONG


@pytest.mark.parametrize("database", ["there", "away"])
async def test_five_wrong_pins_lock_the_mailbox_for_a_while(post: Post, database: str) -> None:
    box = post.box(pin="4711")
    if database == "away":
        post.store.mailboxes.failure = StoreError("away")
    answers = [await box.try_pin("0815", "+4520202020") for _ in range(6)]
    assert answers == [*[Answer.WRONG] * 4, Answer.LOCKED, Answer.LOCKED]
    assert await box.try_pin("4711", "") is Answer.LOCKED
    if database == "there":
        [event] = post.happened(MailboxLocked)
        assert (event.seconds, event.failures, event.caller) == (FIRST, 5, "+4520202020")
        await post.settles()
        await post.start().restore()
        assert await post.box(pin="4711").try_pin("4711", "") is Answer.LOCKED, "a restart forgets nothing"
    post.wall.now += FIRST
    assert await post.box(pin="4711").try_pin("4711", "") is Answer.RIGHT
    assert post.box().row.failures == 0


async def test_guesses_at_the_same_time_count_each(post: Post) -> None:
    box = post.box(pin="4711")
    answers = await asyncio.gather(*(box.try_pin("0815", "") for _ in range(20)))
    assert answers.count(Answer.WRONG) == 4
    assert await box.try_pin("4711", "") is Answer.LOCKED


# What owners set ------------------------------------------------------------------------------------------------------


async def test_a_greeting_takes_the_place_of_the_one_before(post: Post) -> None:
    box = post.box()
    assert box.greeting == ""
    for seconds in (2.0, 3.0):
        async with box.new_greeting() as take:
            write(take.file, voice(seconds))
            assert await take.is_good()
            take.keep()
            await box.greet_with(take.path)
    await post.settles()
    assert [box.greeting] == [str(post.root / name) for name in post.files()]
    await box.greet_with("")
    assert post.files() == []
    assert [event.value for event in post.happened(MailboxSettingChanged)] == ["recorded", "recorded", "default"]


async def test_a_greeting_that_is_not_kept_is_gone(post: Post) -> None:
    async with post.box().new_greeting() as take:
        write(take.file, voice(0.2))
        assert not await take.is_good()
    await post.settles()
    assert post.files() == []


async def test_a_greeting_that_a_sudden_end_left_behind_is_gone_after_the_next_start(post: Post) -> None:
    take = post.box().new_greeting()
    await take.__aenter__()
    write(take.file, voice(3.0))
    async with post.box().new_greeting() as used:
        write(used.file, voice(3.0))
        used.keep()
        await post.box().greet_with(used.path)
    await post.start().restore()
    assert post.files() == [used.path]


async def test_switches_are_kept(post: Post) -> None:
    box = post.box(SALES)
    await box.switch(off=True)
    await box.only_greet(only=True)
    await post.start().restore()
    assert (post.box(SALES).row.switched_off, post.box(SALES).row.greeting_only) == (True, True)
    assert post.box(MailboxKey("house", "user", "sales")).row.switched_off is False, "of the group, not of a user"


async def test_a_message_sent_on_is_the_same_sound_with_a_comment(post: Post) -> None:
    row = await post.left()
    target = post.box(ANNA)
    async with target.forwarded(row, "bo", comment=True) as copy:
        write(post.room.spool.absolute(copy.note.comment), voice(1.5))
        kept = await target.copied(row, copy)
    assert kept is not None
    assert (kept.box, kept.caller, kept.forwarded_from, kept.seconds) == (ANNA, row.caller, "bo", 3.0)
    assert kept.bytes == row.bytes + 44 + len(voice(1.5))
    post.room.purge([kept])
    await post.settles()
    assert post.files() == [row.path.replace(".wav", ".json"), row.path]
