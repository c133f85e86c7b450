"""RTCP of a port: when, to whom, and what it says (RFC 3550 6)."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from pbxd.media import rtcp
from pbxd.media.embedded import EmbeddedEngine
from pbxd.media.embedded.drops import Drop
from pbxd.network import Address
from tests.support.clock import VirtualClock
from tests.support.network import MemoryNetwork
from tests.unit.media.party import Party, packet, talking

LONGEST = 1.5 * 5 / 1.21828
"""Seconds from one report to the next at the most (RFC 3550 6.2, 6.3.1)."""


@pytest.fixture
def anna(network: MemoryNetwork) -> Party:
    return Party(network, "198.51.100.1")


@pytest.fixture
def bo(network: MemoryNetwork) -> Party:
    return Party(network, "198.51.100.2")


async def says(party: Party, sequences: range) -> None:
    for sequence in sequences:
        party.sends(packet(sequence, bytes(160)))
        await asyncio.sleep(0.02)


async def test_reports_come_about_every_five_seconds_and_not_in_step(
    engine: EmbeddedEngine, network: MemoryNetwork, anna: Party, bo: Party
) -> None:
    await talking(engine, anna, bo)
    await asyncio.sleep(120)
    sent = {
        party: [each.sent for each in network.datagrams if each.target == Address(party.address.host, 4001)]
        for party in (anna, bo)
    }
    for moments in sent.values():
        gaps = [after - before for before, after in itertools.pairwise(moments)]
        assert 120 / 6 <= len(moments) <= 120 / 3
        assert all(2.5 / 1.21828 <= gap <= 7.5 / 1.21828 + 0.001 for gap in gaps)
    assert not set(sent[anna]) & set(sent[bo])


async def test_a_sender_report_tells_what_was_sent_and_heard(
    engine: EmbeddedEngine, clock: VirtualClock, anna: Party, bo: Party
) -> None:
    await talking(engine, anna, bo)
    start = clock.wall()
    await says(anna, range(100))
    for sequence in (0, 1, 3):
        bo.sends(packet(sequence, bytes(160), ssrc=55))
        await asyncio.sleep(0.02)
    bo.reports.clear()
    await asyncio.sleep(LONGEST)
    report, name = bo.reports[0]
    assert isinstance(report, rtcp.SenderReport)
    assert isinstance(name, rtcp.SourceDescription)
    assert name.ssrc == report.ssrc == bo.packets[0].ssrc
    assert (report.packets, report.octets) == (100, 16_000)
    # Both of its times are of the same moment: as much sound as time since the first packet, 5 ms of network away.
    passed = (report.ntp - rtcp.ntp_time(start + 0.005)) / 2**32
    assert 2 <= passed <= 2 + LONGEST
    assert report.timestamp - bo.packets[0].timestamp & 0xFFFF_FFFF == pytest.approx(8000 * passed, abs=1)
    (block,) = report.blocks
    assert (block.ssrc, block.lost, block.fraction_lost, block.highest & 0xFFFF) == (55, 1, 64, 3)


async def test_who_sends_nothing_gives_a_receiver_report(engine: EmbeddedEngine, anna: Party, bo: Party) -> None:
    await talking(engine, anna, bo)
    await asyncio.sleep(10)
    assert all(isinstance(report[0], rtcp.ReceiverReport) for report in anna.reports)
    assert len({name.cname for report in (*anna.reports, *bo.reports) for name in report[1:2]}) == 2  # type: ignore[union-attr]  # CNAME


async def test_round_trip_and_loss_come_from_the_partys_reports(engine: EmbeddedEngine, anna: Party, bo: Party) -> None:
    await talking(engine, anna, bo)
    bo.reports.clear()
    while not any(isinstance(each[0], rtcp.SenderReport) for each in bo.reports):
        await says(anna, range(5))
        await says(anna, range(5, 10))
    report = bo.reports[-1][0]
    assert isinstance(report, rtcp.SenderReport)
    block = rtcp.ReportBlock(
        ssrc=report.ssrc, fraction_lost=64, lost=3, highest=9, jitter=0, last_sr=rtcp.middle(report.ntp), delay=0
    )
    bo.sends_rtcp(rtcp.build(rtcp.ReceiverReport(ssrc=5, blocks=(block,))))
    await asyncio.sleep(0.1)
    figures = await engine.figures(bo.end.port)
    assert figures is not None
    assert figures.loss_reported == 0.25
    assert figures.round_trip is not None
    assert 0.01 <= figures.round_trip < 0.5


async def test_a_partys_sender_report_is_answered_in_the_block_about_it(
    engine: EmbeddedEngine, anna: Party, bo: Party
) -> None:
    await talking(engine, anna, bo)
    await says(anna, range(5))
    anna.sends_rtcp(
        rtcp.build(rtcp.SenderReport(ssrc=77, ntp=0x1111_2222_3333_4444, timestamp=0, packets=5, octets=800))
    )
    anna.reports.clear()
    await asyncio.sleep(LONGEST)
    report = anna.reports[0][0]
    assert isinstance(report, rtcp.ReceiverReport)
    assert report.blocks[0].last_sr == 0x2222_3333
    assert 0 < report.blocks[0].delay < 7 * 65536
    assert not any(isinstance(each, rtcp.SenderReport) and each.ssrc == 77 for got in bo.reports for each in got)


async def test_with_mux_rtcp_shares_the_port(engine: EmbeddedEngine, anna: Party, bo: Party) -> None:
    await talking(engine, anna, bo)
    anna.agrees(engine, rtcp_mux=True)
    await asyncio.sleep(20)
    assert set(anna.reports_to) == {anna.end.rtp}
    anna.sends(rtcp.build(rtcp.ReceiverReport(ssrc=1)))
    await asyncio.sleep(0.1)
    assert engine.drops == {}


async def test_rtcp_goes_where_sdp_says_and_then_where_the_party_sends_it_from(
    engine: EmbeddedEngine, network: MemoryNetwork, anna: Party
) -> None:
    announced = Party(network, "198.51.100.1", 7000)
    await anna.joins(engine, rtcp=Address("198.51.100.1", 7001))
    await asyncio.sleep(10)
    assert (len(announced.reports) > 0, anna.reports) == (True, [])
    anna.sends_rtcp(rtcp.build(rtcp.ReceiverReport(ssrc=1)))
    await asyncio.sleep(10)
    assert anna.reports


async def test_rtcp_of_strangers_and_nonsense_are_dropped(
    engine: EmbeddedEngine, network: MemoryNetwork, anna: Party
) -> None:
    stranger = Party(network, "203.0.113.66")
    await anna.joins(engine)
    stranger.end = anna.end
    stranger.sends_rtcp(rtcp.build(rtcp.ReceiverReport(ssrc=1)))
    anna.sends_rtcp(b"\x81\xc8\xff\xff")
    await asyncio.sleep(0.1)
    assert engine.drops == {Drop.STRANGER: 1, Drop.MALFORMED: 1}


async def test_closing_says_goodbye_to_whom_it_spoke(engine: EmbeddedEngine, anna: Party, bo: Party) -> None:
    await talking(engine, anna, bo)
    await says(anna, range(2))
    bo.reports.clear()
    engine.close(anna.end.port)
    engine.close(bo.end.port)
    await asyncio.sleep(0.1)
    assert bo.reports[-1][-1] == rtcp.Goodbye(sources=(bo.packets[0].ssrc,))
    assert anna.reports == [], "never spoken to, so no goodbye"


async def test_without_ports_nothing_is_scheduled(engine: EmbeddedEngine, anna: Party) -> None:
    await anna.joins(engine)
    engine.close(anna.end.port)
    network_quiet = asyncio.get_running_loop().timers()  # type: ignore[attr-defined]  # the virtual loop's
    assert [timer for timer in network_quiet if "EmbeddedEngine" in repr(timer)] == []
