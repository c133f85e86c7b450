"""The process that speaks: what it makes, how loud that is, and what happens when it dies."""

from __future__ import annotations

import math
import os
import signal
import wave
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbxd.speech.engines.engine import Samples, SpeechConfig, SpeechError
from pbxd.speech.engines.levelling import levelled
from pbxd.speech.languages import LANGUAGES
from pbxd.speech.narrator import Narrator
from tests.unit.speech.test_voices import speaks

FULL = 32_767 / math.sqrt(2)


@pytest.fixture
def narrator() -> Iterator[Narrator]:
    made = Narrator(SpeechConfig(engine="espeak"))
    yield made
    made.stop()


def samples(path: Path) -> tuple[array[int], int]:
    with wave.open(str(path)) as file:
        assert file.getnchannels() == 1
        assert file.getsampwidth() == 2
        return array("h", file.readframes(file.getnframes())), file.getframerate()


def spoken_level(heard: array[int], rate: int) -> float:
    """dBFS of the frames that are no pauses, counted without any of our code."""
    size = rate // 50
    powers = [sum(value**2 for value in heard[at : at + size]) / size for at in range(0, len(heard) - size, size)]
    loud = [power for power in powers if power > max(powers) / 300]
    return 10 * math.log10(sum(loud) / len(loud)) - 20 * math.log10(FULL)


TEXTS = {
    "en": "Please leave a message after the tone. You have twenty-one new messages.",
    "da": "Læg en besked efter tonen. Du har enoghalvtreds nye beskeder.",
    "sv": "Lämna ett meddelande efter tonen. Du har tjugoett nya meddelanden.",
}


@pytest.mark.covers("SND-3")
@speaks
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_spoken_equally_loud(narrator: Narrator, tmp_path: Path, language: str) -> None:
    path = tmp_path / "said.wav"
    narrator.make(path, TEXTS[language], language)
    heard, rate = samples(path)
    assert 3 < len(heard) / rate < 8
    assert spoken_level(heard, rate) == pytest.approx(-20, abs=1.5)
    assert max(map(abs, heard)) < 0.9 * 32_767
    before = next(index for index, value in enumerate(heard) if abs(value) > 500)
    assert before / rate < 0.12, "nobody waits for the first word"
    assert [path.name for path in tmp_path.iterdir()] == ["said.wav"]


@speaks
def test_one_that_was_woken_is_asked(narrator: Narrator, tmp_path: Path) -> None:
    narrator.wake()
    woken = narrator.pid
    assert woken is not None
    narrator.make(tmp_path / "one.wav", "One.", "en")
    assert narrator.pid == woken


@speaks
def test_one_that_died_is_replaced(narrator: Narrator, tmp_path: Path) -> None:
    narrator.make(tmp_path / "one.wav", "One.", "en")
    assert narrator.pid is not None
    os.kill(narrator.pid, signal.SIGKILL)
    narrator.make(tmp_path / "two.wav", "Two.", "en")
    assert samples(tmp_path / "two.wav")[0]


@speaks
def test_a_language_that_nobody_speaks_is_told_and_the_next_text_is_said(narrator: Narrator, tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="no voice for xx"):
        narrator.make(tmp_path / "one.wav", "One.", "xx")
    narrator.make(tmp_path / "two.wav", "Two.", "en")
    assert not (tmp_path / "one.wav").exists()


@speaks
def test_a_disk_that_takes_nothing_is_told(narrator: Narrator, tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="No such file"):
        narrator.make(tmp_path / "missing" / "one.wav", "One.", "en")


@speaks
def test_one_that_ends_is_not_replaced(narrator: Narrator, tmp_path: Path) -> None:
    narrator.make(tmp_path / "one.wav", "One.", "en")
    narrator.end()
    with pytest.raises(SpeechError, match="of no use"):
        narrator.make(tmp_path / "two.wav", "Two.", "en")
    assert narrator.pid is None


def test_an_engine_that_is_none_says_so(tmp_path: Path) -> None:
    narrator = Narrator(SpeechConfig(engine="none"))
    with pytest.raises(SpeechError, match="wants no speech engine"):
        narrator.make(tmp_path / "one.wav", "One.", "en")
    narrator.stop()


PIPER = """
class Chunk:
    sample_rate = 22_050
    audio_int16_bytes = bytes(2 * 5_000) + b"\\x00\\x20\\x00\\xe0" * 10_000

class PiperVoice:
    @staticmethod
    def load(path):
        open(path).close()
        return PiperVoice()

    def synthesize(self, text):
        return [Chunk(), Chunk()]
"""
"""As much of the package `piper` as is used of it; its voices are files that nobody installs for a test."""


@speaks
def test_piper_speaks_the_languages_that_have_a_voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "piper.py").write_text(PIPER)
    (tmp_path / "da.onnx").touch()
    monkeypatch.syspath_prepend(tmp_path / "packages")
    voices = {"da": str(tmp_path / "da.onnx"), "sv": str(tmp_path / "missing.onnx")}
    narrator = Narrator(SpeechConfig(engine="piper", voices=voices))
    narrator.make(tmp_path / "da.wav", "Goddag.", "da")
    heard, rate = samples(tmp_path / "da.wav")
    assert rate == 22_050
    assert len(heard) == pytest.approx(2 * 22_500, abs=6_000)
    narrator.make(tmp_path / "en.wav", "Good afternoon.", "en")
    assert len(samples(tmp_path / "en.wav")[0]) != len(heard)
    with pytest.raises(SpeechError, match=r"the voice .*missing.onnx can't be loaded"):
        narrator.make(tmp_path / "sv.wav", "God dag.", "sv")
    narrator.stop()


def test_peaks_are_not_cut_off() -> None:
    """Where a text is all peaks, it stays quieter instead."""
    rate = 8_000
    clicks = array("h", [20_000 if at % 400 == 0 else 100 for at in range(rate)])
    made = array("h", levelled(Samples(clicks.tobytes(), rate))[44:])
    assert 27_000 < max(made) < 28_000


def test_silence_stays_silence() -> None:
    assert len(levelled(Samples(bytes(16_000), 8_000))) == 44
