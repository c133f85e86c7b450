"""Words become files, once, by an engine in a process of its own; nothing that goes wrong there ends a call."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbxd.config import load
from pbxd.media.sounds import File
from pbxd.org.organization import Organization
from pbxd.org.sounds import Spoken
from pbxd.speech.engines import espeak
from pbxd.speech.engines.engine import SpeechError
from pbxd.speech.sayings import Beep, Count, Message, Recorded, Saying
from pbxd.speech.voices import BEEP, UNSAID, RenderedVoices
from tests.support.house import configure


def _speaks() -> bool:
    try:
        espeak.load()
    except SpeechError:
        return False
    return True


speaks = pytest.mark.skipif(not _speaks(), reason="eSpeak NG is not installed")


@pytest.fixture
def house(tmp_path: Path) -> Organization:
    return configure(tmp_path).organizations["house"]


@pytest.fixture
def voices(tmp_path: Path) -> Iterator[RenderedVoices]:
    made = RenderedVoices(tmp_path / "prompts", "espeak")
    yield made
    made.stop()


def _made(file: File) -> int:
    return Path(file.path).stat().st_mtime_ns


def seconds(sound: object) -> float:
    assert isinstance(sound, File)
    with wave.open(sound.path) as file:
        return float(file.getnframes() / file.getframerate())


@speaks
async def test_a_message_is_a_file_that_is_made_once(voices: RenderedVoices, house: Organization) -> None:
    message = Message("mailbox-summary", {"messages": Count(3, "messages-new")})
    [first] = await voices.sounds([message], language="da", organization=house)
    assert 0.5 < seconds(first) < 4
    assert isinstance(first, File)
    made = _made(first)
    [again] = await voices.sounds([message], language="da", organization=house)
    assert again == first
    assert _made(first) == made
    [other] = await voices.sounds([message], language="en", organization=house)
    assert other != first


@speaks
async def test_those_who_want_the_same_wait_for_one_file(voices: RenderedVoices, house: Organization) -> None:
    asked = [voices.sounds([Message("leave-message")], language="sv", organization=house) for _ in range(20)]
    [first, *others] = await asyncio.gather(*asked)
    assert all(other == first for other in others)
    assert seconds(first[0]) > 0.5


@speaks
async def test_one_who_hangs_up_takes_it_from_nobody(voices: RenderedVoices, house: Organization) -> None:
    async with asyncio.TaskGroup() as tasks:
        says = [voices.sounds([Message("leave-message")], language="en", organization=house) for _ in range(2)]
        impatient, patient = (tasks.create_task(each) for each in says)
        await asyncio.sleep(0)
        impatient.cancel()
    assert seconds(patient.result()[0]) > 0.5


async def test_what_is_no_text_needs_no_engine(house: Organization, tmp_path: Path) -> None:
    voices = RenderedVoices(tmp_path / "prompts", "none")
    what: list[Saying] = [Recorded("/var/message.wav"), Beep()]
    assert await voices.sounds(what, language="en", organization=house) == (File(path="/var/message.wav"), BEEP)
    voices.stop()


async def test_without_an_engine_callers_hear_a_tone_and_the_log_says_why(
    house: Organization, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    voices = RenderedVoices(tmp_path / "prompts", "none")
    what: list[Saying] = [
        Message("leave-message"),
        Spoken({"en": "Hello."}),
        Message("no-such-message"),
        "no-such-sound",
    ]
    assert await voices.sounds(what, language="en", organization=house) == (UNSAID,) * 4
    voices.stop()
    assert "nobody hears `Please leave a message after the tone.` (en)" in caplog.text
    assert "no-such-message can't be worded" in caplog.text
    assert "there is no sound no-such-sound in house" in caplog.text


def test_the_example_speaks(tmp_path: Path) -> None:
    assert load(Path("config/pbxd.yaml")).server.speech.engine == "espeak"
