"""What phones of the tests say and hear in PCMA, and keys as tones in it."""

from __future__ import annotations

from typing import Final

from pbxd.media.engine import Format
from pbxd.media.sound import codecs
from pbxd.media.sound.hearing import KeyDetector
from pbxd.media.sound.pcm import FRAME
from pbxd.media.sound.tones import key
from tests.support.phone import Phone

PCMA: Final = Format(payload_type=8, encoding="PCMA", clock_rate=8000)


def sound_of(phone: Phone, since: float = 0.0) -> bytes:
    """What the phone heard in PCMA, from a moment on."""
    decoder = codecs.decoder(PCMA)
    heard = [each for each in phone.call.sound.heard if each.payload_type == PCMA.payload_type and each.at >= since]
    return b"".join(decoder.decode(each.payload) for each in heard)


def keys_in_sound(phone: Phone) -> str:
    """The keys that can be heard in what the phone heard."""
    detector = KeyDetector()
    samples = sound_of(phone) + bytes(5 * FRAME)
    frames = (samples[start : start + FRAME] for start in range(0, len(samples) - FRAME + 1, FRAME))
    return "".join(pressed for frame in frames for pressed, _ in detector.feed(frame))


async def says_keys(phone: Phone, keys: str) -> None:
    """The phone sends tones, 60 ms on and 40 ms off, and returns when the last was said and heard."""
    encoder = codecs.encoder(PCMA)
    samples = bytes(10 * FRAME) + b"".join(key(each, 60) + bytes(2 * FRAME) for each in keys) + bytes(20 * FRAME)
    frames = [samples[start : start + FRAME] for start in range(0, len(samples), FRAME)]
    phone.call.sound.says([encoder.encode(frame) for frame in frames])
    await phone.pause(len(frames) * 0.02 + 0.5)
