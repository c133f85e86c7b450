"""What goes between server and media process arrives as it was sent."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbxd.media import messages
from pbxd.media.embedded import Interface
from pbxd.media.engine import (
    Format,
    HeardAgain,
    KeyPressed,
    Latched,
    LocalEnd,
    MediaFailed,
    PortFigures,
    PortId,
    RemoteEnd,
    Silent,
)
from pbxd.network import Address

for kind, made in {
    PortId: st.integers(1, 2**40).map(PortId),
    Address: st.builds(Address, st.ip_addresses().map(str), st.integers(1, 65_535)),
}.items():
    st.register_type_strategy(kind, made)
finite = st.floats(0, 100)
sent = st.one_of(
    st.builds(messages.Begin, interfaces=st.lists(st.builds(Interface), max_size=3).map(tuple), silence=finite),
    st.builds(messages.Open),
    st.builds(
        messages.Configure, remote=st.builds(RemoteEnd, sends_as=st.lists(st.builds(Format)).map(tuple), keying=...)
    ),
    st.builds(messages.Hear),
    st.builds(messages.Press),
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
