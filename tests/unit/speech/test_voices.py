"""Words become files, once, by an engine in a process of its own; nothing that goes wrong there ends a call."""

from __future__ import annotations

import asyncio
import os
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbxd.clock import SystemClock
from pbxd.config import load
from pbxd.media.sounds import File, Sound
from pbxd.org.organization import Organization
from pbxd.org.sounds import Spoken
from pbxd.speech.engines import espeak
from pbxd.speech.engines.engine import SpeechConfig, SpeechError
from pbxd.speech.music import PIECES
from pbxd.speech.rendering import Renderings
from pbxd.speech.sayings import Beep, Count, Message, Recorded, Saying
from pbxd.speech.voices import BEEP, UNSAID, RenderedVoices
from pbxd.speech.wording import Words
from tests.support.house import ORGANIZATION, configure


def speaking() -> bool:
    try:
        espeak.load()
    except SpeechError:
        return False
    return True


speaks = pytest.mark.skipif(not speaking(), reason="eSpeak NG is not installed")


@pytest.fixture
def house(tmp_path: Path) -> Organization:
    return configure(tmp_path).organizations["house"]


@pytest.fixture
def voices(tmp_path: Path) -> Iterator[RenderedVoices]:
    made = RenderedVoices(tmp_path, SpeechConfig(engine="espeak"), SystemClock())
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
    voices = RenderedVoices(tmp_path, SpeechConfig(engine="none"), SystemClock())
    what: list[Saying] = [Recorded("/var/message.wav"), Beep()]
    assert await voices.sounds(what, language="en", organization=house) == (File(path="/var/message.wav"), BEEP)
    voices.stop()


async def test_without_an_engine_callers_hear_a_tone_and_the_log_says_why(
    house: Organization, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    voices = RenderedVoices(tmp_path, SpeechConfig(engine="none"), SystemClock())
    what: list[Saying] = [
        Message("leave-message"),
        Spoken({"en": "Hello."}),
        Message("no-such-message"),
        "no-such-sound",
    ]
    assert await voices.sounds(what, language="en", organization=house) == (UNSAID,) * 4
    voices.stop()
    assert "nobody hears `Please leave a message after the tone.` (en)" in caplog.text
    assert "there is no sound no-such-message in house" in caplog.text
    assert "there is no sound no-such-sound in house" in caplog.text


SOUNDS = """
sounds:
  - {name: closed, languages: {en: {say: "The house is closed."}, da: {file: closed.wav}}}
  - {name: only-danish, languages: {da: {say: "Kun på dansk."}}}
  - {name: greeting-default, languages: {en: {say: "Here is {name}."}}}
music:
  harbour: {files: [closed.wav]}
"""


@pytest.fixture
def talkative(tmp_path: Path) -> Organization:
    """The house with a library, in English and Danish."""
    (tmp_path / "closed.wav").write_bytes(b"")
    return configure(tmp_path, organization=ORGANIZATION + SOUNDS).organizations["house"]


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[RenderedVoices]:
    made = RenderedVoices(tmp_path, SpeechConfig(engine="none"), SystemClock())
    yield made
    made.stop()


@speaks
async def test_the_organization_s_own_words_replace_the_system_s(
    voices: RenderedVoices, talkative: Organization, house: Organization
) -> None:
    async def said(what: Saying, within: Organization) -> Sound:
        [sound] = await voices.sounds([what], language="en", organization=within)
        return sound

    assert await said("closed", talkative) == await said(Spoken({"en": "The house is closed."}), house)
    assert await said("closed", house) == await said(Spoken({"en": "We are closed at the moment."}), house)
    greeting = Message("greeting-default", {"name": "Anna"})
    assert await said(greeting, talkative) == await said(Spoken({"en": "Here is Anna."}), house)


@pytest.mark.covers("SND-2")
@speaks
async def test_what_is_missing_in_a_language_is_heard_in_another(
    voices: RenderedVoices, talkative: Organization
) -> None:
    danish = await voices.sounds(["only-danish"], language="da", organization=talkative)
    assert await voices.sounds(["only-danish"], language="en", organization=talkative) == danish
    # A language that nobody here speaks: the organization's first.
    english = await voices.sounds([Message("leave-message")], language="en", organization=talkative)
    assert await voices.sounds([Message("leave-message")], language="fi", organization=talkative) == english


async def test_recordings_come_before_words(
    silent: RenderedVoices, talkative: Organization, house: Organization, tmp_path: Path
) -> None:
    file = File(path=str(tmp_path / "closed.wav"))
    assert await silent.sounds(["closed"], language="da", organization=talkative) == (file,)
    recorded = tmp_path / "prompts" / "en" / "leave-message.flac"
    uploaded = tmp_path / "sounds" / "house" / "welcome" / "en.flac"
    for path in (recorded, uploaded):
        path.parent.mkdir(parents=True)
        path.touch()
    what: list[Saying] = [Message("leave-message"), "leave-message", "welcome"]
    heard = await silent.sounds(what, language="en", organization=house)
    assert heard == (File(path=str(recorded)), File(path=str(recorded)), File(path=str(uploaded)))


async def test_music_is_made_once_and_is_there_without_an_engine(
    silent: RenderedVoices, talkative: Organization
) -> None:
    calm = await silent.music(None, language="en", organization=talkative)
    assert await silent.music("calm", language="da", organization=talkative) == calm
    assert 40 < seconds(calm[0]) < 90
    [harbour] = await silent.music("harbour", language="en", organization=talkative)
    assert isinstance(harbour, File)
    assert Path(harbour.path).name == "closed.wav"
    assert await silent.music("no-such-music", language="en", organization=talkative) == ()


async def test_music_in_the_making_does_not_hold_up_the_end(
    house: Organization, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    silent = RenderedVoices(tmp_path, SpeechConfig(engine="none"), SystemClock())
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(silent.music("bright", language="en", organization=house))
        await asyncio.sleep(0.05)
        silent.stop()
    assert waiting.result() == ()
    assert caplog.text == ""


@speaks
async def test_what_is_foreseen_is_made_ahead(voices: RenderedVoices, talkative: Organization) -> None:
    foreseen = list(voices.foreseen(talkative))
    assert Words(text="Kun på dansk.", language="da") in foreseen
    assert Words(text="Please leave a message after the tone.", language="en") in foreseen
    assert {words.language for words in foreseen} == {"en", "da"}
    await voices.prepare([talkative])
    made = len(list(voices.renderings.directory.glob("*.wav")))
    assert made == len(set(foreseen)) + len(PIECES)
    await voices.sounds([Message("leave-message")], language="da", organization=talkative)
    assert len(list(voices.renderings.directory.glob("*.wav"))) == made


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    kept = Renderings(tmp_path, SpeechConfig(engine="none"), SystemClock(), most=2_500)
    for age, name in enumerate(("new", "middle", "old")):
        path = tmp_path / f"{name}.wav"
        path.write_bytes(bytes(1_000))
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    kept.prune()
    kept.stop()
    assert {path.stem for path in tmp_path.iterdir()} == {"new", "middle"}


def test_the_example_speaks(tmp_path: Path) -> None:
    assert load(Path("config/pbxd.yaml")).server.speech.engine == "espeak"
