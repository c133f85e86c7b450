"""RTCP compound packets (RFC 3550 6): built for our ports, parsed from the parties."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from pbxd.errors import MalformedMessage

SENDER_REPORT, RECEIVER_REPORT, SOURCE_DESCRIPTION, GOODBYE = 200, 201, 202, 203
_CNAME = 1
_HEADER = struct.Struct("!BBH")
_SENDER = struct.Struct("!IIIIII")
_BLOCK = struct.Struct("!IIIIII")
_NTP_EPOCH = 2_208_988_800
"""Seconds from 1900-01-01, where NTP counts from, to 1970-01-01."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBlock:
    """Reception of one source, as its hearer reports it (RFC 3550 6.4.1)."""

    ssrc: int
    fraction_lost: int
    """In 1/256, since the report before."""
    lost: int
    """Cumulative; negative when duplicates outnumber losses."""
    highest: int
    """Extended highest sequence number."""
    jitter: int
    """Timestamp units."""
    last_sr: int
    """Middle 32 bits of the NTP time in the latest sender report, 0 if there was none."""
    delay: int
    """Since that sender report, in 1/65536 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderReport:
    """What a source says of its own sending (RFC 3550 6.4.1)."""

    ssrc: int
    ntp: int
    """64-bit NTP timestamp."""
    timestamp: int
    packets: int
    octets: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverReport:
    """The same from who has sent nothing of late (RFC 3550 6.4.2)."""

    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDescription:
    """The canonical name of a source (RFC 3550 6.5.1)."""

    ssrc: int
    cname: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodbye:
    """Sources that leave (RFC 3550 6.6)."""

    sources: tuple[int, ...]


Packet = SenderReport | ReceiverReport | SourceDescription | Goodbye


def ntp_time(wall: float) -> int:
    """64-bit NTP timestamp of a time in seconds since 1970."""
    return int((wall + _NTP_EPOCH) * 2**32) & 0xFFFF_FFFF_FFFF_FFFF


def middle(ntp: int) -> int:
    """The 32 bits by which a report block refers to a sender report."""
    return ntp >> 16 & 0xFFFF_FFFF


def build(*packets: Packet) -> bytes:
    """The compound packet; the caller puts a report first and a CNAME in it (RFC 3550 6.1)."""
    return b"".join(map(_build, packets))


def _build(packet: Packet) -> bytes:
    match packet:
        case SenderReport():
            sender = _SENDER.pack(
                packet.ssrc,
                packet.ntp >> 32,
                packet.ntp & 0xFFFF_FFFF,
                packet.timestamp,
                packet.packets & 0xFFFF_FFFF,
                packet.octets & 0xFFFF_FFFF,
            )
            return _framed(SENDER_REPORT, len(packet.blocks), sender + b"".join(map(_build_block, packet.blocks)))
        case ReceiverReport():
            sender = packet.ssrc.to_bytes(4, "big")
            return _framed(RECEIVER_REPORT, len(packet.blocks), sender + b"".join(map(_build_block, packet.blocks)))
        case SourceDescription():
            name = packet.cname.encode()[:255]
            chunk = packet.ssrc.to_bytes(4, "big") + bytes((_CNAME, len(name))) + name
            # The item list ends with one to four null bytes, up to the next 32-bit boundary (6.5).
            return _framed(SOURCE_DESCRIPTION, 1, chunk + bytes(4 - len(chunk) % 4))
        case Goodbye():
            sources = b"".join(source.to_bytes(4, "big") for source in packet.sources)
            return _framed(GOODBYE, len(packet.sources), sources)


def _framed(packet_type: int, count: int, content: bytes) -> bytes:
    return _HEADER.pack(0x80 | count, packet_type, len(content) // 4) + content


def _build_block(block: ReportBlock) -> bytes:
    lost = max(-0x80_0000, min(block.lost, 0x7F_FFFF)) & 0xFF_FFFF
    return _BLOCK.pack(
        block.ssrc,
        block.fraction_lost << 24 | lost,
        block.highest & 0xFFFF_FFFF,
        min(block.jitter, 0xFFFF_FFFF),
        block.last_sr,
        block.delay & 0xFFFF_FFFF,
    )


def parse(data: bytes) -> tuple[Packet, ...]:
    """The packets that we know in a compound packet, in order; other types are skipped.

    A lone packet of any type is taken too (RFC 5506). Raises :class:`MalformedMessage`, and nothing else, for what
    fails the checks of RFC 3550 A.2.
    """
    return tuple(_parse(data))


def _parse(data: bytes) -> Iterator[Packet]:
    at = 0
    while at < len(data):
        if at + 4 > len(data):
            raise MalformedMessage("RTCP header cut short")
        first, packet_type, words = _HEADER.unpack_from(data, at)
        end = at + 4 * (words + 1)
        if first >> 6 != 2:
            raise MalformedMessage("RTCP version is not 2")
        if end > len(data):
            raise MalformedMessage("RTCP packet longer than its datagram")
        content = data[at + 4 : end]
        if first & 0x20:
            if end != len(data) or not content or not 1 <= content[-1] <= len(content):
                raise MalformedMessage("RTCP padding is wrong")
            content = content[: -content[-1]]
        packet = _parse_one(packet_type, first & 0x1F, content)
        if packet is not None:
            yield packet
        at = end


def _parse_one(packet_type: int, count: int, content: bytes) -> Packet | None:
    match packet_type:
        case 200:
            _require(content, _SENDER.size + count * _BLOCK.size)
            ssrc, high, low, timestamp, packets, octets = _SENDER.unpack_from(content)
            return SenderReport(
                ssrc=ssrc,
                ntp=high << 32 | low,
                timestamp=timestamp,
                packets=packets,
                octets=octets,
                blocks=_parse_blocks(content, _SENDER.size, count),
            )
        case 201:
            _require(content, 4 + count * _BLOCK.size)
            return ReceiverReport(ssrc=_word(content, 0), blocks=_parse_blocks(content, 4, count))
        case 202:
            return _parse_description(content) if count else None
        case 203:
            _require(content, 4 * count)
            return Goodbye(sources=tuple(_word(content, 4 * index) for index in range(count)))
    return None


def _parse_blocks(content: bytes, start: int, count: int) -> tuple[ReportBlock, ...]:
    blocks = []
    for index in range(count):
        ssrc, losses, highest, jitter, last_sr, delay = _BLOCK.unpack_from(content, start + index * _BLOCK.size)
        lost = losses & 0xFF_FFFF
        blocks.append(
            ReportBlock(
                ssrc=ssrc,
                fraction_lost=losses >> 24,
                lost=lost - 0x100_0000 if lost & 0x80_0000 else lost,
                highest=highest,
                jitter=jitter,
                last_sr=last_sr,
                delay=delay,
            )
        )
    return tuple(blocks)


def _parse_description(content: bytes) -> SourceDescription | None:
    """The CNAME of the first chunk: an end system sends one chunk (6.5)."""
    _require(content, 4)
    at = 4
    while at < len(content) and content[at]:
        _require(content, at + 2)
        end = at + 2 + content[at + 1]
        _require(content, end)
        if content[at] == _CNAME:
            return SourceDescription(ssrc=_word(content, 0), cname=content[at + 2 : end].decode(errors="replace"))
        at = end
    return None


def _word(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 4], "big")


def _require(content: bytes, length: int) -> None:
    if len(content) < length:
        raise MalformedMessage("RTCP packet shorter than its counts say")
