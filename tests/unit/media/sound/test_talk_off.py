"""Speech has no keys in it, whatever it says: everything that the server itself can say, in three languages."""

from __future__ import annotations

import pytest

from pbxd.media.engine import Format
from pbxd.media.sound import codecs
from pbxd.media.sound.hearing import KeyDetector
from pbxd.media.sound.pcm import FRAME, RATE
from pbxd.media.sound.resample import Resampler
from pbxd.speech.catalogue import catalogue
from pbxd.speech.engines import espeak
from pbxd.speech.engines.engine import SpeechError
from pbxd.speech.languages import LANGUAGES

PCMA = Format(payload_type=8, encoding="PCMA", clock_rate=8000)


@pytest.mark.covers("CALL-9")
@pytest.mark.parametrize("language", LANGUAGES)
def test_speech_presses_no_keys(language: str) -> None:
    try:
        engine = espeak.load()
    except SpeechError as error:
        pytest.skip(f"eSpeak NG: {error}")
    seconds, keys = 0.0, list[str]()
    for message in list(catalogue().messages.values())[::3]:
        spoken = engine.speak(message.texts[language], language)
        whole = len(spoken.data) // (spoken.rate // 100 * 2) * (spoken.rate // 100 * 2)
        samples = Resampler(spoken.rate, RATE).feed(spoken.data[:whole])
        encoder, decoder, detector = codecs.encoder(PCMA), codecs.decoder(PCMA), KeyDetector()
        for start in range(0, len(samples) - FRAME + 1, FRAME):
            heard = decoder.decode(encoder.encode(samples[start : start + FRAME]))
            keys += [key for key, _ in detector.feed(heard)]
        seconds += len(samples) / 2 / RATE
    assert seconds > 60
    assert keys == []
