"""Offers and answers of a fax: what is one, where it goes, and what is passed through."""

from __future__ import annotations

import pytest

from pbxd.address import Address
from pbxd.errors import ProtocolViolation, Refused
from pbxd.sip import fax, offer_answer
from pbxd.sip.fax import Fax
from pbxd.sip.offer_answer import LocalMedia
from pbxd.sip.sdp import Codec, Origin, SessionDescription

LOCAL = LocalMedia(rtp=Address("192.0.2.1", 20_000), rtcp=Address("192.0.2.1", 20_001))
ORIGIN = Origin(session_id=7, version=1, address="192.0.2.1")
PCMA = Codec(payload_type=8, encoding="PCMA", clock_rate=8000)
HEAD = "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n"
AUDIO = "m=audio 4000 RTP/AVP 8\r\n"
IMAGE = "m=image 4002 udptl t38\r\na=T38FaxVersion:0\r\na=t38MaxBitRate:14400\r\na=sendrecv\r\n"
ATTRIBUTES = ("a=T38FaxVersion:0", "a=t38MaxBitRate:14400")


def described(*media: str) -> SessionDescription:
    return SessionDescription.parse(HEAD + "".join(media))


def lines(description: SessionDescription) -> list[str]:
    return [media.line for media in description.media]


@pytest.mark.parametrize(
    "media", [[IMAGE], [AUDIO.replace("4000", "0"), IMAGE], [IMAGE.replace("udptl t38", "UDPTL T38")]]
)
def test_a_fax(media: list[str]) -> None:
    assert fax.offered(described(*media)) == Fax(remote=Address("198.51.100.7", 4002), attributes=ATTRIBUTES)


@pytest.mark.parametrize(
    "media",
    [
        [AUDIO],
        [AUDIO, IMAGE],
        [IMAGE.replace("4002", "0")],
        [IMAGE.replace("udptl", "tcp")],
        [IMAGE.replace("t38", "jpeg")],
        [IMAGE.replace("4002", "4002/2")],
        [IMAGE, IMAGE],
        [],
    ],
)
def test_no_fax(media: list[str]) -> None:
    assert fax.offered(described(*media)) is None


def test_a_fax_takes_the_place_of_sound_and_sound_its_place() -> None:
    """In the same line, with a version that grows (RFC 3264 8)."""
    sound = offer_answer.make_offer(LOCAL, [PCMA], origin=ORIGIN)
    offer = fax.make_offer(sound, LOCAL, ATTRIBUTES, used=1)
    assert lines(offer) == ["m=image 20000 udptl t38"]
    assert (offer.media[0].lines, offer.origin.version) == (ATTRIBUTES, 2)
    again = offer_answer.reoffer(offer, LOCAL, [PCMA], used=2)
    assert lines(again) == ["m=audio 20000 RTP/AVP 8"]
    assert again.origin.version == 3


def test_what_else_is_offered_is_refused_in_its_place() -> None:
    offer = described(AUDIO.replace("4000", "0"), IMAGE)
    answer = fax.make_answer(offer, LOCAL, ATTRIBUTES, origin=ORIGIN, previous=None, used=0)
    assert lines(answer) == ["m=audio 0 RTP/AVP 8", "m=image 20000 udptl t38"]


def test_an_answer() -> None:
    offer = fax.make_offer(offer_answer.make_offer(LOCAL, [PCMA], origin=ORIGIN), LOCAL, ATTRIBUTES, used=1)
    assert fax.accept_answer(offer, described(IMAGE)).remote == Address("198.51.100.7", 4002)
    for refused in (IMAGE.replace("4002", "0"), AUDIO):
        with pytest.raises(Refused) as error:
            fax.accept_answer(offer, described(refused))
        assert error.value.status == 488
    with pytest.raises(ProtocolViolation):
        fax.accept_answer(offer, described(AUDIO, IMAGE))
