"""Who sent a call on before it came here: Diversion (RFC 5806) and History-Info (RFC 7044), and each as the other.

The two tell the same story in opposite orders: the first Diversion is the latest, the first entry of History-Info the
oldest. How a reason of one is a cause of the other is RFC 7544. All ``parse`` raise
:class:`~pbxd.errors.MalformedMessage`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, TypeAlias, get_args
from urllib.parse import quote, unquote

from pbxd.errors import MalformedMessage
from pbxd.sip.grammar import Params, find_param, number, set_param, split_list
from pbxd.sip.uri import Uri
from pbxd.sip.values import NameAddr, Reason

DiversionReason: TypeAlias = Literal[
    "unknown",
    "user-busy",
    "no-answer",
    "unavailable",
    "unconditional",
    "time-of-day",
    "do-not-disturb",
    "deflection",
    "follow-me",
    "out-of-service",
    "away",
]
Retargeting: TypeAlias = Literal["mp", "rc", "np"]
"""How an entry came from another one: another user (mapped), a contact of the same one, or no change."""

MAX_COUNT: Final = 99
"""RFC 5806 writes counters and limits with two digits."""
MAX_DEPTH: Final = 64
"""Numbers of one index; about as many hops as a request may take (RFC 3261 8.1.1.6)."""

_REASONS: Final[dict[str, DiversionReason]] = {reason: reason for reason in get_args(DiversionReason)}
_CAUSES: Final[dict[DiversionReason, int]] = {
    "unconditional": 302,
    "user-busy": 486,
    "no-answer": 408,
    "deflection": 480,
    "unavailable": 503,
}
"""RFC 7544 and RFC 4458; any other reason is 404."""
_OTHER_CAUSE: Final = 404
_REASON_OF: Final[dict[int, DiversionReason]] = {cause: reason for reason, cause in _CAUSES.items()} | {
    487: "deflection"
}
_INDEX: Final = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4})*+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Diversion:
    """One party that sent the call on."""

    address: NameAddr
    """Without header parameters."""
    reason: DiversionReason = "unknown"
    counter: int = 1
    """How many diversions this one stands for."""
    limit: int | None = None
    """How many there may be altogether, by the wish of this party."""
    private: bool = False
    """Whether those who are called may not be told who it was."""

    @classmethod
    def parse(cls, text: str) -> Diversion:
        """``<sip:+4588887702@example.com>;reason=user-busy;counter=1;privacy=off``; a reason of no RFC is unknown."""
        address = NameAddr.parse(text)
        limit = address.param("limit")
        return cls(
            address=NameAddr(address.display, address.uri),
            reason=_REASONS.get((address.param("reason") or "").lower(), "unknown"),
            counter=max(1, number(address.param("counter") or "1", MAX_COUNT)),
            limit=number(limit, MAX_COUNT) if limit else None,
            private=(address.param("privacy") or "off").lower() != "off",
        )

    @classmethod
    def parse_list(cls, text: str) -> tuple[Diversion, ...]:
        """All diversions of one header line, the latest first."""
        return tuple([cls.parse(element) for element in split_list(text)])

    def __str__(self) -> str:
        privacy = "full" if self.private else "off"
        limit = "" if self.limit is None else f";limit={self.limit}"
        return f"{self.address};reason={self.reason};counter={self.counter}{limit};privacy={privacy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One target that the call had."""

    uri: Uri
    """Without the headers and the cause that belong to the entry."""
    index: tuple[int, ...]
    """``1.2`` is (1, 2)."""
    retargeting: Retargeting | None = None
    origin: tuple[int, ...] = ()
    """Index of the entry that it came from, with ``retargeting``."""
    cause: int | None = None
    """Why the call was sent here (RFC 4458)."""
    reasons: tuple[Reason, ...] = ()
    """What came of it here."""
    private: bool = False

    @classmethod
    def parse(cls, text: str) -> HistoryEntry:
        """``<sip:bo@example.com;cause=486?Reason=SIP%3Bcause%3D302&Privacy=history>;index=1.1;mp=1``."""
        address = NameAddr.parse(text)
        index = _index(address.param("index") or "")
        reasons, private = _embedded(address.uri.headers)
        cause = address.uri.param("cause")
        retargeting, origin = _retargeting(address.params)
        return cls(
            uri=address.uri.replace(params=_without(address.uri.params, "cause"), headers=""),
            index=index,
            retargeting=retargeting,
            origin=origin,
            cause=number(cause, 999) if cause else None,
            reasons=reasons,
            private=private,
        )

    @classmethod
    def parse_list(cls, text: str) -> tuple[HistoryEntry, ...]:
        """All entries of one header line, the oldest first."""
        return tuple([cls.parse(element) for element in split_list(text)])

    def __str__(self) -> str:
        headers = [f"Reason={quote(str(reason), safe='')}" for reason in self.reasons]
        headers += ["Privacy=history"] if self.private else []
        params = self.uri.params if self.cause is None else set_param(self.uri.params, "cause", str(self.cause))
        came = f";{self.retargeting}={_written(self.origin)}" if self.retargeting is not None else ""
        return f"<{self.uri.replace(params=params, headers='&'.join(headers))}>;index={_written(self.index)}{came}"


def diversions_of(entries: Sequence[HistoryEntry]) -> tuple[Diversion, ...]:
    """The diversions that a history tells of, the oldest first (RFC 7544 4)."""
    ordered = sorted(entries, key=lambda entry: entry.index)
    by_index = {entry.index: entry for entry in ordered}
    found = []
    for before, entry in pairwise(ordered):
        if entry.retargeting != "mp" and entry.cause is None:
            continue  # the same user's phone, or a hop that changed nothing
        by = by_index.get(entry.origin, before)
        found.append(Diversion(address=NameAddr("", by.uri), reason=_why(by, entry), private=by.private))
    return tuple(found)


def history_of(diversions: Sequence[Diversion], target: Uri) -> tuple[HistoryEntry, ...]:
    """A history of these diversions, the oldest first, up to where the call goes now (RFC 7544 5)."""
    entries: list[HistoryEntry] = []
    index: tuple[int, ...] = ()
    cause: int | None = None
    for diversion in diversions:
        origin, index = index, (*index, *(1,) * diversion.counter)[:MAX_DEPTH]  # a gap: entries that nobody told of
        entries.append(_entry(diversion.address.uri, index, origin, cause, private=diversion.private))
        cause = _CAUSES.get(diversion.reason, _OTHER_CAUSE)
    if entries:
        entries.append(_entry(target, (*index, 1), index, cause))
    return tuple(entries)


def _entry(
    uri: Uri, index: tuple[int, ...], origin: tuple[int, ...], cause: int | None, *, private: bool = False
) -> HistoryEntry:
    return HistoryEntry(
        uri=uri, index=index, retargeting="mp" if origin else None, origin=origin, cause=cause, private=private
    )


def _why(by: HistoryEntry, entry: HistoryEntry) -> DiversionReason:
    """By the cause of the new target, or else by what the old one answered."""
    if entry.cause is not None:
        return _REASON_OF.get(entry.cause, "unknown")
    causes = (reason.cause for reason in by.reasons if reason.protocol.upper() == "SIP" and reason.cause is not None)
    return next((_REASON_OF.get(cause, "unknown") for cause in causes), "unknown")


def _index(text: str) -> tuple[int, ...]:
    if _INDEX.fullmatch(text) is None or text.count(".") >= MAX_DEPTH:
        raise MalformedMessage(f"not an index: {text[:40]!r}", header="History-Info")
    return tuple(int(part) for part in text.split("."))


def _written(index: tuple[int, ...]) -> str:
    return ".".join(map(str, index))


def _retargeting(params: Params) -> tuple[Retargeting | None, tuple[int, ...]]:
    ways: tuple[Retargeting, ...] = get_args(Retargeting)
    for way in ways:
        origin = find_param(params, way)
        if origin:
            return way, _index(origin)
    return None, ()


def _embedded(headers: str) -> tuple[tuple[Reason, ...], bool]:
    """Reason and Privacy among the headers of an entry's URI (RFC 7044 5)."""
    reasons: list[Reason] = []
    private = False
    for piece in headers.split("&") if headers else ():
        name, _, value = piece.partition("=")
        match unquote(name).lower():
            case "reason":
                reasons += Reason.parse_list(unquote(value))
            case "privacy":
                values = {word.strip().lower() for word in unquote(value).split(";")}
                private = bool(values & {"history", "header", "session", "user", "id"})
    return tuple(reasons), private


def _without(params: Params, name: str) -> Params:
    return tuple((key, value) for key, value in params if key != name)
