"""A party that can really speak and listen: tones in and out, in any format that we know."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable

from pbxd.media.engine import Format
from pbxd.media.sound import codecs
from pbxd.media.sound.pcm import FRAME
from tests.unit.media.party import PCMA, Packet, Party, packet

G722 = Format(payload_type=9, encoding="G722", clock_rate=8000)


def sound(packets: Iterable[Packet], format_: Format) -> bytes:
    """What packets sound like, one after the other."""
    decoder = codecs.decoder(format_)
    return b"".join(decoder.decode(each.payload) for each in packets)


def gapless(packets: list[Packet], units: int = 160) -> bool:
    """Whether every packet follows the one before by sequence number and time stamp."""
    return all(
        (after.sequence - before.sequence & 0xFFFF, after.timestamp - before.timestamp & 0xFFFF_FFFF) == (1, units)
        for before, after in itertools.pairwise(packets)
    )


async def speaks(
    party: Party, samples: bytes, format_: Format = PCMA, *, first: int = 0, lost: frozenset[int] = frozenset()
) -> None:
    """Say something at its pace; ``lost`` packets are left out."""
    encoder = codecs.encoder(format_)
    for number, start in enumerate(range(0, len(samples), FRAME), start=first):
        payload = encoder.encode(samples[start : start + FRAME].ljust(FRAME, b"\0"))
        if number - first not in lost:
            units = codecs.frame_units(format_)
            party.sends(packet(number, payload, payload_type=format_.payload_type, timestamp=number * units))
        await asyncio.sleep(0.02)
