"""What is done about an offer, in which formats, and whose description has which version."""

from __future__ import annotations

import pytest

from pbxd.calls.formats import CODECS, EVENTS, may_send_in_vain, offered_codecs, remote_end
from pbxd.calls.media_plan import AnswerNow, AskPeer, Plan, Refuse, media_plan, usable_codecs
from pbxd.calls.stream import Stream
from pbxd.errors import ProtocolViolation, Refused
from pbxd.media.engine import FaxEnd, LocalEnd, PortFigures, PortId, RemoteEnd
from pbxd.network import Address
from pbxd.sip.offer_answer import Agreed
from pbxd.sip.sdp import Codec, Direction, SessionDescription

OPUS, G722, PCMA, PCMU = CODECS["opus"], CODECS["g722"], CODECS["pcma"], CODECS["pcmu"]
KEYS, WIDE_KEYS = EVENTS
ALLOWED = offered_codecs(["opus", "pcma", "pcmu"])
HOLD = "a=sendonly"


def sdp(*lines: str, version: int = 1) -> bytes:
    head = ("v=0", f"o=- 5 {version} IN IP4 198.51.100.7", "s=-", "c=IN IP4 198.51.100.7", "t=0 0")
    return "".join(f"{line}\r\n" for line in (*head, *lines)).encode()


@pytest.mark.parametrize(
    ("names", "formats"),
    [
        (["pcma"], (PCMA, KEYS)),
        (["opus"], (OPUS, WIDE_KEYS)),
        (["pcmu", "opus"], (PCMU, OPUS, KEYS, WIDE_KEYS)),  # RFC 4733 2.5.1.2
    ],
)
def test_keys_come_at_each_codec_s_rate(names: list[str], formats: tuple[Codec, ...]) -> None:
    assert offered_codecs(names) == formats


@pytest.mark.parametrize(
    ("lines", "plan"),
    [
        (["m=audio 6000 RTP/AVP 8", HOLD], AnswerNow((PCMA,))),
        (["m=audio 6000 RTP/AVP 0 8"], AnswerNow((PCMA,))),
        (["m=audio 6000 RTP/AVP 0"], AskPeer((PCMU,))),
        (["m=audio 6000 RTP/AVP 9"], Refuse(488)),  # not allowed
        (["m=audio 6000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"], Refuse(488)),
        (["m=audio 0 RTP/AVP 8"], Refuse(488)),
        (["m=video 6000 RTP/AVP 31"], Refuse(488)),
        ([], Refuse(488)),
    ],
)
def test_the_plan_for_an_offer(lines: list[str], plan: Plan) -> None:
    assert media_plan(SessionDescription.parse(sdp(*lines)), room=(PCMA,), allowed=ALLOWED) == plan


def test_keys_alone_are_nothing_to_offer_on() -> None:
    offer = SessionDescription.parse(sdp("m=audio 6000 RTP/AVP 18 101", "a=rtpmap:101 telephone-event/8000"))
    assert usable_codecs(offer, ALLOWED) == ()


class Edge:
    """The wire side of a media engine, with one port."""

    def __init__(self) -> None:
        self.told: list[RemoteEnd] = []
        self.open_ports = 0
        self.pressed: list[tuple[str, int]] = []

    async def open(self, *, toward: Address | None = None) -> LocalEnd:
        self.open_ports += 1
        return LocalEnd(port=PortId(1), rtp=Address("192.0.2.1", 4000), rtcp=Address("192.0.2.1", 4001))

    def configure(self, port: PortId, remote: RemoteEnd | FaxEnd) -> None:
        if isinstance(remote, RemoteEnd):
            self.told.append(remote)

    def press(self, port: PortId, key: str, milliseconds: int) -> None:
        self.pressed.append((key, milliseconds))

    def close(self, port: PortId) -> None:
        self.open_ports -= 1

    async def figures(self, port: PortId) -> PortFigures | None:
        return None


async def opened() -> tuple[Stream, Edge]:
    edge = Edge()
    stream = Stream(edge, 7)
    await stream.open(Address("198.51.100.7", 5060))
    return stream, edge


def version(description: bytes) -> int:
    return SessionDescription.parse(description).origin.version


async def test_a_port_is_opened_once_and_closed_once() -> None:
    stream, edge = await opened()
    await stream.open(Address("198.51.100.7", 5060))
    assert edge.open_ports == 1
    stream.close()
    stream.close()
    assert (edge.open_ports, stream.end) == (0, None)


async def test_nothing_is_negotiated_without_a_port() -> None:
    with pytest.raises(ProtocolViolation):
        Stream(Edge(), 7).offer((PCMA,))


async def test_an_answer_to_no_offer() -> None:
    stream, _ = await opened()
    with pytest.raises(ProtocolViolation):
        stream.accepted(sdp("m=audio 6000 RTP/AVP 8"))


async def test_each_description_has_a_version_of_its_own() -> None:
    stream, edge = await opened()
    assert version(stream.offer((PCMA, PCMU))) == 1
    stream.accepted(sdp("m=audio 6000 RTP/AVP 8"))
    assert version(stream.offer((PCMA, PCMU))) == 1  # RFC 3264 8: nothing changed
    assert version(stream.offer((PCMU,))) == 2  # and this one is refused
    assert version(stream.offer((G722,))) == 3, "another offer is another version"
    assert version(stream.offer((PCMA, PCMU))) == 1, "what is in force has the version that it always had"
    assert version(stream.answer(sdp("m=audio 6000 RTP/AVP 0", version=2), (PCMU,))) == 4
    assert version(stream.answer(sdp("m=audio 6000 RTP/AVP 0", HOLD, version=3), (PCMU,))) == 5
    assert [told.speaks for told in edge.told] == [True, True, True]
    assert [told.hears for told in edge.told] == [True, True, False]


async def test_a_refused_answer_leaves_the_session_as_it_was() -> None:
    stream, edge = await opened()
    stream.answer(sdp("m=audio 6000 RTP/AVP 8"), (PCMA,))
    before = stream.ours, stream.agreed, len(edge.told)
    with pytest.raises(Refused):
        stream.answer(sdp("m=audio 6000 RTP/AVP 18"), (PCMA,))
    assert (stream.ours, stream.agreed, len(edge.told)) == before


async def agreed(*lines: str) -> Agreed:
    stream, _ = await opened()
    stream.answer(sdp(*lines), ALLOWED)
    assert stream.agreed is not None
    return stream.agreed


async def test_who_may_send_what_the_other_can_t_hear() -> None:
    both, one = await agreed("m=audio 6000 RTP/AVP 0 8"), await agreed("m=audio 6000 RTP/AVP 8")
    assert may_send_in_vain(both, one)
    assert not may_send_in_vain(one, both)
    assert not may_send_in_vain(None, one)
    keys = await agreed("m=audio 6000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000")
    assert not may_send_in_vain(keys, one), "who can't hear keys can still talk"


@pytest.mark.parametrize(
    ("direction", "hears", "speaks"),
    [
        (Direction.SENDRECV, True, True),
        (Direction.SENDONLY, False, True),
        (Direction.RECVONLY, True, False),
        (Direction.INACTIVE, False, False),
    ],
)
async def test_the_party_s_direction_in_the_engine_s_words(direction: Direction, hears: bool, speaks: bool) -> None:
    end = remote_end(await agreed("m=audio 6000 RTP/AVP 8", f"a={direction.value}"))
    assert (end.hears, end.speaks, end.rtp) == (hears, speaks, Address("198.51.100.7", 6000))
