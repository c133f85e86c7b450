"""When a party has fallen silent."""

from __future__ import annotations

import asyncio

import pytest

from pbxd.media import rtcp
from pbxd.media.embedded import EmbeddedEngine, Interface
from pbxd.media.embedded.silence import Silence
from pbxd.media.engine import HeardAgain, MediaEvent, PortId, Silent
from tests.support.clock import VirtualClock
from tests.support.network import MemoryNetwork
from tests.unit.media.party import HOST, PCMU, Party, packet

PORT = PortId(1)


def test_silence_is_told_each_time_it_lasts_as_long_again() -> None:
    watch = Silence(PORT, 10.0)
    told = [(now, watch.look(now, 3.0, expected=True)) for now in range(0, 40, 5)]
    assert [(now, event) for now, event in told if event is not None] == [
        (15, Silent(port=PORT, seconds=12.0)),
        (25, Silent(port=PORT, seconds=22.0)),
        (35, Silent(port=PORT, seconds=32.0)),
    ]
    assert watch.look(41.0, 40.0, expected=True) == HeardAgain(port=PORT)
    assert watch.look(42.0, 40.0, expected=True) is None


def test_who_was_never_heard_is_silent_from_when_he_may_speak() -> None:
    watch = Silence(PORT, 10.0)
    assert watch.look(100.0, 0.0, expected=True) is None
    assert watch.look(110.0, 0.0, expected=True) == Silent(port=PORT, seconds=10.0)


def test_nobody_is_missed_who_may_not_speak() -> None:
    watch = Silence(PORT, 10.0)
    watch.look(0.0, 0.0, expected=True)
    assert all(watch.look(now, 0.0, expected=False) is None for now in (20.0, 40.0))
    assert watch.look(60.0, 0.0, expected=True) is None, "it counts from when he may again"
    assert watch.look(70.0, 0.0, expected=True) == Silent(port=PORT, seconds=10.0)


def test_a_new_agreement_begins_anew() -> None:
    watch = Silence(PORT, 10.0)
    watch.look(0.0, 0.0, expected=True)
    watch.negotiated()
    assert watch.look(12.0, 0.0, expected=True) is None
    assert watch.look(22.0, 0.0, expected=True) == Silent(port=PORT, seconds=10.0)


def test_it_may_be_off() -> None:
    watch = Silence(PORT, 0.0)
    watch.look(0.0, 0.0, expected=True)
    assert watch.look(1e6, 0.0, expected=True) is None


COMFORT = packet(1, b"\x40", payload_type=13)
"""Comfort noise (RFC 3389), which nobody negotiated."""


@pytest.mark.covers("CALL-10")
@pytest.mark.parametrize("sign", ["nothing", "report", "comfort noise"])
async def test_the_engine_tells_of_silence(network: MemoryNetwork, clock: VirtualClock, sign: str) -> None:
    engine = EmbeddedEngine(
        network, clock=clock, interfaces=[Interface(address=HOST)], ports=range(20_000, 20_010), silence=10.0
    )
    events: list[MediaEvent] = []
    engine.subscribe(lambda event: events.append(event) if isinstance(event, Silent | HeardAgain) else None)
    anna = Party(network, "192.0.2.20")
    await anna.joins(engine, PCMU)
    anna.sends(packet(0))
    for _ in range(10):
        await asyncio.sleep(4)
        if sign == "report":
            anna.sends_rtcp(rtcp.build(rtcp.ReceiverReport(ssrc=77, blocks=())))
        elif sign == "comfort noise":
            anna.sends(COMFORT)
    if sign == "nothing":
        first, *_ = events
        assert isinstance(first, Silent)
        assert first.port == anna.end.port
        assert 10 <= first.seconds <= 17.5
        anna.sends(packet(1))
        await asyncio.sleep(8)
        assert isinstance(events[-1], HeardAgain)
    else:
        assert events == []
    await engine.stop()
