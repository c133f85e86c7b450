"""Encryption on either side or both changes nothing of what is heard, and hostile datagrams change nothing at all."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from pbxd.media import rtp
from pbxd.media.engine import Keying, RemoteEnd, Sdes, Suite, Unencrypted
from tests.properties.test_relay_properties import HEARER, PCMU, Room, played

PROFILES = {
    Suite.AES_CM_128_HMAC_SHA1_80: (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30),
    Suite.AES_CM_128_HMAC_SHA1_32: (Policy.SRTP_PROFILE_AES128_CM_SHA1_32, 30),
    Suite.AEAD_AES_128_GCM: (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28),
    Suite.AEAD_AES_256_GCM: (Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 44),
}
suites = st.none() | st.sampled_from(Suite)


class Side:
    """One party's end of SRTP, or of none."""

    def __init__(self, suite: Suite | None, rng: random.Random) -> None:
        self.keying: Keying = Unencrypted()
        self.sealing = self.opening = None
        if suite is not None:
            profile, length = PROFILES[suite]
            keys = Sdes(suite=suite, sends_with=rng.randbytes(length), receives_with=rng.randbytes(length))
            self.keying = keys
            self.sealing = Session(Policy(keys.sends_with, Policy.SSRC_ANY_OUTBOUND, 0, profile))
            self.opening = Session(Policy(keys.receives_with, Policy.SSRC_ANY_INBOUND, 0, profile))

    def seals(self, packet: bytes) -> bytes:
        return packet if self.sealing is None else self.sealing.protect(packet)

    def opens(self, data: bytes) -> bytes:
        return data if self.opening is None else self.opening.unprotect(data)


def keyed(speaker: Suite | None, hearer: Suite | None, seed: int) -> tuple[Room, Side, Side]:
    """A speaker and a hearer who have agreed on PCMU, each with the encryption given."""
    room, rng = played([], (PCMU,), seed), random.Random(seed)
    sides = Side(speaker, rng), Side(hearer, rng)
    ends = (room.ends[0], room.speakers[0].address), (room.hearer, HEARER)
    for (end, address), side in zip(ends, sides, strict=True):
        remote = RemoteEnd(
            rtp=address, rtcp=None, rtcp_mux=False, sends_as=(PCMU,), receives_as=(PCMU,), hears=True, speaks=True,
            keying=side.keying,
        )  # fmt: skip
        room.engine.configure(end.port, remote)
    room.wire.sent.clear()
    return room, *sides


@settings(max_examples=80, deadline=None)
@given(suites, suites, st.lists(st.binary(max_size=400), max_size=10), st.integers(0, 0xFFFF), st.integers(0, 2**32))
def test_payloads_pass_whatever_is_encrypted(
    speaker: Suite | None, hearer: Suite | None, payloads: list[bytes], start: int, seed: int
) -> None:
    room, near, far = keyed(speaker, hearer, seed)
    for sequence, payload in enumerate(payloads, start):
        packet = rtp.HEADER.pack(rtp.PLAIN, 0, sequence & 0xFFFF, 160 * sequence, 77) + payload
        room.wire.sockets[room.ends[0].rtp](near.seals(packet), room.speakers[0].address)
    heard = [far.opens(data) for data, to in room.wire.sent if to == HEARER]
    assert [data[12:] for data in heard] == payloads


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(Suite),
    st.lists(st.binary(max_size=80), max_size=10),
    st.sampled_from([b"", b"\x80", b"\x80\x00", b"\x9f\x00", b"\xb0\x65", b"\x81\xc8", b"\x80\xc9"]),
    st.integers(0, 2**32),
)
def test_hostile_datagrams_are_dropped_and_counted(
    suite: Suite, datagrams: list[bytes], start: bytes, seed: int
) -> None:
    room, near, _ = keyed(suite, None, seed)
    speaker = room.speakers[0].address
    for datagram in datagrams:
        room.wire.sockets[room.ends[0].rtp](start + datagram, speaker)
        room.wire.sockets[room.ends[0].rtcp](start + datagram, speaker)
    assert room.wire.sent == []
    assert room.engine.drops.total() == 2 * len(datagrams)
    packet = rtp.HEADER.pack(rtp.PLAIN, 0, 1, 160, 77) + b"sound"
    room.wire.sockets[room.ends[0].rtp](near.seals(packet), speaker)
    assert [data[12:] for data, _ in room.wire.sent] == [b"sound"]
