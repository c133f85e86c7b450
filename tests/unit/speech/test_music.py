"""Music of our own: as loud as it should be by a meter that is not ours, the same every time, and without a seam."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.filter import Graph

from pbxd.media.engine import Format
from pbxd.media.sound import codecs, files
from pbxd.media.sound.pcm import FRAME
from pbxd.speech.music import PIECES
from pbxd.speech.music.score import BAR, piece
from pbxd.speech.music.synthesis import FRAME as SAMPLES
from pbxd.speech.music.synthesis import RATE, Signal, performed, write

LOUDNESS = "lavfi.r128.I"
PEAK = "lavfi.r128.true_peaks_ch0"


@pytest.fixture(scope="module", params=PIECES)
def loop(request: pytest.FixtureRequest) -> Signal:
    return performed(piece(request.param))


def measured(path: Path) -> dict[str, float]:
    """What FFmpeg's loudness meter (EBU R 128) says at the end of a file."""
    last: dict[str, str] = {}
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        graph = Graph()
        source = graph.add_abuffer(template=stream)
        meter, sink = graph.add("ebur128", "metadata=1:peak=true"), graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        graph.configure()
        for frame in container.decode(stream):
            source.push(frame)
            try:
                last = dict(sink.pull().metadata)
            except av.BlockingIOError:
                continue
    return {name: float(value) for name, value in last.items()}


@pytest.mark.covers("SND-4")
def test_it_is_as_loud_as_hold_music_should_be(loop: Signal, tmp_path: Path) -> None:
    write(tmp_path / "loop.wav", np.tile(loop, 2))
    found = measured(tmp_path / "loop.wav")
    assert found[LOUDNESS] == pytest.approx(-20, abs=0.5)
    assert found[PEAK] < 0.9


def test_it_is_the_same_every_time(loop: Signal) -> None:
    again = [performed(piece(name)) for name in PIECES]
    assert any(np.array_equal(loop, one) for one in again)


def test_it_has_no_pauses_and_no_clicks(loop: Signal) -> None:
    twice = np.concatenate([loop, loop])
    windows = twice[: len(twice) // SAMPLES * SAMPLES].reshape(-1, SAMPLES)
    assert np.sqrt(np.mean(windows**2, axis=1)).min() > 0.002
    # A click is energy above what the instruments have; the seam has no more of it than other moments.
    clicks = np.abs(np.diff(twice, 3))
    seam = clicks[len(loop) - 400 : len(loop) + 400].max()
    assert seam <= np.quantile(clicks, 0.9999)


def test_it_is_a_whole_number_of_frames(loop: Signal) -> None:
    assert len(loop) % SAMPLES == 0
    assert 40 * RATE < len(loop) < 90 * RATE


def test_the_seam_is_like_any_other_moment_on_the_telephone(loop: Signal, tmp_path: Path) -> None:
    """Through the file and G.711, as it is played: what is heard at the seam is what follows in the music."""
    write(tmp_path / "loop.wav", loop)
    samples = files.read(tmp_path / "loop.wav")
    assert len(samples) == 2 * len(loop)
    encoder = codecs.encoder(Format(payload_type=8, encoding="PCMA", clock_rate=8000))
    decoder = codecs.decoder(Format(payload_type=8, encoding="PCMA", clock_rate=8000))
    frames = [samples[at : at + FRAME] for at in range(0, len(samples), FRAME)]
    heard = b"".join(decoder.decode(encoder.encode(frame)) for frame in [*frames[-50:], *frames[:50]])
    steps = np.abs(np.diff(np.frombuffer(heard, np.int16).astype(float), 2))
    middle = len(steps) // 2
    assert steps[middle - 400 : middle + 400].max() <= 1.5 * np.quantile(steps, 0.999)


@pytest.mark.parametrize("name", PIECES)
def test_the_score_is_in_order(name: str) -> None:
    score = piece(name)
    for part in score.parts:
        assert all(0 <= note.start < score.bars * BAR for note in part.notes)
        assert all(28 <= note.pitch <= 91 for note in part.notes)
    melody = score.parts[-1].notes
    assert all(first.start + first.length <= second.start for first, second in pairwise(melody))
    assert melody[-1].start + melody[-1].length <= score.bars * BAR
