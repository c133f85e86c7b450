"""The server calls somebody, who records a sound of the library by phone (SND-1)."""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbxd.calls.orders import OrderError
from pbxd.events import CallEnded, Said
from pbxd.media.sound.files import convert, read
from pbxd.media.sound.pcm import RATE
from pbxd.media.sound.tones import tone
from pbxd.speech.library import Library
from pbxd.treatments import dictation
from tests.support.clock import VirtualClock
from tests.support.hearing import frequency
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork


def calls(house: House, **wanted: str) -> None:
    configuration = house.server.configuration
    dictation.order(house.server.exchange, configuration, **wanted)


def library(house: House) -> Library:
    return Library(house.server.configuration.server.data)


@pytest.mark.covers("SND-1")
async def test_a_sound_is_recorded_by_phone(house: House) -> None:
    (anna,) = await house.phones("anna")
    calls(house, user="anna", name="opening", language="da")
    await anna.rings(shows="opening")
    await anna.answers()
    await anna.pause(1.5)  # what is to be done, and the tone
    anna.call.sound.sings(2.0, 660.0)
    await anna.pause(2.2)
    anna.call.sound.presses("#")
    await anna.pause(1)
    anna.call.sound.presses("#")
    await anna.is_hung_up()
    path = library(house).sound("house", "opening", "da")
    assert path is not None
    sound = read(path)
    assert frequency(sound) == pytest.approx(660, abs=2)
    assert 1.5 < len(sound) / 32_000 < 4
    assert house.happened(Said)[-1].text.startswith("sound-saved")
    (ended,) = house.happened(CallEnded)
    assert ended.reason == "the sound opening was recorded"
    await house.settles()


async def test_who_hangs_up_has_recorded_nothing(house: House) -> None:
    (anna,) = await house.phones("anna")
    calls(house, user="anna", name="opening", language="en")
    await anna.answers()
    await anna.pause(2)
    anna.call.sound.sings(1.0)
    await anna.pause(0.5)
    await anna.hangs_up()
    await house.settles()
    assert list(library(house).uploaded("house")) == []


async def test_nobody_answers(house: House) -> None:
    (anna,) = await house.phones("anna")
    calls(house, user="anna", name="opening", language="en")
    await anna.declines(486)
    await anna.pause(1)
    (ended,) = house.happened(CallEnded)
    assert (ended.result, ended.reason) == ("no-answer", "anna did not answer")
    await house.settles()


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"user": "nora", "name": "opening"}, "nora"),
        ({"user": "anna", "name": "opening", "language": "fi"}, "not among the organization's languages"),
        ({"user": "anna", "name": "../opening"}, "not a name"),
    ],
)
async def test_what_can_t_be_recorded_is_said(house: House, wanted: dict[str, str], words: str) -> None:
    with pytest.raises(OrderError, match=words):
        calls(house, **wanted)


# By code -------------------------------------------------------------------------------------------------------------

MENU = """\
groups: [{name: bosses}]
ivrs:
  - name: main
    number: "260"
    prompt: welcome
    options: {"1": "201", "2": {announce: {say: Nothing here.}}, "3": {announce: directions}}
    code: "16"
    admins: [bosses]
  - {name: words, number: "261", prompt: {say: Press one.}, options: {"1": "201"}, code: "17", admins: [bosses]}
"""


@pytest.fixture
async def office(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    """A house with a menu whose sounds are in the library, and which Anna administers."""
    organization = ORGANIZATION.replace("username: anna\n", "username: anna\n    groups: [bosses]\n") + MENU
    (tmp_path / "house.yaml").write_text(organization)
    for name in ("welcome", "directions"):
        convert(spoken(tmp_path, 440), Library(tmp_path / "var").put("house", name, "en"))
    async with House(configure(tmp_path, organization=organization), network, clock) as house:
        yield house


def spoken(directory: Path, hertz: float) -> Path:
    """A file with a tone."""
    path = directory / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(tone((hertz,), 500, -20))
    return path


@pytest.mark.covers("IVR-3", "SND-1")
async def test_what_a_menu_says_is_recorded_by_who_administers_it(office: House) -> None:
    (anna,) = await office.phones("anna")
    anna.dials("*72*16*")
    assert (await anna.fails(480)).reason == "You are called for main"
    await anna.rings(shows="main")
    await anna.answers()
    for hertz in (660.0, 880.0):
        await anna.pause(1.5)
        anna.call.sound.sings(2.0, hertz)
        await anna.pause(2.2)
        anna.call.sound.presses("#")
        await anna.pause(1)
        anna.call.sound.presses("#")
        await anna.pause(0.5)
    await anna.is_hung_up()
    for name, hertz in (("welcome", 660), ("directions", 880)):
        path = library(office).sound("house", name, "en")
        assert path is not None
        assert frequency(read(path)) == pytest.approx(hertz, abs=2)
    ended = office.happened(CallEnded)[-1]
    assert ended.reason == "the sound welcome was recorded, directions was recorded"
    await office.settles()


@pytest.mark.parametrize(
    ("who", "code", "status", "reason"),
    [
        ("bo", "*72*16*", 403, "Not allowed"),
        ("anna", "*72*99*", 404, "No menu 99"),
        ("anna", "*72*17*", 404, "No prompts to record"),
    ],
)
async def test_whose_it_is_not_and_what_is_none(office: House, who: str, code: str, status: int, reason: str) -> None:
    (phone,) = await office.phones(who)
    phone.dials(code)
    assert (await phone.fails(status)).reason == reason
    await office.settles()
