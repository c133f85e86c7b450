"""Codecs: what goes in comes out, with its frequency and level, and as the standards have it."""

from __future__ import annotations

import itertools

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.media.engine import Format
from pbxd.media.sound import codecs
from pbxd.media.sound.pcm import FRAME, RATE, level
from pbxd.media.sound.resample import Resampler
from pbxd.media.sound.tones import tone
from tests.support.hearing import frequency, power_at, steepest

FORMATS = [
    Format(payload_type=0, encoding="PCMU", clock_rate=8000),
    Format(payload_type=8, encoding="PCMA", clock_rate=8000),
    Format(payload_type=9, encoding="G722", clock_rate=8000),
    Format(payload_type=111, encoding="opus", clock_rate=48_000, channels=2),
]
names = [each.encoding for each in FORMATS]


def frames(samples: bytes) -> list[bytes]:
    return [samples[start : start + FRAME] for start in range(0, len(samples), FRAME)]


def through(format_: Format, samples: bytes) -> bytes:
    encoder, decoder = codecs.encoder(format_), codecs.decoder(format_)
    return b"".join(decoder.decode(encoder.encode(frame)) for frame in frames(samples))


@pytest.mark.parametrize(("first", "second"), list(itertools.product(FORMATS, FORMATS)), ids=lambda each: each.encoding)
def test_a_tone_keeps_frequency_and_level_through_every_pair(first: Format, second: Format) -> None:
    heard = through(second, through(first, tone((1004,), 600, -20)).rjust(30 * FRAME, b"\0"))
    middle = heard[FRAME * 5 : -FRAME * 2]
    assert frequency(middle) == pytest.approx(1004, abs=1)
    assert level(middle) == pytest.approx(-20, abs=0.7)
    assert steepest(middle) < 2000, "no click at the seams of frames"


@pytest.mark.parametrize("format_", FORMATS, ids=names)
def test_payloads_say_how_long_they_last(format_: Format) -> None:
    payload = codecs.encoder(format_).encode(tone((440,), 20))
    assert codecs.decoder(format_).units(payload) == codecs.frame_units(format_)
    assert codecs.decoder(format_).units(b"") == 0
    assert codecs.decoder(format_).decode(b"") == b""


@pytest.mark.parametrize(
    ("encoding", "code", "sample"),
    # ITU-T G.711 tables 1a, 2a: the code words of 0, and of the largest and smallest values, in 16 bits.
    [
        *(("PCMA", 0xD5, 8), ("PCMA", 0x55, -8), ("PCMA", 0xAA, 32_256), ("PCMA", 0x2A, -32_256)),
        *(("PCMU", 0xFF, 0), ("PCMU", 0x7F, 0), ("PCMU", 0x80, 32_124), ("PCMU", 0x00, -32_124)),
    ],
)
def test_g711_is_that_of_the_tables(encoding: str, code: int, sample: int) -> None:
    """Constant codes are constant samples, after the resampler has settled."""
    format_ = next(each for each in FORMATS if each.encoding == encoding)
    heard = codecs.decoder(format_).decode(bytes((code,)) * 320)
    settled = memoryview(heard).cast("h")[200:-100]
    assert all(abs(each - sample) <= 3 for each in settled)


def test_g722_agrees_with_another_implementation() -> None:
    said = tone((1500,), 400, -15)
    encoder = codecs.encoder(FORMATS[2])
    payload = b"".join(map(encoder.encode, frames(said)))
    other = av.AudioCodecContext.create("g722", "r")
    other.layout, other.sample_rate = "mono", RATE
    theirs = b"".join(bytes(each.planes[0])[: each.samples * 2] for each in other.decode(av.Packet(payload)))
    ours = codecs.decoder(FORMATS[2]).decode(payload)
    for heard in (ours, theirs):
        assert power_at(heard[FRAME * 3 : FRAME * 18], 1500) == pytest.approx(-15, abs=0.5)
    assert ours == theirs


@pytest.mark.parametrize(("rate", "to"), [(8000, 16_000), (16_000, 8000), (48_000, 16_000)])
def test_resampling_gives_a_frame_for_a_frame(rate: int, to: int) -> None:
    resampler = Resampler(rate, to)
    assert [len(resampler.feed(bytes(rate // 50 * 2))) for _ in range(20)] == [to // 50 * 2] * 20


def test_what_does_not_fit_is_filtered_out_and_not_folded_back() -> None:
    heard = through(FORMATS[1], tone((6000,), 400, -10))
    assert level(heard[FRAME * 2 : -FRAME * 2]) < -45


@pytest.mark.parametrize(
    ("packet", "units"),
    [(b"\x78x", 960), (b"\x79xx", 1920), (b"\x18x", 2880), (b"\x7b\x03x", 2880), (b"\x7b\x07x", 0), (b"\x7b", 0)],
)
def test_an_opus_packet_says_how_long_it_lasts(packet: bytes, units: int) -> None:
    assert codecs.opus_units(packet) == units


@given(st.sampled_from(FORMATS), st.binary(max_size=400))
def test_nothing_that_comes_breaks_a_decoder(format_: Format, payload: bytes) -> None:
    decoder = codecs.decoder(format_)
    heard = decoder.decode(payload)
    assert decoder.units(payload) * RATE // format_.clock_rate * 2 >= len(heard) - FRAME


def test_the_best_known_format_is_chosen() -> None:
    g729 = Format(payload_type=18, encoding="G729", clock_rate=8000)
    assert codecs.chosen([g729, FORMATS[1], FORMATS[0]]) == FORMATS[1]
    assert codecs.chosen([g729]) is None
