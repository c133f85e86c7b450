"""Which address is believed to be the party's."""

from __future__ import annotations

from pbxd.media.embedded.source import INSISTENCE, SILENCE, SourceLock
from pbxd.network import Address

ANNOUNCED, NAT, STRANGER = Address("10.0.0.5", 4000), Address("198.51.100.7", 61_000), Address("203.0.113.66", 9)


def locked_on(*addresses: Address) -> SourceLock:
    lock = SourceLock()
    lock.announce(ANNOUNCED)
    for address in addresses:
        assert lock.believes(address, same_ssrc=False, silence=0)
    return lock


def test_the_first_sender_is_believed() -> None:
    assert locked_on(NAT).address == NAT


def test_a_stranger_is_never_believed_while_the_party_speaks() -> None:
    lock = locked_on(NAT)
    assert not any(lock.believes(STRANGER, same_ssrc=True, silence=0.02) for _ in range(100))
    assert lock.address == NAT


def test_a_stranger_is_not_believed_in_silence_either() -> None:
    lock = locked_on(NAT)
    assert not any(lock.believes(STRANGER, same_ssrc=False, silence=60) for _ in range(100))


def test_the_announced_address_is_always_believed() -> None:
    lock = locked_on(STRANGER, ANNOUNCED)
    assert not lock.believes(STRANGER, same_ssrc=True, silence=0.02)


def test_a_party_that_moved_must_insist() -> None:
    lock = locked_on(NAT)
    moved = Address(NAT.host, 61_999)
    verdicts = [lock.believes(moved, same_ssrc=True, silence=SILENCE) for _ in range(INSISTENCE)]
    assert verdicts == [False] * (INSISTENCE - 1) + [True]
    assert lock.address == moved


def test_insistence_is_broken_by_another_sender() -> None:
    lock = locked_on(NAT)
    moved = Address(NAT.host, 61_999)
    for _ in range(INSISTENCE):
        assert not lock.believes(moved, same_ssrc=True, silence=SILENCE)
        assert not lock.believes(STRANGER, same_ssrc=True, silence=SILENCE)


def test_a_new_announcement_forgets_and_an_old_sender_gives_way() -> None:
    lock = locked_on(NAT)
    elsewhere = Address("198.51.100.200", 7000)
    lock.announce(Address("10.9.9.9", 5000))
    assert lock.address is None
    assert lock.believes(NAT, same_ssrc=True, silence=0.02), "a straggler"
    assert lock.believes(elsewhere, same_ssrc=False, silence=0.02)
    assert not lock.believes(NAT, same_ssrc=True, silence=0.02)


def test_the_same_announcement_again_forgets_nothing() -> None:
    lock = locked_on(NAT)
    lock.announce(ANNOUNCED)
    assert lock.address == NAT
