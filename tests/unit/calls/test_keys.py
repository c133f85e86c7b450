"""Our SRTP keys: fresh for each leg, kept while they are good, and never used for two contexts."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from pbxd.calls.keys import OwnKeys
from pbxd.media import engine
from pbxd.sip.sdp_crypto import Clear, Crypto, Keys, Suite

pytestmark = pytest.mark.covers("SEC-4")

S80, S32, GCM = Suite.AES_CM_128_HMAC_SHA1_80, Suite.AES_CM_128_HMAC_SHA1_32, Suite.AEAD_AES_256_GCM


def counting() -> Callable[[int], bytes]:
    serial = itertools.count(1)
    return lambda length: next(serial).to_bytes(length, "big")


def ours(own: OwnKeys, suite: Suite) -> Crypto:
    return next(crypto for crypto in own.security.keys if crypto.suite is suite)


def agreed(own: OwnKeys, suite: Suite, theirs: bytes = b"a") -> Keys:
    """What an exchange comes to that took this suite, the party with this key."""
    return Keys(received=Crypto(tag=9, suite=suite, key=theirs), sent=ours(own, suite))


def test_engine_and_sdp_know_the_same_suites() -> None:
    assert [suite.value for suite in Suite] == [suite.value for suite in engine.Suite]


def test_off_has_no_keys_and_require_takes_nothing_else() -> None:
    off, offer, require = OwnKeys("off").security, OwnKeys("offer").security, OwnKeys("require").security
    assert (off.keys, off.plain) == ((), True)
    assert (len(offer.keys), offer.plain) == (len(Suite), True)
    assert (len(require.keys), require.plain) == (len(Suite), False)
    assert [len(crypto.key) for crypto in offer.keys] == [crypto.suite.key_length for crypto in offer.keys]


def test_no_two_keys_are_the_same() -> None:
    keys = [crypto.key for _ in range(50) for crypto in OwnKeys("offer").security.keys]
    assert len(set(keys)) == len(keys)


def test_what_is_in_use_is_offered_first_with_the_same_key() -> None:
    own = OwnKeys("offer", counting())
    before = [crypto.line.split(" ", 1)[1] for crypto in own.security.keys]
    own.settled(Clear(), agreed(own, GCM))
    lines = own.security.lines()
    assert [line.split()[0] for line in lines] == ["a=crypto:1", "a=crypto:2", "a=crypto:3"]
    assert [line.split(" ", 1)[1] for line in lines] == [before[3], before[0], before[1]]


def test_the_same_terms_again_change_nothing() -> None:
    own = OwnKeys("offer", counting())
    terms = agreed(own, S80)
    own.settled(Clear(), terms)
    security = own.security
    assert not own.renewed(terms, agreed(own, S80))
    own.settled(terms, agreed(own, S80))
    assert own.security == security


def test_a_party_with_a_new_key_gets_a_new_one() -> None:
    own = OwnKeys("offer", counting())
    terms = agreed(own, S80)
    own.settled(Clear(), terms)
    assert own.renewed(terms, agreed(own, S80, theirs=b"b"))
    after = agreed(own, S80, theirs=b"b")
    assert after.sent.key != terms.sent.key
    own.settled(terms, after)
    assert ours(own, S80).key == after.sent.key
    assert ours(own, S32).key == agreed(own, S32).sent.key


def test_a_key_that_was_used_does_not_come_back() -> None:
    own = OwnKeys("offer", counting())
    first = agreed(own, S80)
    own.settled(Clear(), first)
    own.settled(first, Clear())
    assert ours(own, S80).key != first.sent.key
    second = agreed(own, S80)
    own.settled(Clear(), second)
    own.settled(second, agreed(own, S32))
    assert ours(own, S80).key not in (first.sent.key, second.sent.key)
