"""What goes between server and media process arrives as it was sent."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbxd.media import messages
from pbxd.media.embedded import Interface
from pbxd.media.engine import (
    FaxEnd,
    Format,
    HeardAgain,
    KeyPressed,
    Latched,
    LocalEnd,
    MediaFailed,
    Played,
    PortFigures,
    PortId,
    Quiet,
    Recorded,
    RemoteEnd,
    Silent,
    Spoke,
    ToneHeard,
)
from pbxd.media.sounds import Detection, File, Key, MixId, Pause, Programme, Recording, Tone
from pbxd.network import Address

for kind, made in {
    PortId: st.integers(1, 2**40).map(PortId),
    MixId: st.integers(1, 2**40).map(MixId),
    Address: st.builds(Address, st.ip_addresses().map(str), st.integers(1, 65_535)),
}.items():
    st.register_type_strategy(kind, made)
finite = st.floats(0, 100)
several = st.lists(finite, max_size=3).map(tuple)
sounds = st.one_of(
    st.builds(File), st.builds(Tone, frequencies=several, level=finite), st.builds(Key), st.builds(Pause)
)
recorded = st.builds(Recorded, seconds=finite)
sent = st.one_of(
    st.builds(messages.Begin, interfaces=st.lists(st.builds(Interface), max_size=3).map(tuple), silence=finite),
    st.builds(messages.Open),
    st.builds(
        messages.Configure, remote=st.builds(RemoteEnd, sends_as=st.lists(st.builds(Format)).map(tuple), keying=...)
    ),
    st.builds(messages.Configure, remote=st.builds(FaxEnd)),
    st.builds(messages.Hear),
    st.builds(messages.Press),
    st.builds(
        messages.Play,
        programme=st.builds(Programme, sounds=st.lists(sounds, max_size=3).map(tuple), repeat=st.booleans()),
    ),
    st.builds(messages.Mix),
    st.builds(
        messages.Record,
        recording=st.builds(Recording, beside=st.none() | st.integers(1, 9), quiet=st.none() | finite),
    ),
    st.builds(messages.EndRecording),
    st.builds(messages.RecordingEnded, recorded=st.none() | recorded),
    st.builds(messages.Detect, detection=st.builds(Detection, keys=st.booleans(), tones=several)),
    st.builds(Played),
    recorded,
    st.builds(Quiet, quiet_for=finite),
    st.builds(Spoke),
    st.builds(ToneHeard, frequency=finite),
    st.builds(messages.Close),
    st.builds(messages.AskFigures),
    st.builds(messages.Opened, end=st.builds(LocalEnd)),
    st.builds(messages.NotOpened),
    st.builds(
        messages.Figures, figures=st.none() | st.builds(PortFigures, jitter=finite, round_trip=st.none() | finite)
    ),
    st.builds(Latched),
    st.builds(KeyPressed),
    st.builds(MediaFailed),
    st.builds(Silent, seconds=st.floats(0, 1e6)),
    st.builds(HeardAgain),
)


@settings(deadline=None)
@given(st.lists(sent, max_size=4), st.integers(1, 40))
def test_a_stream_of_messages_survives_however_it_is_cut(
    expected: list[messages.Command | messages.Report], size: int
) -> None:
    stream = b"".join(map(messages.encode, expected))
    frames = messages.Frames()
    arrived = [
        messages.decode(frame)
        for start in range(0, len(stream), size)
        for frame in frames.feed(stream[start : start + size])
    ]
    assert arrived == expected


def test_an_absurd_length_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes"):
        list(messages.Frames().feed(b"\xff\xff\xff\xff"))
