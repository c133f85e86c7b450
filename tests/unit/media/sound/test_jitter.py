"""The jitter buffer: order, loss, delay and drift, on a clock of the test's own."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbxd.media.sound.jitter import MOST, JitterBuffer, Missing, Packet

PERIOD = 0.02


def packet(number: int, first: int = 5_000) -> Packet:
    return Packet(timestamp=first + 160 * number & 0xFFFF_FFFF, units=160, payload_type=0, payload=b"%d" % number)


def played(arrivals: list[tuple[float, Packet]], seconds: float, *, period: float = PERIOD) -> list[str]:
    """What is heard, one piece per tick: a packet's number, ``-`` made up, blank nothing."""
    buffer = JitterBuffer(8000)
    heard = []
    waiting = sorted(arrivals, key=lambda each: each[0])
    for tick in range(round(seconds / period)):
        now = tick * period
        while waiting and waiting[0][0] <= now:
            at, each = waiting.pop(0)
            buffer.put(each, at)
        match buffer.take(now):
            case Packet(payload=payload):
                heard.append(payload.decode())
            case Missing():
                heard.append("-")
            case None:
                heard.append("")
    return heard


def test_in_order_at_pace_with_little_delay() -> None:
    heard = played([(0.001 + n * PERIOD, packet(n)) for n in range(50)], 1.04)
    begin = heard.index("0")
    assert begin <= 2
    assert heard[begin : begin + 50] == [str(n) for n in range(50)][: len(heard) - begin]


def test_reordered_and_lost_packets() -> None:
    order = [0, 1, 2, 4, 3, 5, 7, 8, 8, 9, 10, 11]
    heard = played([(0.02 * place, packet(n)) for place, n in enumerate(order)], 0.4)
    sound = [each for each in heard if each]
    assert [each for each in sound if each != "-"] == sorted({str(n) for n in order}, key=int)
    assert sound[sound.index("5") + 1] == "-", "6 never came"


def test_timestamps_wrap() -> None:
    heard = played([(0.001 + n * PERIOD, packet(n, 0xFFFF_FFFF - 400)) for n in range(10)], 0.25)
    assert [each for each in heard if each not in ("", "-")] == [str(n) for n in range(10)]


def test_the_delay_follows_the_network_up_and_down() -> None:
    chance = random.Random(3)
    bad = [(n * PERIOD + chance.uniform(0, 0.08), packet(n)) for n in range(200)]
    good = [(n * PERIOD + 0.001, packet(n)) for n in range(200, 800)]
    heard = played(bad + good, 16)
    second_half = heard[100:200]
    assert second_half.count("-") <= 3, "80 ms of jitter are bridged"
    settled = heard[600:780]
    assert "-" not in settled
    assert int(settled[0]) >= 600 - 3, "and when it is quiet the delay goes back"


def test_clocks_that_differ_cost_a_piece_now_and_then() -> None:
    for drift in (0.999, 1.001):  # far worse than real ones: 100 ppm
        heard = played([(n * PERIOD * drift + 0.001, packet(n)) for n in range(3000)], 59)
        sound = [each for each in heard[5:2900] if each != "-"]
        assert len(heard[5:2900]) - len(sound) <= 6
        numbers = [int(each) for each in sound]
        skipped = sum(after - before - 1 for before, after in itertools.pairwise(numbers))
        assert skipped <= 6
        assert abs(numbers[-1] - 2897) <= 6, "it does not fall behind"


def test_a_pause_is_silence_and_then_a_new_start() -> None:
    heard = played([(n * PERIOD, packet(n)) for n in (*range(5), *range(100, 105))], 2.4)
    gap = heard[heard.index("4") + 1 : heard.index("100")]
    assert gap.count("-") <= 10, "made up for a moment only"
    assert heard[heard.index("100") : heard.index("100") + 5] == ["100", "101", "102", "103", "104"]


def test_a_clock_that_is_set_back_is_followed() -> None:
    late = [(1 + n * PERIOD, packet(n, 5_000)) for n in range(50)]
    early = [(n * PERIOD, packet(n, 500_000)) for n in range(50)]
    heard = played(early + late, 2.2)
    assert heard[-20:].count("45") == 1


def test_whoever_stays_away_goes_on_where_it_should() -> None:
    buffer = JitterBuffer(8000)
    for n in range(50):
        buffer.put(packet(n), n * PERIOD)
    assert buffer.deadline is not None
    taken = buffer.take(2.0)
    assert isinstance(taken, Packet)
    assert buffer.deadline == pytest.approx(2.02)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.floats(0, 0.2), st.booleans()), max_size=120),
    st.integers(0, 2**32 - 1),
)
def test_whatever_comes_is_played_once_and_in_order(sent: list[tuple[int, float, bool]], first: int) -> None:
    arrivals = [(n * PERIOD + delay, packet(n, first)) for n, delay, lost in sent if not lost]
    heard = [int(each) for each in played(arrivals, 3) if each not in ("", "-")]
    assert heard == sorted(set(heard))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 960)), max_size=300))
def test_any_timestamps_are_borne(sent: list[tuple[int, int]]) -> None:
    buffer = JitterBuffer(8000)
    for index, (timestamp, units) in enumerate(sent):
        now = index * 0.005
        buffer.put(Packet(timestamp=timestamp, units=units, payload_type=0, payload=b""), now)
        if index % 4 == 0:
            taken = buffer.take(now)
            assert taken is None or taken.units > 0
        assert 0 < buffer.delay <= MOST
