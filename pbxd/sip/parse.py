"""Bytes of one whole message -> a checked :class:`~pbxd.sip.message.Message` (RFC 3261 7, 16.3, 18.3).

This is the edge: what every layer relies on is checked here once, everything else when its view is first read.
"""

from __future__ import annotations

import re
from typing import Final

from pbxd.errors import MalformedMessage
from pbxd.sip.grammar import is_token
from pbxd.sip.headers import Headers
from pbxd.sip.message import Message, Request, Response
from pbxd.sip.uri import Uri

MAX_MESSAGE: Final = 65_535
"""Bytes of one message; a longer one is refused with 513."""

_STATUS_LINE = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})(?: ([^\r\n]*+))?+", re.IGNORECASE | re.ASCII)
_VERSION = re.compile(r"SIP/[0-9]++\.[0-9]++", re.IGNORECASE | re.ASCII)
# Each may stand once (RFC 3261 7.3.1); with a second one, two readers would see two different requests.
_SINGLE: Final = {name.lower(): name for name in ("From", "To", "Call-ID", "CSeq", "Max-Forwards")}


class Unparsable(MalformedMessage):
    """A message that is refused whole.

    ``request`` is what to answer with ``status``, when the message is a request whose Via, From, To, Call-ID and CSeq
    can be read (all else in it may be wrong, its URI may be unread); ``None`` for responses, for ACK, which is never
    answered, and for what is beyond reading.
    """

    def __init__(self, error: MalformedMessage, request: Request | None = None) -> None:
        super().__init__(error.reason, header=error.header, status=error.status)
        self.request = request


def parse_message(data: bytes) -> Message:
    """Parse one datagram, or one message that :class:`~pbxd.sip.framing.StreamFramer` cut out of a stream.

    Checked: sizes, start line, header lines, the topmost Via, From, To, Call-ID, CSeq and its method, Max-Forwards and
    that the body is as long as Content-Length says; what follows it is cut off (18.3). Raises :class:`Unparsable`.
    """
    if data[:1] in (b"\r", b"\n"):
        data = data.lstrip(b"\r\n")  # 7.5: line ends before a message are ignored
    end = data.find(b"\r\n\r\n")
    head = data[:end] if end >= 0 else data[:MAX_MESSAGE].removesuffix(b"\r\n")
    start, _, lines = head.decode("utf-8", "surrogateescape").partition("\r\n")
    try:
        if len(data) > MAX_MESSAGE:
            raise MalformedMessage("message too long", status=513)
        headers = Headers.parse(lines)
    except MalformedMessage as error:
        raise Unparsable(error) from None
    is_response = start[:4].upper() == "SIP/"
    body = data[end + 4 :] if end >= 0 else b""
    try:
        message = _response(start, headers, body) if is_response else _request(start, headers, body)
        return _checked(message, data, end)
    except MalformedMessage as error:
        raise Unparsable(error, None if is_response else _answerable(start, headers)) from None


def _response(start: str, headers: Headers, body: bytes) -> Response:
    found = _STATUS_LINE.fullmatch(start)
    if found is None:
        raise MalformedMessage(f"bad status line: {start[:60]!r}")
    return Response(int(found[1]), found[2] or "", headers, body)


def _request(start: str, headers: Headers, body: bytes) -> Request:
    method, _, rest = start.partition(" ")
    uri, _, version = rest.rpartition(" ")
    if not is_token(method) or not _VERSION.fullmatch(version):
        raise MalformedMessage(f"bad request line: {start[:60]!r}")
    if version.upper() != "SIP/2.0":
        raise MalformedMessage(f"unknown version {version[:20]}", status=505)
    return Request(method, Uri.parse(uri), headers, body)


def _checked(message: Message, data: bytes, end: int) -> Message:
    if end < 0:
        raise MalformedMessage("no empty line after the header")
    keys = message.headers.keys
    if len(set(keys)) < len(keys):
        for key, name in _SINGLE.items():
            if keys.count(key) > 1:
                raise MalformedMessage("given more than once", header=name)
    message.read_essentials()
    method = message.cseq.method
    if isinstance(message, Request) and method != message.method:
        raise MalformedMessage(f"method is {method[:40]}, not {message.method[:40]}", header="CSeq")
    length = message.content_length
    if length is None or length == len(message.body):
        message.__dict__["_wire"] = data
        return message
    if length > len(message.body):
        raise MalformedMessage("body shorter than it says", header="Content-Length")
    return _cut(message, data, end + 4 + length)


def _cut(message: Message, data: bytes, end: int) -> Message:
    """The same message without the bytes that follow its body."""
    message.__dict__["body"] = message.body[: message.content_length]
    message.__dict__["_wire"] = data[:end]
    return message


def _answerable(start: str, headers: Headers) -> Request | None:
    method, _, rest = start.partition(" ")
    request = Request(method, Uri("", opaque=rest), headers)
    try:
        _ = request.via, request.from_, request.to, request.call_id, request.cseq
    except MalformedMessage:
        return None
    return request if is_token(method) and method != "ACK" else None
