"""RTCP compound packets there and back, and what strangers send instead."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbxd.errors import MalformedMessage
from pbxd.media import rtcp

words = st.integers(0, 0xFFFF_FFFF)
blocks = st.lists(
    st.builds(
        rtcp.ReportBlock,
        ssrc=words,
        fraction_lost=st.integers(0, 255),
        lost=st.integers(-0x80_0000, 0x7F_FFFF),
        highest=words,
        jitter=words,
        last_sr=words,
        delay=words,
    ),
    max_size=3,
).map(tuple)
packets = st.one_of(
    st.builds(
        rtcp.SenderReport,
        ssrc=words,
        ntp=st.integers(0, 2**64 - 1),
        timestamp=words,
        packets=words,
        octets=words,
        blocks=blocks,
    ),
    st.builds(rtcp.ReceiverReport, ssrc=words, blocks=blocks),
    st.builds(
        rtcp.SourceDescription, ssrc=words, cname=st.text(st.characters(codec="ascii"), min_size=1, max_size=255)
    ),
    st.builds(rtcp.Goodbye, sources=st.lists(words, max_size=5).map(tuple)),
)


@settings(deadline=None)
@given(st.lists(packets, min_size=1, max_size=4))
def test_what_is_built_parses_to_the_same(built: list[rtcp.Packet]) -> None:
    data = rtcp.build(*built)
    assert len(data) % 4 == 0
    assert list(rtcp.parse(data)) == built


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=200), st.binary(max_size=60).map(lambda rest: b"\x81\xc8\x00\x06" + rest)))
def test_hostile_bytes_raise_nothing_but_malformed(data: bytes) -> None:
    try:
        rtcp.parse(data)
    except MalformedMessage:
        return


@settings(deadline=None)
@given(st.lists(packets, min_size=1, max_size=3), st.data())
def test_a_cut_packet_is_malformed(built: list[rtcp.Packet], data: st.DataObject) -> None:
    whole = rtcp.build(*built)
    cut = whole[: data.draw(st.integers(1, len(whole) - 1))]
    try:
        assert rtcp.parse(cut) == tuple(built[: len(rtcp.parse(cut))])
    except MalformedMessage:
        return


def test_other_packet_types_are_skipped() -> None:
    feedback = b"\x81\xce\x00\x02" + bytes(8)
    bye = rtcp.Goodbye(sources=(5,))
    assert rtcp.parse(feedback + rtcp.build(bye)) == (bye,)


def test_ntp_time_counts_from_1900() -> None:
    # RFC 868 gives 2,208,988,800 as 1970-01-01.
    assert rtcp.ntp_time(0.5) == (2_208_988_800 << 32) + (1 << 31)
    assert rtcp.middle(0x1234_5678_9ABC_DEF0) == 0x5678_9ABC


def test_a_count_beyond_the_packet_is_malformed() -> None:
    with pytest.raises(MalformedMessage):
        rtcp.parse(b"\x9f\xc9\x00\x01" + bytes(4))
