"""What callers are told, heard: the words of their language, at the right level, and something where nobody speaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbxd.config import load
from pbxd.config.snapshot import Configuration
from pbxd.media.sound import files
from pbxd.media.sound.pcm import RATE, level
from pbxd.media.sounds import File
from pbxd.org.sounds import Spoken
from pbxd.speech.engines.engine import SpeechConfig
from pbxd.speech.voices import UNSAID, RenderedVoices
from tests.support.clock import VirtualClock
from tests.support.hearing import frequency, likeness
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone
from tests.unit.speech.test_voices import speaks

NOBODY = "+4588887750"
TALKATIVE = ORGANIZATION.replace("name: Bo Lind", "name: Bo Lind\n    language: da") + (
    "unassigned_numbers: {announce: number-unknown}\n"
)
WORDS = {
    "anna": "The number you have called is not in use. Please check the number and try again.",
    "bo": "Det nummer, du har ringet til, er ikke i brug. Kontroller nummeret, og prøv igen.",
}


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return configure(tmp_path, organization=TALKATIVE)


async def told(phone: Phone) -> bytes:
    """What somebody hears who calls a number that nobody has."""
    phone.dials(NOBODY)
    progress = await phone.hears_ringing()
    phone.call.sound.learn(progress.body)
    await phone.fails(404)
    return phone.call.sound.samples()


@pytest.mark.covers("SND-3", "NUM-7")
@speaks
async def test_everybody_hears_the_words_of_his_language(
    configuration: Configuration, network: MemoryNetwork, clock: VirtualClock, tmp_path: Path
) -> None:
    voices = RenderedVoices(tmp_path / "var", SpeechConfig(engine="espeak"), clock)
    async with House(configuration, network, clock, real_voices=voices) as house:
        house_itself = configuration.organizations["house"]
        files_said = {}
        heard = {}
        for phone in await house.phones("anna", "bo"):
            heard[phone.name] = await told(phone)
            spoken = Spoken({"": WORDS[phone.name]})
            language = "da" if phone.name == "bo" else "en"
            [file] = await voices.sounds([spoken], language=language, organization=house_itself)
            assert isinstance(file, File)
            files_said[phone.name] = files.read(Path(file.path))
        for name, other in (("anna", "bo"), ("bo", "anna")):
            assert likeness(heard[name], files_said[name]) > 0.95
            assert likeness(heard[name], files_said[other]) < 0.4
            assert len(heard[name]) / 2 / RATE == pytest.approx(len(files_said[name]) / 2 / RATE, abs=0.04)
            assert -26 < level(heard[name]) < -18
        await house.settles()


@pytest.mark.covers("SND-2")
@speaks
async def test_a_recording_is_heard_in_place_of_words(
    configuration: Configuration, network: MemoryNetwork, clock: VirtualClock, tmp_path: Path
) -> None:
    voices = RenderedVoices(tmp_path / "var", SpeechConfig(engine="espeak"), clock)
    recorded = tmp_path / "var" / "prompts" / "en" / "number-unknown.wav"
    recorded.parent.mkdir(parents=True)
    [file] = await voices.sounds(
        [Spoken({"en": "Nobody has this number."})], language="en", organization=configuration.organizations["house"]
    )
    assert isinstance(file, File)
    Path(file.path).rename(recorded)  # noqa: ASYNC240
    async with House(configuration, network, clock, real_voices=voices) as house:
        (anna,) = await house.phones("anna")
        assert likeness(await told(anna), files.read(recorded)) > 0.95
        await house.settles()


async def test_where_nobody_speaks_a_tone_is_heard_and_the_call_goes_on(
    configuration: Configuration, network: MemoryNetwork, clock: VirtualClock, tmp_path: Path
) -> None:
    voices = RenderedVoices(tmp_path / "var", SpeechConfig(engine="none"), clock)
    async with House(configuration, network, clock, real_voices=voices) as house:
        (anna,) = await house.phones("anna")
        heard = await told(anna)
        assert frequency(heard) == pytest.approx(UNSAID.frequencies[0], abs=3)
        await house.settles()


def test_the_example_has_every_sound_that_it_names() -> None:
    found = load(Path("config/pbxd.yaml")).organizations["nordhavn"]
    assert {activity.prompt for activity in found.activities.values()} - {None} <= set(found.sounds)
