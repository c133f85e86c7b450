"""``pbxd sounds`` and ``pbxd prompts``."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pbxd.cli import app
from pbxd.media.sound import files as sound_files
from pbxd.media.sound.pcm import RATE, level
from pbxd.media.sound.tones import tone
from tests.support.house import ORGANIZATION, configure
from tests.unit.speech.test_voices import speaks

SOUNDS = """
sounds:
  - {name: at-lunch, description: For lunch, languages: {en: {say: "is at lunch"}, da: {say: "er til frokost"}}}
activities:
  - {name: lunch, code: "1", available: false, prompt: at-lunch}
barring:
  - {name: none, deny: {types: []}, announce: welcome}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    configure(tmp_path, organization=ORGANIZATION + SOUNDS)
    return tmp_path


def pbxd(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--config", str(folder / "pbxd.yaml")])


def recording(path: Path, seconds: float = 1.0) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(tone((440.0,), round(1000 * seconds)))
    return path


def test_a_sound_is_added_listed_and_removed(folder: Path) -> None:
    file = recording(folder / "hello.wav")
    added = pbxd(folder, "sounds", "add", "hello", str(file), "--language", "da", "--description", "What comes first")
    assert added.output == "hello (da) is in the library of house\n"
    stored = folder / "var" / "sounds" / "house" / "hello" / "da.flac"
    samples = sound_files.read(stored)
    assert len(samples) == pytest.approx(2 * RATE, abs=1000)
    assert level(samples) == pytest.approx(-16, abs=0.5)
    assert pbxd(folder, "sounds", "list").output.splitlines() == [
        "at-lunch: en (spoken), da (spoken); For lunch",
        "  used: activities.0.prompt (house.yaml:34)",
        "hello: da; What comes first",
    ]
    assert pbxd(folder, "sounds", "remove", "hello").output == "hello is removed\n"
    assert not stored.parent.exists()


@pytest.mark.covers("SND-2")
def test_one_in_use_stays(folder: Path) -> None:
    file = recording(folder / "welcome.wav")
    for language in ("en", "da"):
        assert pbxd(folder, "sounds", "add", "welcome", str(file), "-l", language).exit_code == 0
    refused = pbxd(folder, "sounds", "remove", "welcome")
    assert refused.exit_code == 1
    assert "the sound welcome is in use:\n  barring.0.announce (house.yaml:36)" in refused.output
    assert pbxd(folder, "sounds", "remove", "welcome", "-l", "da").output == "welcome (da) is removed\n"
    assert "is in use" in pbxd(folder, "sounds", "remove", "welcome", "-l", "en").output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "at-lunch", "hello.wav"), "the sound at-lunch is in the organization's file: change it there"),
        (("add", "hello", "hello.wav", "-l", "fi"), "fi is not among the organization's languages: en, da"),
        (("add", "../hello", "hello.wav"), "is not a name of letters"),
        (("add", "hello", "house.yaml"), "house.yaml can't be taken"),
        (("remove", "at-lunch"), "the sound at-lunch is in the organization's file: remove it there"),
        (("remove", "leave-message"), "the sound leave-message is one of pbxd's own"),
        (("remove", "nothing"), "the sound nothing is not in the library"),
    ],
)
def test_what_is_wrong_is_told(folder: Path, arguments: tuple[str, ...], told: str) -> None:
    recording(folder / "hello.wav")
    placed = [str(folder / one) if "." in one and one != "../hello" else one for one in arguments]
    result = pbxd(folder, "sounds", *placed)
    assert result.exit_code == 1
    assert told in result.output
    assert not list((folder / "var").glob("sounds/house/*/*"))


def test_prompts_are_listed_with_where_one_hears_them(folder: Path) -> None:
    recorded = folder / "var" / "prompts" / "da" / "leave-message.wav"
    recorded.parent.mkdir(parents=True)
    recording(recorded)
    lines = pbxd(folder, "prompts", "list", "leave-message").output.splitlines()
    assert lines == [
        "leave-message: After the greeting of a mailbox, before the tone.",
        "  en  Please leave a message after the tone.",
        f"  da  Læg en besked efter tonen.  (recorded: {recorded})",
        "  sv  Lämna ett meddelande efter tonen.",
    ]
    danish = pbxd(folder, "prompts", "list", "--language", "da").output
    assert "Læg en besked" in danish
    assert "Please leave" not in danish


@speaks
def test_prompts_are_built_once(folder: Path) -> None:
    built = pbxd(folder, "prompts", "build")
    assert built.exit_code == 0
    made = list((folder / "var" / "prompts" / "made").glob("*.wav"))
    assert built.output == f"{len(made) - 2} of {len(made) - 2} prompts are there\n"


def test_what_can_t_be_built_is_told(tmp_path: Path) -> None:
    configure(tmp_path)
    (tmp_path / "pbxd.yaml").write_text((tmp_path / "pbxd.yaml").read_text() + "speech: {engine: none}\n")
    built = pbxd(tmp_path, "prompts", "build")
    assert built.exit_code == 1
    assert "missing (en): Please leave a message after the tone." in built.output


@speaks
def test_a_text_is_made_a_file(folder: Path) -> None:
    assert pbxd(folder, "prompts", "say", "Goddag.", str(folder / "hello.wav"), "-l", "da").exit_code == 0
    assert len(sound_files.read(folder / "hello.wav")) > RATE // 2
    refused = pbxd(folder, "prompts", "say", "Hm.", str(folder / "hm.wav"), "-l", "xx")
    assert refused.exit_code == 1
    assert "no voice for xx" in refused.output
