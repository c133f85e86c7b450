"""RTCP of one port: what we report of our stream and of the party's, and what the party reports (RFC 3550 6.4)."""

from __future__ import annotations

import random

from pbxd.media import rtcp
from pbxd.media.embedded.streams import Incoming, Outgoing

INTERVAL = 5.0
"""Seconds between reports on average, the minimum of RFC 3550 6.2."""
_COMPENSATION = 1.21828
"""e - 3/2: what timer reconsideration would add (RFC 3550 6.3.1)."""


def report_interval(rng: random.Random, *, initial: bool = False) -> float:
    """Seconds until the next report: half to one and a half of the interval, the first one sooner (RFC 3550 6.2)."""
    return (INTERVAL / 2 if initial else INTERVAL) * rng.uniform(0.5, 1.5) / _COMPENSATION


class Reports:
    """What has been said and heard in RTCP on one port."""

    __slots__ = ("_cname", "_last_packets", "_sender_heard_at", "_sender_ntp", "loss", "round_trip", "sent")

    def __init__(self, cname: str) -> None:
        self._cname = cname
        self._last_packets = 0
        self._sender_ntp = 0
        self._sender_heard_at = 0.0
        self.sent = False
        """Whether anything was ever sent (no BYE from who never spoke, RFC 3550 6.3.7)."""
        self.round_trip: float | None = None
        """Seconds, by the party's latest report."""
        self.loss: float | None = None
        """Share of our packets, 0 to 1, that the party's latest report calls lost."""

    def build(
        self, outgoing: Outgoing, heard: Incoming | None, now: float, wall: float, *, goodbye: bool = False
    ) -> bytes:
        """The compound packet due now: a sender report if anything was sent since the last one, else a receiver's."""
        self.sent = True
        blocks = (self._block(heard, now),) if heard is not None else ()
        report: rtcp.Packet
        if outgoing.packets != self._last_packets:
            self._last_packets = outgoing.packets
            report = rtcp.SenderReport(
                ssrc=outgoing.ssrc,
                ntp=rtcp.ntp_time(wall),
                timestamp=outgoing.timestamp_at(now),
                packets=outgoing.packets,
                octets=outgoing.octets,
                blocks=blocks,
            )
        else:
            report = rtcp.ReceiverReport(ssrc=outgoing.ssrc, blocks=blocks)
        name = rtcp.SourceDescription(ssrc=outgoing.ssrc, cname=self._cname)
        if goodbye:
            return rtcp.build(report, name, rtcp.Goodbye(sources=(outgoing.ssrc,)))
        return rtcp.build(report, name)

    def _block(self, heard: Incoming, now: float) -> rtcp.ReportBlock:
        return rtcp.ReportBlock(
            ssrc=heard.ssrc,
            fraction_lost=heard.fraction_lost(),
            lost=heard.lost,
            highest=heard.highest,
            jitter=int(heard.jitter * heard.rate),
            last_sr=self._sender_ntp,
            delay=int((now - self._sender_heard_at) * 65536) if self._sender_ntp else 0,
        )

    def take(
        self, packets: tuple[rtcp.Packet, ...], ssrc: int, heard: Incoming | None, now: float, wall: float
    ) -> None:
        """Keep what matters of a compound packet from the party; ``ssrc`` is ours."""
        for packet in packets:
            if isinstance(packet, rtcp.SenderReport) and heard is not None and packet.ssrc == heard.ssrc:
                self._sender_ntp = rtcp.middle(packet.ntp)
                self._sender_heard_at = now
            if isinstance(packet, rtcp.SenderReport | rtcp.ReceiverReport):
                for block in packet.blocks:
                    if block.ssrc == ssrc:
                        self._take_block(block, wall)

    def _take_block(self, block: rtcp.ReportBlock, wall: float) -> None:
        self.loss = block.fraction_lost / 256
        if block.last_sr:
            # RFC 3550 6.4.1; negative (the wall clock was set, or the party is wrong) says nothing.
            passed = rtcp.middle(rtcp.ntp_time(wall)) - block.last_sr - block.delay & 0xFFFF_FFFF
            self.round_trip = passed / 65536 if passed < 1 << 31 else None
