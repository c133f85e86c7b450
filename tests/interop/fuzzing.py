"""A program that feeds one reader bytes that libFuzzer grows towards code not yet seen: ``fuzzing.py READER OPTION...``

Run in a process of its own: libFuzzer takes the process over, and instrumentation must come before the imports.
The options are libFuzzer's. What a reader may raise is caught; anything else ends the process with a crash report.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress

import atheris

with atheris.instrument_imports(include=["pbxd"]):
    from pbxd.errors import MalformedMessage, ProtocolViolation, Refused
    from pbxd.network import Address
    from pbxd.sip.digest import Authenticator
    from pbxd.sip.digest_fields import Ha1, parse_challenge, parse_credentials
    from pbxd.sip.framing import Ping, StreamFramer
    from pbxd.sip.message import Request
    from pbxd.sip.offer_answer import LocalMedia, accept_answer, make_answer, make_offer
    from pbxd.sip.parse import parse_message
    from pbxd.sip.sdp import Codec, Origin, SessionDescription

VIEWS = (
    *("via", "vias", "from_", "to", "call_id", "cseq", "contacts", "routes", "record_routes", "max_forwards"),
    *("expires", "content_type", "content_length", "require", "supported", "allow"),
)
LOCAL = LocalMedia(rtp=Address("192.0.2.1", 4000), rtcp=Address("192.0.2.1", 4001))
ORIGIN = Origin(session_id=1, version=1, address="192.0.2.1")
CODECS = (
    Codec(payload_type=8, encoding="PCMA", clock_rate=8000),
    Codec(payload_type=101, encoding="telephone-event", clock_rate=8000, parameters="0-16"),
)
AUTHENTICATOR = Authenticator(b"secret", require_qop=False)
REGISTER = (
    b"REGISTER sip:house.example SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
    b"From: <sip:anna@house.example>;tag=1\r\nTo: <sip:anna@house.example>\r\nCall-ID: 1\r\n"
    b"CSeq: 1 REGISTER\r\nAuthorization: "
)


def message(data: bytes) -> None:
    """A message is written as it was read, and read as it was written; every view raises what it may and no more."""
    with suppress(MalformedMessage):
        parsed = parse_message(data)
        written = parsed.to_bytes()
        assert parse_message(written).to_bytes() == written
        for view in VIEWS:
            with suppress(MalformedMessage):
                getattr(parsed, view)


def sdp(data: bytes) -> None:
    """A description that can be read can be answered, taken for an answer, or refused."""
    with suppress(MalformedMessage):
        described = SessionDescription.parse(data)
        with suppress(MalformedMessage, Refused, ProtocolViolation):
            answer = make_answer(described, LOCAL, CODECS, origin=ORIGIN).description
            assert answer is not None
            assert len(SessionDescription.parse(answer.to_bytes()).media) == len(described.media)
        with suppress(MalformedMessage, Refused, ProtocolViolation):
            accept_answer(make_offer(LOCAL, CODECS, origin=ORIGIN), described)


def framing(data: bytes) -> None:
    """What a stream holds does not depend on how it was chopped."""
    assert _frames([data]) == _frames([data[at : at + 1] for at in range(len(data))])


def digest(data: bytes) -> None:
    """Credentials and challenges that nobody could have made prove nothing, and break nothing."""
    text = data.decode("utf-8", "surrogateescape")
    for parse in (parse_credentials, parse_challenge):
        with suppress(MalformedMessage):
            parse(text)
    with suppress(MalformedMessage):
        request = parse_message(REGISTER + data + b"\r\n\r\n")
        assert isinstance(request, Request)
        AUTHENTICATOR.verify(request, "Authorization", _key_of_anybody, 1000.0, realm="house.example")


def _key_of_anybody(username: str, realm: str) -> Ha1:
    return Ha1.of("anna", "house.example", "secret")


def _frames(pieces: list[bytes]) -> list[bytes]:
    framer = StreamFramer()
    found: list[bytes] = []
    for piece in pieces:
        try:
            found.extend(b"ping" if isinstance(frame, Ping) else frame for frame in framer.feed(piece))
        except MalformedMessage as error:
            return [*found, str(error).encode()]
    return found


READERS: dict[str, Callable[[bytes], None]] = {"message": message, "sdp": sdp, "framing": framing, "digest": digest}

if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], READERS[sys.argv[1]])
    atheris.Fuzz()
