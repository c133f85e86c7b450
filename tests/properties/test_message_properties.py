"""What holds for every message: written as it was read, read as it was written, and only MalformedMessage is raised."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pbxd.errors import MalformedMessage
from pbxd.sip.framing import PING, Ping, StreamFramer
from pbxd.sip.grammar import quote, split_commas, unquote
from pbxd.sip.headers import Headers, key_of
from pbxd.sip.message import Message, Request, Response, response_to
from pbxd.sip.parse import Unparsable, parse_message
from pbxd.sip.uri import Uri
from pbxd.sip.values import CSeq, NameAddr, Reason, Via
from tests.torture.messages import message

TOKEN_ALPHABET = "abcXYZ019-.!%*_+`'~"
VIEWS = (
    *(
        "via",
        "vias",
        "from_",
        "to",
        "call_id",
        "cseq",
        "contacts",
        "contact",
        "routes",
        "record_routes",
        "max_forwards",
    ),
    *("expires", "content_length", "content_type", "require", "supported", "allow"),
)

tokens = st.text(TOKEN_ALPHABET, min_size=1, max_size=12)
# Any bytes at all: what is not UTF-8 travels as surrogates.
texts = st.binary(max_size=24).map(lambda data: data.decode("utf-8", "surrogateescape"))
# Line breaks go before decoding: what stood on both sides of one might make a character together.
lines = st.binary(max_size=24).map(
    lambda data: data.replace(b"\r", b"").replace(b"\n", b"").decode("utf-8", "surrogateescape")
)
hosts = st.one_of(
    st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,12}[a-z0-9])?", fullmatch=True),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
)
ports = st.none() | st.integers(0, 65_535)
uri_params = st.lists(
    st.tuples(
        st.from_regex(r"[a-z0-9-]{1,8}", fullmatch=True), st.none() | st.from_regex(r"[a-z0-9:/]{1,8}", fullmatch=True)
    ),
    max_size=3,
    unique_by=lambda param: param[0],
).map(tuple)
header_params = st.lists(
    st.tuples(tokens.map(str.lower), st.none() | tokens | lines.map(quote)),
    max_size=3,
    unique_by=lambda param: param[0],
).map(tuple)

sip_uris = st.builds(
    Uri,
    scheme=st.sampled_from(["sip", "sips"]),
    user=texts,
    password=texts,
    host=hosts,
    port=ports,
    params=uri_params,
    headers=st.from_regex(r"(a=b(&c=%20d)?)?", fullmatch=True),
)
uris = sip_uris | st.builds(Uri, st.just("tel"), st.from_regex(r"\+[0-9-]{1,15}", fullmatch=True), params=uri_params)
name_addrs = st.builds(NameAddr, display=lines.map(str.strip), uri=uris, params=header_params)
vias = st.builds(Via, transport=tokens.map(str.upper), host=hosts, port=ports, params=header_params)
reasons = st.builds(Reason, tokens, st.none() | st.integers(0, 999), lines)
methods = st.sampled_from(["INVITE", "ACK", "BYE", "OPTIONS"]) | tokens
taken = {"via", "from", "to", "call-id", "cseq", "max-forwards", "content-length"}
extra = st.tuples(tokens.filter(lambda name: key_of(name) not in taken), lines)

# Whole messages are slow to draw; the machine's load is not what is judged.
quickly = settings(max_examples=60, deadline=None)
thoroughly = settings(max_examples=400, deadline=None)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    method = draw(methods)
    pairs = [
        ("Via", ", ".join(map(str, draw(st.lists(vias, min_size=1, max_size=3))))),
        ("From", str(draw(name_addrs))),
        ("To", str(draw(name_addrs))),
        ("Call-ID", draw(tokens)),
        ("CSeq", str(CSeq(draw(st.integers(0, 2**31 - 1)), method))),
        ("Max-Forwards", str(draw(st.integers(0, 255)))),
        *draw(st.lists(extra, max_size=4)),
    ]
    headers, body = Headers(draw(st.permutations(pairs))), draw(st.binary(max_size=40))
    if draw(st.booleans()):
        return Request(method, draw(uris), headers, body)
    return Response(draw(st.integers(100, 699)), draw(lines), headers, body)


@quickly
@given(messages())
def test_a_message_is_read_as_it_was_written(built: Message) -> None:
    parsed = parse_message(built.to_bytes())
    assert parsed == built
    assert parsed.body == built.body
    stripped = [(name, value.strip(" \t")) for name, value in built.headers]
    assert list(parsed.headers.without("Content-Length")) == stripped
    assert (parsed.via, parsed.from_, parsed.to) == (built.via, built.from_, built.to)
    assert (parsed.call_id, parsed.cseq, parsed.max_forwards) == (built.call_id, built.cseq, built.max_forwards)
    match parsed, built:
        case Request(), Request():
            assert (parsed.method, parsed.uri) == (built.method, built.uri)
        case Response(), Response():
            assert (parsed.status, parsed.reason) == (built.status, built.reason)
        case _:
            raise AssertionError(parsed)


@quickly
@given(messages())
def test_lines_that_nobody_changed_are_written_as_they_came(built: Message) -> None:
    parsed = parse_message(built.to_bytes())
    changed = parsed.with_headers(parsed.headers.having(("Subject", "x")).setting("Max-Forwards", "1"))
    again = parse_message(changed.to_bytes())
    untouched = parsed.headers.without("Max-Forwards", "Content-Length", "Subject").lines
    assert again.headers.without("Max-Forwards", "Content-Length", "Subject").lines == untouched


@quickly
@given(messages(), st.integers(100, 699), tokens)
def test_every_request_can_be_answered(built: Message, status: int, tag: str) -> None:
    if isinstance(built, Request):
        answer = parse_message(response_to(built, status, to_tag=tag).to_bytes())
        assert isinstance(answer, Response)
        assert (answer.status, answer.vias, answer.from_, answer.cseq) == (status, built.vias, built.from_, built.cseq)
        assert answer.to.tag == (built.to.tag or tag)


def only_refuses(data: bytes) -> None:
    """Read all there is; anything but MalformedMessage fails the test."""
    try:
        parsed = parse_message(data)
    except Unparsable as error:
        if error.request is not None:
            parse_message(response_to(error.request, error.status, to_tag="t").to_bytes())
        return
    assert parsed.to_bytes() == data.lstrip(b"\r\n")[: len(parsed.to_bytes())]
    for view in VIEWS:
        with suppress(MalformedMessage):
            getattr(parsed, view)


@quickly
@given(st.binary(max_size=300))
@example(b"SIP/2.0 \xd9\xa1\xd9\xa1\xd9\xa1 x\r\n\r\n")
def test_random_bytes_are_only_refused(data: bytes) -> None:
    only_refuses(data)


BASE = message(
    {"From": 'From: "An\\"na" <sip:anna:pw@[2001:db8::1]:5060;lr?a=b>;tag=f'},
    "Contact: *",
    "m: <sip:a@b>;q=0.5;expires=60, sip:c@d",
    "Route: <sip:p;lr>,\r\n <sip:q;lr>",
    "Expires: 60",
    "Require: 100rel",
    "c: application/sdp;x=y",
)


@thoroughly
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(BASE)),
            st.integers(0, 12),
            st.binary(max_size=4)
            | st.sampled_from([b"\r\n", b"\r\n ", b'"', b"<", b",", b";", b":", b"%0", b"9" * 30]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_mutated_messages_are_read_or_refused(changes: list[tuple[int, int, bytes]]) -> None:
    data = BASE
    for at, gone, put in changes:
        data = data[:at] + put + data[at + gone :]
    only_refuses(data)


@quickly
@given(messages(), st.data())
def test_pieces_of_messages_are_read_or_refused(built: Message, data: st.DataObject) -> None:
    whole = built.to_bytes()
    start, stop = sorted(data.draw(st.tuples(st.integers(0, len(whole)), st.integers(0, len(whole)))))
    only_refuses(whole[:start] + whole[stop:])


@quickly
@given(uris)
def test_uris(uri: Uri) -> None:
    parsed = Uri.parse(str(uri))
    assert parsed == uri
    assert parsed.equivalent(uri)
    assert str(parsed.replace()) == str(uri)


@quickly
@given(name_addrs)
def test_addresses(address: NameAddr) -> None:
    parsed = NameAddr.parse(str(address))
    assert parsed == address
    assert str(parsed) == str(address)
    assert split_commas(str(address)) == [str(address)]


@quickly
@given(st.lists(name_addrs, min_size=1, max_size=5))
def test_lists_of_addresses(addresses: list[NameAddr]) -> None:
    assert NameAddr.parse_list(" ,\t".join(map(str, addresses))) == tuple(addresses)


@quickly
@given(st.lists(vias, min_size=1, max_size=5))
def test_vias(hops: list[Via]) -> None:
    assert Via.parse_list(", ".join(map(str, hops))) == tuple(hops)


@quickly
@given(st.lists(reasons, min_size=1, max_size=3))
def test_reasons(causes: list[Reason]) -> None:
    assert Reason.parse_list(",".join(map(str, causes))) == tuple(causes)


@quickly
@given(lines)
def test_quoting(text: str) -> None:
    assert unquote(quote(text)) == text


@quickly
@given(
    st.lists(messages().map(lambda built: built.to_bytes()) | st.just(PING), max_size=4),
    st.lists(st.integers(1, 60), min_size=1, max_size=20),
)
def test_any_chunks_make_the_same_messages(items: list[bytes | Ping], sizes: list[int]) -> None:
    stream = b"".join(b"\r\n\r\n" if isinstance(item, Ping) else item for item in items)
    framer = StreamFramer()
    found: list[bytes | Ping] = []
    turn = 0
    while stream:
        size = sizes[turn % len(sizes)]
        found += framer.feed(stream[:size])
        stream = stream[size:]
        turn += 1
    assert found == items


@quickly
@given(st.lists(st.binary(max_size=40), max_size=8))
def test_a_stream_of_anything_is_only_refused(chunks: list[bytes]) -> None:
    framer = StreamFramer()
    with suppress(MalformedMessage):
        for chunk in chunks:
            list(framer.feed(chunk))
