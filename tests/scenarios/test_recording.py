"""Calls are recorded: two channels, announced, over transfers, and listed with the call."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from pbxd.events import MediaProblem, RecordingEnded, RecordingPaused, RecordingStarted
from pbxd.media.engine import Format
from pbxd.media.sound import codecs
from pbxd.media.sound.pcm import FRAME, RATE, level
from pbxd.media.sound.tones import tone
from pbxd.store.rows import RecordingRow
from pbxd.store.search import Search
from tests.support.clock import VirtualClock
from tests.support.dialogue import Hears, Presses
from tests.support.hearing import frequency
from tests.support.house import ORGANIZATION, House, configure
from tests.support.keys import sound_of
from tests.support.network import MemoryNetwork
from tests.support.party import Party
from tests.support.phone import Phone
from tests.support.phone_call import PhoneCall

pytestmark = pytest.mark.covers("CALL-8")

PCMA = Format(payload_type=8, encoding="PCMA", clock_rate=8000)
Houses = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
def houses(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> Houses:
    """Houses where Bo's calls are recorded, and otherwise as a test wants it."""

    @asynccontextmanager
    async def furnished(bo: str = "{on: true, announce: false}", more: str = "") -> AsyncIterator[House]:
        organization = ORGANIZATION.replace(
            "  - username: bo\n", f"  - username: bo\n    settings: {{recording: {bo}}}\n"
        )
        async with House(configure(tmp_path, organization=organization + more), network, clock) as house:
            yield house

    return furnished


def says(phone: Phone, hertz: float, seconds: float, call: PhoneCall | None = None) -> None:
    encoder = codecs.encoder(PCMA)
    samples = tone((hertz,), round(seconds * 1000), -18)
    frames = [samples[start : start + FRAME] for start in range(0, len(samples) - FRAME + 1, FRAME)]
    (call or phone.call).sound.says([encoder.encode(frame) for frame in frames])


QUEUE = """\
queues:
  - name: support
    number: "250"
    numbers: ["+4588887750"]
    code: "50"
    recording: true
    agents: [{user: bo}]
    callback: {enabled: CALLBACK}
settings: {recording: {announce: false}}
"""


async def rows(house: House) -> list[RecordingRow]:
    return (await house.store.recordings.find(organization=None, call=None, limit=10))[::-1]


def channels(house: House, row: RecordingRow) -> tuple[bytes, bytes]:
    with wave.open(str(house.configuration.server.data / "recordings" / row.path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, RATE, 2)
        both = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return both[0::2].tobytes(), both[1::2].tobytes()


async def on_disk(house: House, count: int = 1) -> None:
    """Files are written by threads, which virtual time does not wait for."""
    for _ in range(400):
        if len(house.happened(RecordingEnded)) >= count:
            return
        await asyncio.to_thread(threading_pause)
    raise house.watch.fail(f"{count} recordings did not end")


def threading_pause() -> None:
    """One turn of another thread."""


async def test_the_caller_is_left_and_the_callee_is_right(houses: Houses) -> None:
    async with houses() as house:
        anna, bo = await house.phones("anna", "bo")
        async with anna.calls("202"):
            await bo.answers()
            await anna.is_answered()
            says(anna, 500, 2)
            says(bo, 800, 2)
            await anna.pause(3)
        await on_disk(house)
        (row,) = await rows(house)
        assert (row.caller, row.callee, row.organization) == ("anna-desk", "bo-desk", "house")
        assert row.call == house.happened(RecordingStarted)[0].call
        assert row.expires == row.begun + 90 * 86_400
        assert row.seconds == pytest.approx(3, abs=0.3)
        left, right = channels(house, row)
        assert frequency(left[RATE : 3 * RATE]) == pytest.approx(500, abs=2)
        assert frequency(right[RATE : 3 * RATE]) == pytest.approx(800, abs=2)
        assert level(left[RATE : 3 * RATE]) == pytest.approx(-18, abs=1)
        assert row.ended is not None
        await house.settles()


@pytest.mark.parametrize("leaves", ["anna", "bo"])
async def test_whoever_hangs_up(houses: Houses, leaves: str) -> None:
    async with houses() as house:
        anna, bo = await house.phones("anna", "bo")
        async with bo.calls("201"):
            await anna.answers()
            await bo.is_answered()
            await anna.pause(2)
            await (anna if leaves == "anna" else bo).hangs_up()
        await on_disk(house)
        (row,) = await rows(house)
        assert (row.caller, row.callee) == ("bo-desk", "anna-desk")
        assert row.seconds == pytest.approx(2, abs=0.3)
        assert not house.happened(RecordingEnded)[0].failed
        await house.settles()


async def test_both_are_told_before_they_talk(houses: Houses) -> None:
    async with houses("{on: true, announce: true}") as house:
        anna, bo = await house.phones("anna", "bo")
        async with anna.calls("202"):
            await bo.answers()
            await anna.is_answered()
            says(anna, 500, 3)
            await anna.pause(0.25)
            assert house.happened(RecordingStarted) == []
            assert house.voices.said == ["This call is being recorded."]
            told = frequency(sound_of(anna)[: 10 * FRAME]), frequency(sound_of(bo)[: 10 * FRAME])
            assert told[0] == pytest.approx(told[1], abs=3)
            since = asyncio.get_running_loop().time() + 0.3
            await anna.pause(2)
            assert frequency(sound_of(bo, since)[:RATE]) == pytest.approx(500, abs=2)
            assert [event.announced for event in house.happened(RecordingStarted)] == [True]
        await on_disk(house)
        await house.settles()


async def test_who_hangs_up_while_it_is_announced_is_not_recorded(houses: Houses) -> None:
    async with houses("{on: true, announce: true}") as house:
        anna, bo = await house.phones("anna", "bo")
        async with anna.calls("202"):
            await bo.answers()
            await anna.is_answered()
            await bo.hangs_up()
            await anna.is_hung_up(within=1)
        assert house.happened(RecordingStarted) == []
        await house.settles()


async def test_calls_of_others_are_not_recorded(houses: Houses) -> None:
    async with houses() as house:
        anna, cora = await house.phones("anna", "cora")
        async with anna.calls("203"):
            await cora.answers()
            await anna.is_answered()
        assert house.happened(RecordingStarted) == []
        await house.settles()


async def test_a_transfer_begins_a_new_file(houses: Houses) -> None:
    async with houses(more="settings: {recording: {on: true, announce: false, keep_days: 7}}\n") as house:
        anna, bo, cora = await house.phones("anna", "bo", "cora")
        async with anna.calls("202"):
            await bo.answers()
            await anna.is_answered()
            await anna.pause(1)
            await bo.transfers("203")
            await cora.answers()
            await anna.hears(cora)
            await anna.pause(1)
        await on_disk(house, 2)
        first, second = await rows(house)
        assert [(row.caller, row.callee) for row in (first, second)] == [
            ("anna-desk", "bo-desk"),
            ("anna-desk", "cora-desk"),
        ]
        assert second.expires == second.begun + 7 * 86_400
        await house.settles()


async def test_what_need_not_be_kept_is_deleted(houses: Houses) -> None:
    async with houses("{on: true, announce: false}", "settings: {recording: {keep_days: 1}}\n") as house:
        anna, bo = await house.phones("anna", "bo")
        async with anna.calls("202"):
            await bo.answers()
            await anna.is_answered()
            await anna.pause(1)
        await on_disk(house)
        (row,) = await rows(house)
        path = house.configuration.server.data / "recordings" / row.path
        assert path.exists()
        await asyncio.sleep(86_400 + 3_700)
        for _ in range(200):
            await asyncio.to_thread(threading_pause)
        assert await rows(house) == []
        assert not path.exists()


async def test_a_recording_that_a_crash_ended_is_completed_at_the_next_start(houses: Houses) -> None:
    async with houses() as house:
        directory = house.configuration.server.data / "recordings"
        row = RecordingRow(
            id="c-1",
            organization="house",
            call="c",
            caller="a",
            callee="b",
            path="house/c-1.wav",
            begun=1.0,
            expires=4e9,
        )
        (directory / "house").mkdir(parents=True)
        (directory / row.path).write_bytes(bytes(44 + 5 * 64_000))
        house.store.recordings.save([row], [], lambda _: None)
        await house.stop()
        await house.start()
        await asyncio.sleep(1)
        (found,) = await rows(house)
        assert (found.seconds, found.ended is not None) == (5.0, True)


# By a queue ----------------------------------------------------------------------------------------------------------


async def test_a_queue_has_its_calls_recorded_until_they_leave_it(houses: Houses) -> None:
    async with houses("{on: false}", QUEUE.replace("CALLBACK", "false")) as house:
        anna, bo, cora = await house.phones("anna", "bo", "cora")
        await bo.fails(480, bo.dials("*11*50*"))
        async with anna.calls("250"):
            await bo.answers()
            await anna.hears(bo)
            await anna.pause(1)
            await bo.transfers("203")
            await cora.answers()
            await anna.hears(cora)
            await anna.pause(1)
        await on_disk(house)
        (row,) = await rows(house)
        assert (row.caller, row.callee, row.organization) == ("anna-desk", "bo-desk", "house")
        [record] = [found for found in await house.store.calls.find(Search()) if found.called == "250"]
        assert record.recordings == 1
        async with anna.calls("202"):
            await bo.answers()
            await anna.hears(bo)
        assert len(house.happened(RecordingStarted)) == 1, "his other calls are not"
        await house.settles()


async def test_who_is_called_back_by_a_queue_is_recorded_like_who_waited(houses: Houses) -> None:
    async with houses("{on: false}", QUEUE.replace("CALLBACK", "true")) as house:
        (bo,) = await house.phones("bo")
        outsider = house.trunk()
        outsider.username = "+4526000001"
        outsider.dials("+4588887750")
        await outsider.is_answered()
        await Party(house, outsider).follows([Hears("callback-offer"), Presses("5"), Hears("callback-accepted")])
        await outsider.is_hung_up()
        bo.dials("*11*50*")
        await bo.fails(480)
        await bo.answers()
        await outsider.answers()
        await bo.hears(outsider)
        await bo.pause(1)
        await bo.hangs_up()
        await outsider.is_hung_up()
        await on_disk(house)
        (row,) = await rows(house)
        assert (row.caller, row.callee) == ("bo-desk", "trunk")
        await house.settles()


# By code -------------------------------------------------------------------------------------------------------------

ANNA_MAY = """\
  - username: anna
    permissions: {record_calls: true}
    settings: {recording: {announce: ANNOUNCED}}
"""


@pytest.fixture
def allowed(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> Houses:
    """Houses where nobody's calls are recorded, but Anna may have hers."""

    @asynccontextmanager
    async def furnished(announced: str = "false", bo: str = "", more: str = "") -> AsyncIterator[House]:
        organization = ORGANIZATION.replace("  - username: anna\n", ANNA_MAY.replace("ANNOUNCED", announced)).replace(
            "  - username: bo\n", f"  - username: bo\n{bo}"
        )
        async with House(configure(tmp_path, organization=organization + more), network, clock) as house:
            yield house

    return furnished


async def wants(phone: Phone, code: str, talks: PhoneCall) -> str:
    """What a phone is told that dials a code in a second call, with the first one on hold."""
    await phone.holds(talks)
    told = (await phone.fails(480, phone.dials(code))).reason
    await phone.resumes(talks)
    return told


@pytest.mark.covers("CODE-15")
async def test_record_pause_and_go_on_by_code(allowed: Houses) -> None:
    async with allowed() as house:
        anna, bo = await house.phones("anna", "bo")
        async with anna.calls("202") as talks:
            await bo.answers()
            await anna.is_answered()
            await anna.pause(2)
            assert await wants(anna, "*69*", talks) == "Recording"
            says(bo, 500, 2)
            await bo.pause(3)
            assert await wants(anna, "#69#*", talks) == "Recording paused"
            says(bo, 800, 2)
            await bo.pause(3)
            assert await wants(anna, "*69*", talks) == "Recording"
            assert await wants(anna, "*69*", talks) == "Recording"
            says(bo, 1100, 2)
            await bo.pause(3)
            await anna.hangs_up(talks)
        await on_disk(house, 2)
        first, second = await rows(house)
        heard = [frequency(channels(house, row)[1][-5 * RATE : -3 * RATE]) for row in (first, second)]
        assert heard == [pytest.approx(500, abs=2), pytest.approx(1100, abs=2)]
        assert [event.by for event in house.happened(RecordingStarted)] == ["anna", "anna"]
        (paused,) = house.happened(RecordingPaused)
        assert (paused.by, paused.call) == ("anna", first.call)
        await house.settles()


@pytest.mark.covers("CODE-15")
async def test_both_are_told_of_what_is_wanted_by_code_to_the_end(allowed: Houses) -> None:
    async with allowed("true") as house:
        (soft,) = await house.phones("anna-soft")
        anna, bo = await house.phones("anna", "bo")
        async with anna.calls("202"):
            await bo.answers()
            await anna.is_answered()
            says(anna, 500, 20)
            await anna.pause(1)
            for code, words in (("*69*", "This call is being recorded."), ("#69#*", "The recording is paused.")):
                soft.dials(code)
                await soft.fails(480, within=10)
                assert words in house.voices.said
                since = asyncio.get_running_loop().time()
                await bo.pause(3)
                assert frequency(sound_of(bo, since + 1.5)[:RATE]) == pytest.approx(500, abs=2)
            assert [event.announced for event in house.happened(RecordingStarted)] == [True]
        await on_disk(house)
        await house.settles()


async def test_an_announcement_is_heard_whoever_holds_and_resumes(allowed: Houses) -> None:
    async with allowed("true") as house:
        anna, bo = await house.phones("anna", "bo")
        async with anna.calls("202") as talks:
            await bo.answers()
            await anna.is_answered()
            await anna.holds(talks)
            anna.dials("*69*")
            while not house.happened(RecordingStarted):
                await anna.pause(0.01)
            since = asyncio.get_running_loop().time()
            await anna.resumes(talks)
            says(anna, 2000, 2, talks)
            await anna.pause(1)
            told = frequency(sound_of(bo, since + 0.1)[: 8 * FRAME])
            assert told != pytest.approx(2000, abs=100)
            assert frequency(sound_of(bo, since + 0.6)[: 8 * FRAME]) == pytest.approx(2000, abs=10)
            await anna.pause(2)
            await anna.hangs_up(talks)
        await on_disk(house)
        await house.settles()


async def test_what_was_wanted_by_code_ends_with_the_part_of_who_wanted_it(allowed: Houses) -> None:
    async with allowed() as house:
        anna, bo, cora = await house.phones("anna", "bo", "cora")
        async with anna.calls("202") as talks:
            await bo.answers()
            await anna.is_answered()
            await wants(anna, "*69*", talks)
            await anna.holds(talks)
            second = anna.dials("203")
            await cora.answers()
            await anna.is_answered(second)
            await anna.transfers("203", talks, replacing=second)
            await bo.hears(cora)
            await bo.hangs_up()
        await on_disk(house)
        assert [(row.caller, row.callee) for row in await rows(house)] == [("anna-desk", "bo-desk")]
        await house.settles()


async def test_a_pause_of_what_is_recorded_anyway_ends_with_a_transfer(allowed: Houses) -> None:
    async with allowed(more="settings: {recording: {on: true}}\n") as house:
        anna, bo, cora = await house.phones("anna", "bo", "cora")
        async with bo.calls("201"):
            talks = await anna.answers()
            await bo.is_answered()
            await bo.pause(4)
            assert await wants(anna, "#69#*", talks) == "Recording paused"
            await anna.transfers("203", talks)
            await cora.answers()
            await bo.pause(4)
            await bo.hears(cora)
            await bo.pause(4)
        await on_disk(house, 2)
        assert [(row.caller, row.callee) for row in await rows(house)] == [
            ("bo-desk", "anna-desk"),
            ("bo-desk", "cora-desk"),
        ]
        await house.settles()


@pytest.mark.parametrize(
    ("who", "code", "status", "reason"),
    [("bo", "*69*", 403, "Not allowed"), ("anna", "#69#*", 404, "Not recorded")],
)
async def test_who_may_not_and_what_is_not(allowed: Houses, who: str, code: str, status: int, reason: str) -> None:
    async with allowed() as house:
        anna, bo = await house.phones("anna", "bo")
        async with anna.calls("202"):
            await bo.answers()
            await anna.is_answered()
            phone = anna if who == "anna" else bo
            talks = phone.call
            assert (await phone.fails(status, phone.dials(code))).reason == reason
            await phone.hangs_up(talks)
        assert house.happened(RecordingStarted) == []
        await house.settles()


async def test_nothing_is_recorded_of_who_talks_to_nobody(allowed: Houses) -> None:
    async with allowed() as house:
        (anna,) = await house.phones("anna")
        anna.dials("*69*")
        assert (await anna.fails(404)).reason == "No call"
        await house.settles()


async def test_a_rule_against_recording_holds_against_the_code(allowed: Houses) -> None:
    rule = "    rules: [{do: [{recording: false}]}]\n"
    async with allowed(bo=rule) as house:
        anna, bo = await house.phones("anna", "bo")
        async with anna.calls("202") as talks:
            await bo.answers()
            await anna.is_answered()
            assert (await anna.fails(403, anna.dials("*69*"))).reason == "Not allowed"
            await anna.hangs_up(talks)
        await house.settles()


async def test_a_disk_that_takes_nothing(allowed: Houses) -> None:
    """Who wants to record is told so, and nobody else anything."""
    async with allowed("true") as house:
        anna, bo = await house.phones("anna", "bo")
        recordings = house.configuration.server.data / "recordings"
        recordings.parent.mkdir(parents=True, exist_ok=True)
        recordings.write_text("no directory")
        async with anna.calls("202") as talks:
            await bo.answers()
            await anna.is_answered()
            assert (await anna.fails(500, anna.dials("*69*"))).reason == "Can't be recorded"
            assert "This call is being recorded." not in house.voices.said
            await anna.hangs_up(talks)
        assert house.happened(RecordingStarted) == []
        assert len(house.happened(MediaProblem)) == 1
        await house.settles()
