"""What an overloaded server reads of a new request: its first line and the lines that its refusal repeats."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pbxd.errors import MalformedMessage
from pbxd.sip.flow import Flow
from pbxd.sip.grammar import split_commas
from pbxd.sip.headers import BRANCH_COOKIE
from pbxd.sip.transaction.matching import seen_from
from pbxd.sip.values import Via

SHEDDABLE: Final = frozenset({b"INVITE", b"REGISTER", b"SUBSCRIBE", b"MESSAGE"})
"""Methods by which something new begins."""
_NAMES: Final = {
    b"via": b"via",
    b"v": b"via",
    b"from": b"from",
    b"f": b"from",
    b"to": b"to",
    b"t": b"to",
    b"call-id": b"call-id",
    b"i": b"call-id",
    b"cseq": b"cseq",
}
_USER = re.compile(rb"(?i)sips?:([^@:;>\s]+)[^@>\s]*@")
_CREDENTIALS = re.compile(rb"(?i)\r\n(?:proxy-)?authorization[ \t]*:")
_TAG = re.compile(rb"(?i);[ \t]*tag[ \t]*=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """A request outside of any dialog, as far as it is read."""

    method: str
    user: str
    """User part of its Request-URI."""
    via: Via
    """The topmost."""
    credentials: bool
    """Whether it carries any."""
    lines: dict[bytes, list[bytes]]
    """Header lines by name."""

    def refusal(self, flow: Flow, tag: bytes, retry_after: int) -> bytes:
        """The 503 of a server that keeps nothing of the request (RFC 3261 8.2.7); the same for its repetitions."""
        via, *others = self.lines[b"via"]
        below = via.partition(b",")[1:]  # Vias that share the line of the topmost
        top = f"Via: {seen_from(self.via, flow)}".encode("utf-8", "surrogateescape") + b"".join(below)
        (to,) = self.lines[b"to"]
        parts = [
            b"SIP/2.0 503 Service Unavailable",
            top,
            *others,
            *self.lines[b"from"],
            to + b";tag=" + tag,
            *self.lines[b"call-id"],
            *self.lines[b"cseq"],
            b"Retry-After: %d" % retry_after,
            b"Content-Length: 0\r\n\r\n",
        ]
        return b"\r\n".join(parts)


def glance(data: bytes) -> Glance | None:
    """Read as little as that takes. ``None`` for all that is not new, or not plain: it is to be read in full."""
    method, _, rest = data[: data.find(b"\r\n")].partition(b" ")
    if method not in SHEDDABLE:
        return None
    lines: dict[bytes, list[bytes]] = {}
    for line in data[: data.find(b"\r\n\r\n")].split(b"\r\n")[1:]:
        if line[:1] in (b" ", b"\t"):
            return None  # folded
        name = _NAMES.get(line[: line.find(b":")].strip().lower())
        if name is not None:
            lines.setdefault(name, []).append(line)
    if len(lines) != 5 or sum(map(len, lines.values())) - len(lines[b"via"]) != 4 or _TAG.search(lines[b"to"][0]):
        return None
    value = lines[b"via"][0].partition(b":")[2].decode("utf-8", "surrogateescape")
    try:
        via = Via.parse(split_commas(value)[0].strip())
    except MalformedMessage:
        return None
    user = _USER.match(rest)
    if not via.branch.startswith(BRANCH_COOKIE):
        return None
    return Glance(
        method=method.decode(),
        user=user[1].decode("latin-1") if user else "",
        via=via,
        credentials=_CREDENTIALS.search(data) is not None,
        lines=lines,
    )
