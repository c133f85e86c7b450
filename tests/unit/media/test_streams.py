"""Sequence numbers, jitter and the continuity of what a port sends, by RFC 3550's arithmetic."""

from __future__ import annotations

import pytest

from pbxd.media.embedded.streams import DUPLICATE, RESTARTED, Incoming, Outgoing
from pbxd.media.rtp import HEADER


def incoming(sequence: int = 100, ssrc: int = 1) -> Incoming:
    heard = Incoming(ssrc, sequence, 0, 8000, 0.0)
    assert heard.accept(sequence) == sequence + 65536
    return heard


def test_loss_is_expected_minus_received() -> None:
    heard = incoming(100)
    for sequence in (101, 103, 106):
        heard.accept(sequence)
    assert (heard.received, heard.lost) == (4, 3)
    assert heard.fraction_lost() == 3 * 256 // 7
    heard.accept(107)
    assert heard.fraction_lost() == 0


def test_sequence_numbers_wrap() -> None:
    heard = incoming(65_535)
    assert heard.accept(0) == 2 * 65_536
    assert heard.lost == 0


def test_each_sequence_number_is_accepted_once() -> None:
    heard = incoming(100)
    assert heard.accept(103) == 65_639
    assert heard.accept(101) == 65_637
    assert heard.accept(101) == DUPLICATE
    assert heard.accept(103) == DUPLICATE
    assert heard.lost == 1


def test_a_leap_is_believed_when_a_second_packet_follows_it() -> None:
    heard = incoming(100)
    assert heard.accept(30_000) == DUPLICATE
    assert heard.accept(101) == 65_637
    assert heard.accept(40_000) == DUPLICATE
    assert heard.accept(40_001) == RESTARTED


def test_jitter_follows_the_formula() -> None:
    heard = incoming(0)
    heard.time(160, 8000, 0.020)
    assert heard.jitter == pytest.approx(0, abs=1e-12)
    heard.time(320, 8000, 0.050)
    assert heard.jitter == pytest.approx(0.010 / 16)
    heard.time(480, 8000, 0.060)
    assert heard.jitter == pytest.approx(0.010 / 16 + (0.010 - 0.010 / 16) / 16)


def test_jitter_survives_a_timestamp_that_wraps_or_repeats() -> None:
    heard = Incoming(1, 0, 0xFFFF_FFFF - 79, 8000, 0.0)
    heard.time(80, 8000, 0.020)
    heard.time(80, 8000, 0.500)
    heard.time(240, 8000, 0.040)
    assert heard.jitter == pytest.approx(0, abs=1e-12)


class Sent:
    """What an outgoing stream makes of packets of 20 ms."""

    def __init__(self) -> None:
        self.stream = Outgoing(9, 1000, 50_000, 0.0)

    def relay(self, heard: Incoming, sequence: int, now: float, timestamp: int | None = None) -> tuple[int, ...] | None:
        """Marker and type, sequence and timestamp of the packet sent."""
        stamp = 160 * sequence if timestamp is None else timestamp
        data = self.stream.packet(heard, sequence + 65536, stamp, 8000, 0x80, 0, b"x", 0.02, now)
        return HEADER.unpack_from(data)[1:4] if data is not None else None


def test_gaps_and_order_of_a_source_are_kept() -> None:
    sent, heard = Sent(), incoming()
    assert sent.relay(heard, 5, 0.1) == (0x80, 1001, 50_800)
    assert sent.relay(heard, 8, 0.16) == (0, 1004, 51_280)
    assert sent.relay(heard, 7, 0.17) == (0, 1003, 51_120)
    assert sent.relay(heard, 4, 0.18) is None, "from before the switch"


def test_a_new_source_continues_the_stream() -> None:
    sent, one, other = Sent(), incoming(), incoming()
    sent.relay(one, 5, 0.1)
    assert sent.relay(other, 60_000, 0.35, 0xFFFF_FFF0) == (0x80, 1002, 50_800 + 2000)
    assert sent.relay(other, 60_001, 0.37, 0x90) == (0, 1003, 50_800 + 2160)
    assert sent.relay(one, 6, 0.375) == (0x80, 1004, 52_960 + 160), "no sooner than one packet's time"


def test_sequence_and_timestamp_wrap_on_their_own() -> None:
    sent, heard = Sent(), incoming()
    sent.stream = Outgoing(9, 65_535, 0xFFFF_FF80, 0.0)
    assert sent.relay(heard, 5, 0.02) == (0x80, 0, 0x20)


def test_what_is_withheld_leaves_no_gap() -> None:
    sent, heard = Sent(), incoming()
    sent.relay(heard, 5, 0.1)
    for sequence in (65_542, 65_543):
        sent.stream.withhold(heard, sequence)
    assert sent.relay(heard, 8, 0.16) == (0, 1002, 50_800 + 480)
    assert sent.relay(heard, 10, 0.18) == (0, 1004, 50_800 + 800), "a loss stays one"


def test_what_is_late_from_before_a_withheld_packet_is_dropped() -> None:
    sent, heard = Sent(), incoming()
    sent.relay(heard, 5, 0.1)
    sent.stream.withhold(heard, 65_543)
    assert sent.relay(heard, 6, 0.16) is None
    assert sent.relay(heard, 8, 0.17) == (0, 1003, 50_800 + 480)


def test_the_report_time_stamp_runs_with_the_clock() -> None:
    sent, heard = Sent(), incoming()
    sent.relay(heard, 5, 0.1)
    assert sent.stream.timestamp_at(1.1) == 50_800 + 8000
