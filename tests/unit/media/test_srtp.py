"""SRTP on a port, with libsrtp's own sessions as the party at the far end."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import random

import pytest
from pylibsrtp import Policy, Session

from pbxd.media import rtcp
from pbxd.media.embedded import EmbeddedEngine
from pbxd.media.embedded.drops import Drop
from pbxd.media.engine import Format, MediaEvent, MediaFailed, RemoteEnd, Sdes, Suite, Unencrypted
from pbxd.network import Address
from tests.support.network import MemoryNetwork
from tests.unit.media.party import PCMU, Party, packet

PROFILES = {
    Suite.AES_CM_128_HMAC_SHA1_80: (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30),
    Suite.AES_CM_128_HMAC_SHA1_32: (Policy.SRTP_PROFILE_AES128_CM_SHA1_32, 30),
    Suite.AEAD_AES_128_GCM: (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28),
    Suite.AEAD_AES_256_GCM: (Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 44),
}
"""The binding's number, and octets of key and salt, of each suite."""
pytestmark = pytest.mark.covers("SEC-4")


def keys(seed: int = 1, suite: Suite = Suite.AES_CM_128_HMAC_SHA1_80) -> Sdes:
    rng, length = random.Random(seed), PROFILES[suite][1]
    return Sdes(suite=suite, sends_with=rng.randbytes(length), receives_with=rng.randbytes(length))


class SecureParty(Party):
    """A party whose sound and reports are encrypted."""

    def __init__(self, network: MemoryNetwork, host: str, keying: Sdes) -> None:
        super().__init__(network, host)
        self.rekeys(keying)

    def rekeys(self, keying: Sdes) -> None:
        """Use these keys from now on, for both directions."""
        self.keying = keying
        profile, _ = PROFILES[keying.suite]
        self.sealing = Session(Policy(keying.sends_with, Policy.SSRC_ANY_OUTBOUND, 0, profile))
        self.opening = Session(Policy(keying.receives_with, Policy.SSRC_ANY_INBOUND, 0, profile))

    def agrees(self, engine: object, *formats: Format, **differing: object) -> None:
        super().agrees(engine, *formats, **{"keying": self.keying} | differing)  # type: ignore[arg-type]

    def seals(self, data: bytes) -> bytes:
        """The packet as this party sends it."""
        sealed: bytes = self.sealing.protect(data)
        return sealed

    def sends(self, data: bytes) -> None:
        super().sends(self.seals(data))

    def sends_rtcp(self, data: bytes) -> None:
        super().sends_rtcp(self.sealing.protect_rtcp(data))

    def sends_unchanged(self, data: bytes) -> None:
        super().sends(data)

    def _received(self, data: bytes, source: Address) -> None:
        if 192 <= data[1] <= 223:
            self._reported(data, source)
        else:
            super()._received(self.opening.unprotect(data), source)

    def _reported(self, data: bytes, source: Address) -> None:
        super()._reported(self.opening.unprotect_rtcp(data), source)


async def arrived() -> None:
    """Time for everything that was sent."""
    await asyncio.sleep(0.02)


async def joined(engine: EmbeddedEngine, *parties: Party) -> None:
    for party in parties:
        await party.joins(engine)
    for one, other in itertools.permutations(parties, 2):
        engine.hear(one.end.port, other.end.port)


@pytest.fixture
def anna(network: MemoryNetwork) -> SecureParty:
    return SecureParty(network, "198.51.100.1", keys())


@pytest.fixture
def bo(network: MemoryNetwork) -> Party:
    return Party(network, "198.51.100.2")


@pytest.mark.parametrize("suite", Suite)
async def test_one_side_is_encrypted_and_the_other_is_not(
    engine: EmbeddedEngine, network: MemoryNetwork, bo: Party, suite: Suite
) -> None:
    anna = SecureParty(network, "198.51.100.1", keys(suite=suite))
    await joined(engine, anna, bo)
    for sequence in range(5):
        anna.sends(packet(sequence, b"from anna %d" % sequence))
        bo.sends(packet(sequence, b"from bo %d" % sequence))
        await arrived()
    assert [one.payload for one in bo.packets] == [b"from anna %d" % n for n in range(5)]
    assert [one.payload for one in anna.packets] == [b"from bo %d" % n for n in range(5)]


async def test_both_sides_are_encrypted_with_keys_of_their_own(
    engine: EmbeddedEngine, network: MemoryNetwork, anna: SecureParty
) -> None:
    bo = SecureParty(network, "198.51.100.2", keys(2, Suite.AES_CM_128_HMAC_SHA1_32))
    await joined(engine, anna, bo)
    anna.sends(packet(1, b"hello"))
    await arrived()
    assert [one.payload for one in bo.packets] == [b"hello"]


async def test_a_packet_from_libsrtps_own_test_driver(engine: EmbeddedEngine, anna: SecureParty, bo: Party) -> None:
    known = bytes.fromhex("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6")
    anna.keying = dataclasses.replace(anna.keying, sends_with=known)
    await joined(engine, anna, bo)
    strange = Format(payload_type=15, encoding="PCMU", clock_rate=8000)
    anna.agrees(engine, strange)
    anna.sends_unchanged(bytes.fromhex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb"))
    await arrived()
    assert [one.payload for one in bo.packets] == [b"\xab" * 16]


async def test_what_was_not_encrypted_with_the_partys_key_is_dropped_and_counted(
    engine: EmbeddedEngine, anna: SecureParty, bo: Party
) -> None:
    await joined(engine, anna, bo)
    stranger = Session(Policy(bytes(30), Policy.SSRC_ANY_OUTBOUND))
    sealed = anna.seals(packet(2))
    hostile = [
        packet(1, b"in the clear"),
        stranger.protect(packet(1)),
        sealed[:-1],
        bytes([*sealed[:20], sealed[20] ^ 1, *sealed[21:]]),
        sealed[:12],
        b"\x90\x00" + sealed[2:],
        b"\x80\x00" + bytes(2000),
    ]
    for data in hostile:
        anna.sends_unchanged(data)
    await arrived()
    assert bo.packets == []
    assert engine.drops == {Drop.UNAUTHENTIC: len(hostile)}
    figures = await engine.figures(anna.end.port)
    assert figures is not None
    assert (figures.packets_received, figures.packets_dropped, figures.remote) == (0, len(hostile), None)
    anna.sends_unchanged(sealed)
    await arrived()
    assert len(bo.packets) == 1


async def test_a_packet_that_comes_again_is_heard_once(engine: EmbeddedEngine, anna: SecureParty, bo: Party) -> None:
    await joined(engine, anna, bo)
    sealed = anna.seals(packet(1))
    for _ in range(3):
        anna.sends_unchanged(sealed)
    await arrived()
    assert len(bo.packets) == 1
    assert engine.drops == {Drop.DUPLICATE: 2}


async def test_sequence_numbers_roll_over_in_both_directions(
    engine: EmbeddedEngine, anna: SecureParty, bo: Party
) -> None:
    """What bo sends rolls over in the stream that anna gets, whose numbers begin elsewhere, some time later."""
    await joined(engine, anna, bo)
    for sequence in range(65_000, 65_000 + 70_000, 500):
        anna.sends(packet(sequence, b"%d" % sequence))
        bo.sends(packet(sequence, b"%d" % sequence))
        await arrived()
    expected = [b"%d" % sequence for sequence in range(65_000, 65_000 + 70_000, 500)]
    assert [one.payload for one in bo.packets] == expected
    assert [one.payload for one in anna.packets] == expected
    assert max(one.sequence for one in anna.packets) > anna.packets[-1].sequence, "it did roll over"


async def test_another_ssrc_needs_no_new_key(engine: EmbeddedEngine, anna: SecureParty, bo: Party) -> None:
    await joined(engine, anna, bo)
    for ssrc in (1, 2, 3):
        anna.sends(packet(100, b"%d" % ssrc, ssrc=ssrc))
        await arrived()
    assert [one.payload for one in bo.packets] == [b"1", b"2", b"3"]


async def test_negotiating_the_same_keys_again_changes_nothing(
    engine: EmbeddedEngine, anna: SecureParty, bo: Party
) -> None:
    await joined(engine, anna, bo)
    sealed = anna.seals(packet(1))
    anna.sends_unchanged(sealed)
    bo.sends(packet(1))
    await arrived()
    anna.agrees(engine, hears=False)  # hold
    anna.agrees(engine)
    anna.sends_unchanged(sealed)
    anna.sends(packet(2))
    bo.sends(packet(2))
    await arrived()
    assert engine.drops == {Drop.DUPLICATE: 1}, "the replay list is the one of before"
    assert [one.sequence for one in anna.packets] == [anna.packets[0].sequence, anna.packets[0].sequence + 1]
    assert len(bo.packets) == 2


async def test_new_keys_take_over_and_what_was_under_way_is_still_heard(
    engine: EmbeddedEngine, anna: SecureParty, bo: Party
) -> None:
    await joined(engine, anna, bo)
    anna.sends(packet(1, b"old"))
    await arrived()
    under_way, too_late = anna.seals(packet(2, b"under way")), anna.seals(packet(3, b"too late"))
    anna.rekeys(keys(9))
    anna.agrees(engine)
    anna.sends_unchanged(under_way)
    anna.sends(packet(4, b"new"))
    anna.sends_unchanged(too_late)
    bo.sends(packet(1, b"answer"))
    await arrived()
    assert [one.payload for one in bo.packets] == [b"old", b"under way", b"new"]
    assert [one.payload for one in anna.packets] == [b"answer"]
    assert engine.drops == {Drop.UNAUTHENTIC: 1}


async def test_encryption_ends_and_begins_with_what_is_negotiated(
    engine: EmbeddedEngine, anna: SecureParty, bo: Party
) -> None:
    await joined(engine, anna, bo)
    bo.agrees(engine, keying=Unencrypted())
    anna.agrees(engine, keying=Unencrypted())
    anna.sends_unchanged(packet(1, b"clear"))
    await arrived()
    anna.agrees(engine)
    anna.sends_unchanged(packet(2, b"clear"))
    anna.sends(packet(3, b"secret"))
    await arrived()
    assert [one.payload for one in bo.packets] == [b"clear", b"secret"]


@pytest.mark.parametrize("mux", [False, True])
async def test_reports_are_encrypted_too(engine: EmbeddedEngine, anna: SecureParty, bo: Party, mux: bool) -> None:
    await joined(engine, anna, bo)
    anna.agrees(engine, rtcp_mux=mux)
    anna.sends(packet(1))
    bo.sends(packet(1))
    await arrived()
    await asyncio.sleep(10)
    assert any(isinstance(one, rtcp.SenderReport) for report in anna.reports for one in report)
    ssrc = anna.packets[0].ssrc
    block = rtcp.ReportBlock(ssrc=ssrc, fraction_lost=64, lost=1, highest=2, jitter=0, last_sr=0, delay=0)
    report = rtcp.build(rtcp.ReceiverReport(ssrc=77, blocks=(block,)), rtcp.SourceDescription(ssrc=77, cname="a"))
    if mux:
        anna.sends_unchanged(report)
        anna.sends_unchanged(anna.sealing.protect_rtcp(report))
    else:
        Party.sends_rtcp(anna, report)
        anna.sends_rtcp(report)
    await arrived()
    figures = await engine.figures(anna.end.port)
    assert figures is not None
    assert figures.loss_reported == 0.25
    assert engine.drops == {Drop.UNAUTHENTIC: 1}
    engine.close(anna.end.port)
    await arrived()
    assert any(isinstance(one, rtcp.Goodbye) for one in anna.reports[-1])


async def test_a_key_that_is_too_short_is_a_failure_and_changes_nothing(
    engine: EmbeddedEngine, anna: SecureParty, bo: Party
) -> None:
    events: list[MediaEvent] = []
    engine.subscribe(events.append)
    await joined(engine, anna, bo)
    anna.agrees(engine, keying=dataclasses.replace(anna.keying, sends_with=b"short"))
    assert [type(event) for event in events] == [MediaFailed]
    anna.sends(packet(1))
    await arrived()
    assert len(bo.packets) == 1


async def test_keys_are_in_no_text(anna: SecureParty) -> None:
    remote = RemoteEnd(
        rtp=None, rtcp=None, rtcp_mux=False, sends_as=(PCMU,), receives_as=(PCMU,), hears=True, speaks=True,
        keying=anna.keying,
    )  # fmt: skip
    assert repr(anna.keying.sends_with) not in repr(remote)
    assert "bytes" not in repr(remote)
