"""a=crypto by RFC 4568, and what offers and answers settle with it."""

from __future__ import annotations

import base64

import pytest

from pbxd.errors import Refused
from pbxd.network import Address
from pbxd.sip.offer_answer import LocalMedia, accept_answer, make_answer, make_offer, reoffer, usable_streams
from pbxd.sip.sdp import Codec, Origin, SessionDescription
from pbxd.sip.sdp_crypto import PLAIN_ONLY, Clear, Crypto, Keys, Security, Suite, Terms

pytestmark = pytest.mark.covers("SEC-4")

S80, S32 = Suite.AES_CM_128_HMAC_SHA1_80, Suite.AES_CM_128_HMAC_SHA1_32
GCM = Suite.AEAD_AES_256_GCM
KEY = bytes(range(30))
TEXT = base64.b64encode(KEY).decode()
OURS = (
    Crypto(tag=1, suite=S80, key=b"\x01" * 30),
    Crypto(tag=2, suite=S32, key=b"\x02" * 30),
    Crypto(tag=3, suite=GCM, key=b"\x03" * 44),
)
OFFER = Security(keys=OURS)
REQUIRE = Security(keys=OURS, plain=False)
ORIGIN = Origin(session_id=7, version=1, address="192.0.2.1")
PCMA = (Codec(payload_type=8, encoding="PCMA", clock_rate=8000),)
PLAIN, SECURE = "m=audio 6000 RTP/AVP 8", "m=audio 6000 RTP/SAVP 8"
THEIRS = f"a=crypto:1 {S80.value} inline:{TEXT}"


def local(security: Security) -> LocalMedia:
    return LocalMedia(rtp=Address("192.0.2.1", 4000), rtcp=Address("192.0.2.1", 4001), security=security)


def remote(*lines: str) -> SessionDescription:
    head = ("v=0", "o=phone 5 9 IN IP4 198.51.100.7", "s=-", "c=IN IP4 198.51.100.7", "t=0 0")
    return SessionDescription.parse("\r\n".join((*head, *lines)))


def written(description: SessionDescription | None) -> list[str]:
    assert description is not None
    return description.to_bytes().decode().splitlines()


def keyed(terms: Terms) -> Keys:
    assert isinstance(terms, Keys)
    return terms


# The attribute -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suite", Suite)
def test_a_line_of_ours_is_read_as_it_was_meant(suite: Suite) -> None:
    crypto = Crypto(tag=4, suite=suite, key=bytes(range(suite.key_length)))
    assert Crypto.parse(crypto.line.removeprefix("a=crypto:")) == crypto


def test_the_example_of_the_rfc() -> None:
    """RFC 4568 section 10.1 in form: a tag, a suite, 30 octets in base64 and a lifetime."""
    parsed = Crypto.parse(f"1 AES_CM_128_HMAC_SHA1_80 inline:{TEXT}|2^31")
    assert parsed == Crypto(tag=1, suite=S80, key=KEY)


@pytest.mark.parametrize(
    "rest",
    [
        f"inline:{TEXT}|2^48",
        f"inline:{TEXT}|2^24",
        f"inline:{TEXT}|4294967296",
        f"inline:{TEXT} WSH=64",
        f"inline:{TEXT} -X-COLOUR=blue WSH=1024",
    ],
)
def test_what_asks_nothing_of_us_is_taken(rest: str) -> None:
    assert Crypto.parse(f"1 {S80.value} {rest}") == Crypto(tag=1, suite=S80, key=KEY)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "1",
        f"1 {S80.value}",
        f"1 {S80.value} inline:",
        f"1 {S80.value} {TEXT}",
        f"1 {S80.value} uri:{TEXT}",
        f"1 {S80.value} inline:{TEXT[:-4]}",
        f"1 {S80.value} inline:{TEXT}AAAA",
        f"1 {S80.value} inline:{TEXT[:-1]}",
        f"1 {S80.value} inline:{'A' * 5000}",
        f"x {S80.value} inline:{TEXT}",
        f"1234567890 {S80.value} inline:{TEXT}",
        f"1 F8_128_HMAC_SHA1_80 inline:{TEXT}",
        f"1 aes_cm_128_hmac_sha1_80 inline:{TEXT}",
        f"1 AEAD_AES_256_GCM inline:{TEXT}",
        f"1 {S80.value} inline:{TEXT}|2^31|1:4",
        f"1 {S80.value} inline:{TEXT}|1:4",
        f"1 {S80.value} inline:{TEXT}|2^31|1:4;inline:{TEXT}|2^31|2:4",
        f"1 {S80.value} inline:{TEXT}|2^20",
        f"1 {S80.value} inline:{TEXT}|1000",
        f"1 {S80.value} inline:{TEXT} UNENCRYPTED_SRTP",
        f"1 {S80.value} inline:{TEXT} UNAUTHENTICATED_SRTP",
        f"1 {S80.value} inline:{TEXT} KDR=1",
        f"1 {S80.value} inline:{TEXT} FEC_ORDER=FEC_SRTP",
        f"1 {S80.value} inline:{TEXT} X-UNKNOWN",
    ],
)
def test_what_we_can_t_do_counts_as_absent(value: str) -> None:
    assert Crypto.parse(value) is None


def test_keys_are_in_no_text() -> None:
    for value in (OURS[0], OFFER, local(OFFER), Keys(received=OURS[0], sent=OURS[1])):
        assert repr(OURS[0].key) not in repr(value)


# Offers that come --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("security", "lines", "outcome"),
    [
        (PLAIN_ONLY, (PLAIN,), "plain"),
        (PLAIN_ONLY, (PLAIN, THEIRS), "plain"),
        (PLAIN_ONLY, (SECURE, THEIRS), "refused"),
        (OFFER, (PLAIN,), "plain"),
        (OFFER, (PLAIN, THEIRS), "keys"),
        (OFFER, (SECURE, THEIRS), "keys"),
        (OFFER, (SECURE,), "refused"),
        (OFFER, (SECURE, "a=crypto:1 UNKNOWN inline:x"), "refused"),
        (OFFER, (PLAIN, "a=crypto:1 UNKNOWN inline:x"), "plain"),
        (OFFER, ("m=audio 6000 RTP/SAVPF 8", THEIRS), "keys"),
        (OFFER, ("m=audio 6000 UDP/TLS/RTP/SAVPF 8", THEIRS), "refused"),
        (REQUIRE, (PLAIN,), "refused"),
        (REQUIRE, (PLAIN, THEIRS), "keys"),
        (REQUIRE, (SECURE, THEIRS), "keys"),
        (REQUIRE, (SECURE,), "refused"),
    ],
)
def test_an_offer_meets_what_we_are_willing_to_do(security: Security, lines: tuple[str, ...], outcome: str) -> None:
    offer = remote(*lines)
    if outcome == "refused":
        assert usable_streams(offer, security) == []
        with pytest.raises(Refused) as refused:
            make_answer(offer, local(security), PCMA, origin=ORIGIN)
        assert refused.value.status == 488
        return
    agreed = make_answer(offer, local(security), PCMA, origin=ORIGIN)
    assert agreed.description is not None
    assert agreed.description.media[0].protocol == offer.media[0].protocol
    cryptos = [line for line in written(agreed.description) if line.startswith("a=crypto")]
    if outcome == "plain":
        assert (agreed.terms, cryptos) == (Clear(), [])
    else:
        assert keyed(agreed.terms).received == Crypto(tag=1, suite=S80, key=KEY)
        assert cryptos == [OURS[0].line]


def test_the_offerers_first_suite_that_we_have_is_taken_under_its_tag() -> None:
    lines = (
        "a=crypto:5 AES_CM_256_HMAC_SHA1_80 inline:" + "A" * 64,
        f"a=crypto:6 {S32.value} inline:{TEXT}|2^31|1:1",
        f"a=crypto:7 {S32.value} inline:{TEXT}|2^31",
        f"a=crypto:8 {S80.value} inline:{TEXT}",
    )
    agreed = make_answer(remote(SECURE, *lines), local(OFFER), PCMA, origin=ORIGIN)
    terms = keyed(agreed.terms)
    assert (terms.received.tag, terms.sent.tag, terms.sent.suite, terms.sent.key) == (7, 7, S32, OURS[1].key)
    assert terms.sent.line in written(agreed.description)


def test_of_two_streams_the_encrypted_one_is_answered() -> None:
    offer = remote(PLAIN, "m=audio 6002 RTP/SAVP 8", THEIRS)
    agreed = make_answer(offer, local(OFFER), PCMA, origin=ORIGIN)
    assert agreed.index == 1
    assert agreed.remote == Address("198.51.100.7", 6002)
    assert make_answer(offer, local(PLAIN_ONLY), PCMA, origin=ORIGIN).index == 0


# Offers of ours ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("security", "protocol", "count"), [(PLAIN_ONLY, "RTP/AVP", 0), (OFFER, "RTP/AVP", 2), (REQUIRE, "RTP/SAVP", 2)]
)
def test_what_we_offer(security: Security, protocol: str, count: int) -> None:
    offer = make_offer(local(security), PCMA, origin=ORIGIN)
    assert offer.media[0].protocol == protocol
    cryptos = [line for line in written(offer) if line.startswith("a=crypto")]
    assert cryptos == [crypto.line for crypto in OURS[:count]]


@pytest.mark.parametrize(
    ("security", "lines", "outcome"),
    [
        (PLAIN_ONLY, (PLAIN,), "plain"),
        (PLAIN_ONLY, (PLAIN, THEIRS), "plain"),
        (PLAIN_ONLY, (SECURE, THEIRS), "refused"),
        (OFFER, (PLAIN,), "plain"),
        (OFFER, (PLAIN, THEIRS), "keys"),
        (OFFER, (SECURE, THEIRS), "keys"),
        (OFFER, (SECURE,), "refused"),
        (OFFER, (PLAIN, f"a=crypto:2 {S80.value} inline:{TEXT}"), "refused"),
        (OFFER, (PLAIN, f"a=crypto:9 {S80.value} inline:{TEXT}"), "refused"),
        (OFFER, (PLAIN, f"a=crypto:1 {S80.value} inline:{TEXT}|1:4"), "refused"),
        (REQUIRE, (SECURE, THEIRS), "keys"),
        (REQUIRE, (SECURE,), "refused"),
        (REQUIRE, (PLAIN,), "refused"),
        (REQUIRE, (PLAIN, THEIRS), "keys"),
    ],
)
def test_an_answer_settles_it(security: Security, lines: tuple[str, ...], outcome: str) -> None:
    offer = make_offer(local(security), PCMA, origin=ORIGIN)
    if outcome == "refused":
        with pytest.raises(Refused) as refused:
            accept_answer(offer, remote(*lines), plain=security.plain)
        assert refused.value.status == 488
        return
    terms = accept_answer(offer, remote(*lines), plain=security.plain).terms
    if outcome == "plain":
        assert terms == Clear()
    else:
        assert (keyed(terms).received.key, keyed(terms).sent) == (KEY, OURS[0])


def test_plain_sound_is_refused_where_it_will_not_do_whatever_our_offer_was_called() -> None:
    """A phone offered RTP/AVP with keys; our next offer keeps its protocol, and still wants keys."""
    first = make_answer(remote(PLAIN, THEIRS), local(REQUIRE), PCMA, origin=ORIGIN)
    assert first.description is not None
    again = reoffer(first.description, local(REQUIRE), PCMA)
    assert again.media[0].protocol == "RTP/AVP"
    with pytest.raises(Refused):
        accept_answer(again, remote(PLAIN), plain=REQUIRE.plain)


def test_an_offer_again_has_the_same_keys() -> None:
    offer = make_offer(local(REQUIRE), PCMA, origin=ORIGIN)
    assert reoffer(offer, local(REQUIRE), PCMA) is offer


def test_both_sides_of_an_exchange_hold_the_same_keys() -> None:
    other = Security(keys=(Crypto(tag=1, suite=S32, key=b"\x09" * 30),))
    offer = make_offer(local(OFFER), PCMA, origin=ORIGIN)
    theirs = make_answer(offer, local(other), PCMA, origin=ORIGIN)
    assert theirs.description is not None
    ours = accept_answer(offer, theirs.description)
    assert (keyed(ours.terms).sent, keyed(ours.terms).received) == (
        keyed(theirs.terms).received,
        keyed(theirs.terms).sent,
    )
    assert keyed(ours.terms).sent.suite is S32
