"""Requests and responses as values (RFC 3261 7): bytes <-> message <-> typed views of its headers.

A view (``.via``, ``.contacts`` ...) is parsed when it is first read and then kept. Reading one raises
:class:`~pbxd.errors.MalformedMessage` with ``header`` set; those that :func:`pbxd.sip.parse.parse_message` has checked
(the topmost Via, From, To, Call-ID, CSeq, Max-Forwards) can't raise in a message that came from it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

from pbxd.errors import MalformedMessage
from pbxd.plain import plain
from pbxd.sip.grammar import number, split_commas, tokens
from pbxd.sip.headers import Headers
from pbxd.sip.reasons import REASONS, reason_for
from pbxd.sip.uri import Uri
from pbxd.sip.values import MAX_SECONDS, CSeq, NameAddr, Via, parse_content_type, parse_retry_after

__all__ = ["REASONS", "Headers", "Message", "Request", "Response", "reason_for", "response_to"]

MAX_LENGTH: Final = 2**31 - 1
"""Bytes that a Content-Length may name; what we take in is bounded much lower where it is read."""

T = TypeVar("T")


class _View(Generic[T]):
    """A property that is computed once and from then on found in the instance's own dictionary, at no cost."""

    def __init__(self, header: str, compute: Callable[[Any], T]) -> None:
        self._header = header
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, message: object, owner: type) -> T:
        try:
            value = self._compute(message)
        except MalformedMessage as error:
            raise MalformedMessage(error.reason, header=error.header or self._header, status=error.status) from None
        message.__dict__[self._name] = value
        return value


def _view(header: str) -> Callable[[Callable[[Any], T]], _View[T]]:
    """Decorator for a view of ``header``, the name that is put on what its computation raises."""
    return lambda compute: _View(header, compute)


@lru_cache(64)
def _methods(*lines: str) -> frozenset[str]:
    """Those that ``Allow`` names. All phones of a make name the same ones, and their calls share the set."""
    return frozenset(token.upper() for token in tokens(*lines))


def _call_id(value: str) -> str:
    if not value or " " in value or "\t" in value:
        raise MalformedMessage("not a Call-ID")
    return value


class _Message(ABC):
    """What requests and responses have in common."""

    headers: Headers
    body: bytes

    @_view("Via")
    def via(self) -> Via:
        """The topmost Via."""
        return Via.parse(split_commas(self._required("Via"))[0])

    @_view("Via")
    def vias(self) -> tuple[Via, ...]:
        """All Vias, topmost first."""
        return tuple([via for line in self.headers.all("Via") for via in Via.parse_list(line)])

    @_view("From")
    def from_(self) -> NameAddr:
        return NameAddr.parse(self._required("From"))

    @_view("To")
    def to(self) -> NameAddr:
        return NameAddr.parse(self._required("To"))

    @_view("Call-ID")
    def call_id(self) -> str:
        return _call_id(self._required("Call-ID"))

    @_view("CSeq")
    def cseq(self) -> CSeq:
        return CSeq.parse(self._required("CSeq"))

    def read_essentials(self) -> None:
        """Read, and so check, the views that every layer relies on.

        Raises :class:`MalformedMessage` as each of them would. Together, since their lines looked up one by one took a
        third of the time that a message takes to be parsed.
        """
        value, views = self.headers.firsts(), self.__dict__
        header = "CSeq"
        try:
            views["cseq"] = CSeq.parse(value["cseq"])
            header = "Via"
            views["via"] = Via.parse(split_commas(value["via"])[0])
            header = "From"
            views["from_"] = NameAddr.parse(value["from"])
            header = "To"
            views["to"] = NameAddr.parse(value["to"])
            header = "Call-ID"
            views["call_id"] = _call_id(value["call-id"])
            header = "Max-Forwards"
            views["max_forwards"] = number(value["max-forwards"], 255) if "max-forwards" in value else None
        except KeyError:
            raise MalformedMessage("missing", header=header) from None
        except MalformedMessage as error:
            raise MalformedMessage(error.reason, header=error.header or header, status=error.status) from None

    @_view("Contact")
    def contacts(self) -> tuple[NameAddr, ...] | Literal["*"]:
        """All contacts of all Contact lines, or ``"*"`` (RFC 3261 10.2.2)."""
        if self.headers.all("Contact") == ("*",):
            return "*"
        return self._addresses("Contact")

    @property
    def contact(self) -> NameAddr | None:
        """The first contact: that of a dialog, which has one."""
        contacts = self.contacts
        return contacts[0] if contacts and contacts != "*" else None

    @_view("Route")
    def routes(self) -> tuple[NameAddr, ...]:
        return self._addresses("Route")

    @_view("Record-Route")
    def record_routes(self) -> tuple[NameAddr, ...]:
        return self._addresses("Record-Route")

    @_view("Max-Forwards")
    def max_forwards(self) -> int | None:
        """0 to 255, ``None`` when absent (RFC 2543 had none)."""
        return self._number("Max-Forwards", 255)

    @_view("Expires")
    def expires(self) -> int | None:
        """Seconds."""
        return self._number("Expires", MAX_SECONDS)

    @_view("Content-Length")
    def content_length(self) -> int | None:
        """As the sender wrote it; copies that agree are one (they differ: :class:`MalformedMessage`)."""
        values = self.headers.all("Content-Length")
        if len(values) == 1:
            return number(values[0], MAX_LENGTH)
        lengths = {number(value, MAX_LENGTH) for value in values}
        if len(lengths) > 1:
            raise MalformedMessage("given twice, and not the same")
        return lengths.pop() if lengths else None

    @_view("Content-Type")
    def content_type(self) -> str:
        """Media type in lower case without parameters, empty when absent."""
        value = self._single("Content-Type")
        return parse_content_type(value)[0] if value else ""

    @_view("Require")
    def require(self) -> frozenset[str]:
        """Option tags in lower case."""
        return self._option_tags("Require")

    @_view("Supported")
    def supported(self) -> frozenset[str]:
        """Option tags in lower case."""
        return self._option_tags("Supported")

    @_view("Allow")
    def allow(self) -> frozenset[str]:
        """Methods in upper case."""
        return _methods(*self.headers.all("Allow"))

    @_view("")
    def _wire(self) -> bytes:
        start = self._start_line()
        if "\r" in start or "\n" in start:
            raise ValueError("line break in start line")
        lines: Iterable[str] = self.headers.lines
        length = len(self.body)
        if "content-length" in self.headers.keys:
            lines = self.headers.without("Content-Length").lines
        head = "\r\n".join([start, *lines, f"Content-Length: {length}\r\n\r\n"])
        return head.encode("utf-8", "surrogateescape") + self.body

    def to_bytes(self) -> bytes:
        """The message on the wire: as it came when it was parsed, else with the right Content-Length at the end."""
        return self._wire

    @abstractmethod
    def _start_line(self) -> str: ...

    def _single(self, name: str) -> str | None:
        if self.headers.count(name) > 1:
            raise MalformedMessage("given more than once", header=name)
        return self.headers.get(name)

    def _required(self, name: str) -> str:
        value = self.headers.get(name)
        if value is None:
            raise MalformedMessage("missing", header=name)
        return value

    def _number(self, name: str, maximum: int) -> int | None:
        value = self._single(name)
        return None if value is None else number(value, maximum)

    def _addresses(self, name: str) -> tuple[NameAddr, ...]:
        lines = self.headers.all(name)
        return tuple([address for line in lines for address in NameAddr.parse_list(line)])

    def _option_tags(self, name: str) -> frozenset[str]:
        return frozenset(token.lower() for token in tokens(*self.headers.all(name)))

    def _headers_with_content_type(self, content_type: str) -> Headers:
        return self.headers.setting("Content-Type", content_type) if content_type else self.headers.without("c")

    def _headers_with_top_via(self, via: Via) -> Headers:
        at = self.headers.keys.index("via")
        rest = split_commas(self.headers.get("Via") or "")[1:]
        line = ", ".join([str(via), *rest])
        return self.headers.replacing(at, "Via", line)

    def __eq__(self, other: object) -> bool:
        """Equal when the same bytes go on the wire."""
        return self.to_bytes() == other.to_bytes() if isinstance(other, _Message) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.to_bytes())


@plain
@dataclass(frozen=True, eq=False)
class Request(_Message):
    """A request; ``uri`` of one that :mod:`pbxd.sip.parse` could not read has no scheme and all text in ``opaque``."""

    method: str
    uri: Uri
    headers: Headers
    body: bytes = b""

    @_view("")
    def repeated(self) -> Headers:
        """The lines that its responses repeat, but for that of a 100 (RFC 3261 8.2.6.2)."""
        return self.headers.for_response(timestamp=False)

    def to_keep(self, *names: str) -> Request:
        """Itself for as long as a call lasts: without what was read of it and without its wire form; with ``names``,
        of these headers only, and without its body.
        """
        if names:
            return Request(self.method, self.uri, self.headers.only(*names))
        return Request(self.method, self.uri, self.headers, self.body)

    def with_headers(self, headers: Headers) -> Request:
        return Request(self.method, self.uri, headers, self.body)

    def with_body(self, content_type: str, body: bytes) -> Request:
        """With another body; an empty ``content_type`` removes that header."""
        return Request(self.method, self.uri, self._headers_with_content_type(content_type), body)

    def with_top_via(self, via: Via) -> Request:
        """With the topmost Via changed (RFC 3261 18.2.1, RFC 3581 4); all other views are kept."""
        request = self.with_headers(self._headers_with_top_via(via))
        kept = self.__dict__ | {"headers": request.headers, "via": via}
        for made_of_headers in ("vias", "repeated", "_wire"):
            kept.pop(made_of_headers, None)
        request.__dict__.update(kept)
        return request

    def _start_line(self) -> str:
        return f"{self.method} {self.uri} SIP/2.0"

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.uri}>"


@plain
@dataclass(frozen=True, eq=False)
class Response(_Message):
    """A response; ``reason`` may be empty."""

    status: int
    reason: str
    headers: Headers
    body: bytes = b""

    def with_headers(self, headers: Headers) -> Response:
        return Response(self.status, self.reason, headers, self.body)

    def with_body(self, content_type: str, body: bytes) -> Response:
        """With another body; an empty ``content_type`` removes that header."""
        return Response(self.status, self.reason, self._headers_with_content_type(content_type), body)

    @property
    def retry_after(self) -> int | None:
        """Seconds by Retry-After (RFC 3261 20.33); ``None`` also where it can't be read, since it is only advice."""
        value = self.headers.get("Retry-After")
        try:
            return parse_retry_after(value) if value is not None else None
        except MalformedMessage:
            return None

    def _start_line(self) -> str:
        return f"SIP/2.0 {self.status} {self.reason}"

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.reason}>"


Message: TypeAlias = Request | Response
_COPIED_VIEWS: Final[tuple[str, ...]] = ("via", "from_", "to", "call_id", "cseq")
"""What a response says as its request did, and need not be parsed again."""


def response_to(
    request: Request,
    status: int,
    reason: str = "",
    *,
    to_tag: str | None = None,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    content_type: str = "",
) -> Response:
    """The response of RFC 3261 8.2.6: Vias, From, To, Call-ID and CSeq as they are in the request, then ``headers``.

    ``to_tag`` is added where To has none yet. A 100 repeats the Timestamp (8.2.6.1).
    """
    copied = request.headers.for_response(timestamp=True) if status == 100 else request.repeated
    known = request.__dict__
    views = {name: known[name] for name in _COPIED_VIEWS if name in known}
    if to_tag and request.to.tag is None:
        to = views["to"] = request.to.with_tag(to_tag)
        copied = copied.replacing(copied.keys.index("to"), "To", str(to))
    added = [*headers, ("Content-Type", content_type)] if content_type else headers
    response = Response(status, reason or reason_for(status), copied + Headers(added) if added else copied, body)
    response.__dict__.update(views)
    return response
