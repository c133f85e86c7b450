"""The server calls somebody, who records a sound of the library by phone (SND-1)."""

from __future__ import annotations

import pytest

from pbxd.calls.orders import OrderError
from pbxd.events import CallEnded, Said
from pbxd.media.sound.files import read
from pbxd.speech.library import Library
from pbxd.treatments import dictation
from tests.support.hearing import frequency
from tests.support.house import House


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
