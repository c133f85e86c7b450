"""Files: recordings that survive, and sounds of every kind read."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import pytest

from pbxd.media.sound import files
from pbxd.media.sound.pcm import RATE, level
from pbxd.media.sound.tones import tone
from pbxd.media.sound.wav import WavFile, interleaved
from tests.support.hearing import frequency

SECOND = tone((700,), 1000, -15)


def recorded(path: Path, channels: int = 1) -> Path:
    file = WavFile(path, rate=RATE, channels=channels)
    file.append(SECOND if channels == 1 else interleaved(SECOND, tone((1200,), 1000, -15)))
    file.close()
    return path


def test_a_file_is_whole_after_every_write(tmp_path: Path) -> None:
    path = tmp_path / "message.wav"
    file = WavFile(path, rate=RATE, channels=1)
    for number in range(4):
        with wave.open(str(path)) as read:  # nobody closed it
            assert (read.getnframes(), read.getframerate(), read.getnchannels()) == (number * RATE, RATE, 1)
            assert read.readframes(RATE * 9) == SECOND * number
        file.append(SECOND)
    assert file.seconds == 4
    file.close()


def test_what_was_being_written_when_the_process_was_killed_is_not_in_the_way(tmp_path: Path) -> None:
    path = recorded(tmp_path / "message.wav")
    with path.open("ab") as cut_off:
        cut_off.write(b"\x01\x02\x03")  # sound without its header
    with wave.open(str(path)) as read:
        assert read.readframes(RATE * 9) == SECOND
    assert files.read(path) == SECOND


def test_a_recording_never_replaces_another(tmp_path: Path) -> None:
    recorded(tmp_path / "message.wav")
    with pytest.raises(FileExistsError):
        WavFile(tmp_path / "message.wav", rate=RATE, channels=1)


@pytest.mark.parametrize("suffix", [".flac", ".opus"])
@pytest.mark.parametrize("channels", [1, 2])
def test_recordings_are_converted_with_their_channels(tmp_path: Path, suffix: str, channels: int) -> None:
    made = tmp_path / f"message{suffix}"
    files.convert(recorded(tmp_path / "message.wav", channels), made)
    with av.open(str(made)) as container:
        assert container.streams.audio[0].channels == channels
    heard = files.read(made)
    assert len(heard) / (RATE * 2) == pytest.approx(1, abs=0.03)
    if channels == 1:
        assert frequency(heard) == pytest.approx(700, abs=1)
        assert level(heard) == pytest.approx(-15, abs=0.5)
    assert sorted(each.name for each in tmp_path.iterdir()) == [made.name, "message.wav"]


@pytest.mark.parametrize(("suffix", "codec", "rate"), [("mp3", "libmp3lame", 44_100), ("ogg", "flac", 22_050)])
def test_files_of_other_kinds_and_rates_are_read(tmp_path: Path, suffix: str, codec: str, rate: int) -> None:
    path = tmp_path / f"prompt.{suffix}"
    resampler = av.AudioResampler(format="s16" if codec == "flac" else "fltp", layout="mono", rate=rate)
    with av.open(str(recorded(tmp_path / "a.wav"))) as source, av.open(str(path), "w") as target:
        stream = target.add_stream(codec, rate=rate)
        assert isinstance(stream, av.AudioStream)
        stream.format = av.AudioFormat(resampler.format.name)
        stream.layout = av.AudioLayout("mono")
        for frame in source.decode(audio=0):
            for each in resampler.resample(frame):
                target.mux(stream.encode(each))
        target.mux(stream.encode(None))
    heard = files.read(path)
    assert frequency(heard) == pytest.approx(700, abs=1)
    assert len(heard) / (RATE * 2) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("content", [None, b"", b"no sound at all", b"RIFF\x24\x00\x00\x00WAVEfmt "])
def test_what_is_no_sound_says_so(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "prompt.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(files.UnreadableSound, match=r"prompt\.wav"):
        files.read(path)
    with pytest.raises(files.UnreadableSound):
        files.convert(path, tmp_path / "prompt.flac")
    assert [each.name for each in tmp_path.iterdir()] == (["prompt.wav"] if content is not None else [])
