"""Sound through the server: what one phone says is what the other hears, in pitch, level and time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.interop.baresip import BARESIP, Baresip
from tests.interop.stage import Stage
from tests.interop.tones import ANNAS, BOS, Heard, listen
from tests.interop.wire import BadWire

if TYPE_CHECKING:
    from tests.interop.agent import Agent

pytestmark = [pytest.mark.interop, pytest.mark.sound]

PCMA = "pcma/8000/1"
TALK = 3.0
LONGEST_GAP = 0.06
"""Seconds; the aim of every sound test."""


def assert_clear(heard: Heard) -> None:
    """What came is nearly all of what was said, as loud as it was, without a gap."""
    assert heard.seconds >= TALK - 0.5
    assert abs(heard.level) < 1.0, "decibels"
    assert heard.worst <= LONGEST_GAP, heard


@contextmanager
def two_baresips(
    stage: Stage,
    *,
    codecs: tuple[str, str] = (PCMA, PCMA),
    transport: str = "udp",
    proxy: tuple[str, int] | None = None,
    encryption: tuple[str, str] = ("", ""),
) -> Iterator[tuple[Baresip, Baresip]]:
    """Anna's and Bo's phones, registered (perhaps by way of ``proxy``); they are gone at the end."""
    if BARESIP is None:
        pytest.skip("baresip (Debian package baresip-core) is not installed")
    with ExitStack() as stack:
        phones = []
        parties = zip((("anna-desk", ANNAS), ("bo-desk", BOS)), codecs, encryption, strict=True)
        for (device, voice), codec, mediaenc in parties:
            phone = Baresip(
                device,
                voice,
                host=stage.place(),
                registrar=proxy or stage.server.address,
                directory=stage.directory / device,
                codec=codec,
                transport=transport,
                encryption=mediaenc,
            )
            stack.callback(phone.stop)
            phone.registers()
            phones.append(phone)
        yield phones[0], phones[1]


@pytest.mark.covers("CALL-1", "DEV-1")
@pytest.mark.parametrize("codec", ["pcma/8000/1", "pcmu/8000/1", "g722/16000/1", "opus/48000/2"])
def test_two_phones_talk(stage: Stage, codec: str) -> None:
    with two_baresips(stage, codecs=(codec, codec)) as (anna, bo):
        anna.calls("202")
        bo.answers()
        anna.waits_for("CALL_ESTABLISHED")
        time.sleep(TALK)
        anna.hangs_up()
        bo.waits_for("CALL_CLOSED")
        assert_clear(listen(*bo.heard(), ANNAS))
        assert_clear(listen(*anna.heard(), BOS))
    (ended,) = stage.server.events("call-ended")
    assert ended["result"] == "answered"
    assert TALK - 1 < ended["talk_seconds"] < TALK + 5


@pytest.mark.covers("DEV-1")
def test_two_phones_talk_that_signal_over_tcp(stage: Stage) -> None:
    with two_baresips(stage, transport="tcp") as (anna, bo):
        bo.calls("201")
        anna.answers()
        bo.waits_for("CALL_ESTABLISHED")
        time.sleep(TALK)
        bo.hangs_up()
        anna.waits_for("CALL_CLOSED")
        assert_clear(listen(*bo.heard(), ANNAS))
        assert_clear(listen(*anna.heard(), BOS))


@pytest.mark.covers("CALL-9")
@pytest.mark.parametrize("codecs", [("opus/48000/2", "pcma/8000/1"), ("g722/16000/1", "pcmu/8000/1")])
def test_two_phones_talk_that_have_no_codec_in_common(stage: Stage, codecs: tuple[str, str]) -> None:
    with two_baresips(stage, codecs=codecs) as (anna, bo):
        anna.calls("202")
        bo.answers()
        anna.waits_for("CALL_ESTABLISHED")
        time.sleep(TALK)
        anna.hangs_up()
        bo.waits_for("CALL_CLOSED")
        for phone, voice in ((bo, ANNAS), (anna, BOS)):
            samples, rate = phone.heard()
            # What comes before the libraries are loaded, at the first translation of a server's life, is not heard.
            heard = listen(samples[int(0.6 * rate) :], rate, voice)
            assert heard.seconds >= TALK - 1.5
            assert abs(heard.level) < 1.0, "decibels"
            assert heard.worst <= LONGEST_GAP, heard
    names = [codec.partition("/")[0] for codec in codecs]
    told = {
        event["party"]: (event["heard"].lower(), event["made"].lower()) for event in stage.server.events("transcoding")
    }
    assert told == {"bo-desk": (names[0], names[1]), "anna-desk": (names[1], names[0])}


@pytest.mark.covers("CALL-2")
def test_sound_stops_for_a_hold_and_comes_back(stage: Stage) -> None:
    """Heard at the far end, whose phone is not told of the hold and goes on recording: music, once that is made."""
    with two_baresips(stage) as (anna, bo):
        anna.calls("202")
        bo.answers()
        anna.waits_for("CALL_ESTABLISHED")
        time.sleep(1)
        anna.holds()
        time.sleep(1)
        anna.resumes()
        time.sleep(2)
        anna.hangs_up()
        bo.waits_for("CALL_CLOSED")
        samples, rate = bo.heard()
        assert 2.5 < len(samples) / rate < 4.7
        assert listen(samples[-int(1.6 * rate) :], rate, ANNAS).worst <= LONGEST_GAP


@pytest.mark.covers("CALL-1")
def test_two_phones_talk_through_an_engine_in_a_child_process(stage: Stage) -> None:
    media = {"engine": "child", "rtp_ports": "20000-39999", "codecs": ["pcma"]}
    stage.house = replace(stage.house, server={"media": media})
    with two_baresips(stage) as (anna, bo):
        anna.calls("202")
        bo.answers()
        anna.waits_for("CALL_ESTABLISHED")
        time.sleep(TALK)
        anna.hangs_up()
        bo.waits_for("CALL_CLOSED")
        assert_clear(listen(*bo.heard(), ANNAS))
        assert_clear(listen(*anna.heard(), BOS))


@pytest.mark.covers("REL-4", "DEV-1")
@pytest.mark.parametrize("calls", [3, pytest.param(12, marks=pytest.mark.full)])
def test_calls_behind_a_router_that_loses_a_fifth_of_all_datagrams(stage: Stage, calls: int) -> None:
    """Every message is carried through by its retransmissions, and every answer finds its way back (RFC 3581)."""
    stage.house = replace(stage.house, ring_seconds=60)
    with (
        BadWire(stage.place(), stage.server.address, lost=0.2, seed=7) as wire,
        two_baresips(stage, proxy=wire.address) as (anna, bo),
    ):
        for _ in range(calls):
            anna.calls("202")
            bo.answers()
            anna.waits_for("CALL_ESTABLISHED")
            anna.hangs_up()
            bo.waits_for("CALL_CLOSED")
    assert [line["result"] for line in stage.server.events("call-ended")] == ["answered"] * calls


@asynccontextmanager
async def agent_and_baresip(stage: Stage) -> AsyncIterator[tuple[Agent, Baresip]]:
    """Anna uses the agent from PyPI, which answers the first challenge (SHA-256 here); Bo has a baresip."""
    from tests.interop.agent import Agent

    stage.house = replace(stage.house, server={"digest": ["sha-256", "md5"]})

    with two_baresips(stage) as (_, bo):
        agent = Agent("anna-soft", ANNAS, host=stage.place(), registrar=stage.server.address)
        try:
            await agent.registers()
            yield agent, bo
        finally:
            await agent.stop()


@pytest.mark.covers("CALL-1", "DEV-1")
async def test_another_user_agent_calls(stage: Stage) -> None:
    async with agent_and_baresip(stage) as (anna, bo):
        bo_takes_it = asyncio.get_running_loop().run_in_executor(None, bo.answers)
        await anna.calls("202")
        await bo_takes_it
        await anna.speaks(TALK)
        await anna.hangs_up()
        await asyncio.to_thread(bo.waits_for, "CALL_CLOSED")
        assert_clear(listen(*bo.heard(), ANNAS))
        assert_clear(listen(*anna.heard(), BOS))


@pytest.mark.covers("CALL-1", "DEV-1")
async def test_another_user_agent_is_called(stage: Stage) -> None:
    async with agent_and_baresip(stage) as (anna, bo):
        bo.calls("201")
        await anna.answers()
        await asyncio.to_thread(bo.waits_for, "CALL_ESTABLISHED")
        await anna.speaks(TALK)
        bo.hangs_up()
        await anna.is_hung_up()
        assert_clear(listen(*bo.heard(), ANNAS))
        assert_clear(listen(*anna.heard(), BOS))
