"""The diversions of a call as the dialplan knows them: who sent it on, in order, and when that is a loop (DIV-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pbxd.errors import MalformedMessage
from pbxd.sip.diversion import Diversion, DiversionReason, HistoryEntry, diversions_of
from pbxd.sip.headers import Headers

MAX_TOLD = 20
"""Diversions of an arriving call that are remembered, the latest ones."""
MAX_DIVERSIONS = 10
"""How often a call may be sent on altogether, here and before it came here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diverted:
    """Somebody who sent the call on."""

    number: str
    """Canonical, or as the peer that it is told to writes numbers; empty when nobody may know."""
    reason: DiversionReason
    counter: int = 1
    """How many diversions this one stands for."""
    private: bool = False
    """Whether those who are called may not be told who it was."""
    limit: int | None = None
    """How often the call may be sent on altogether, by the wish of this one."""

    def __str__(self) -> str:
        times = f", {self.counter} times" if self.counter > 1 else ""
        return f"{self.number or 'somebody'} ({self.reason}{times})"


def told_by(headers: Headers) -> tuple[Diverted, ...]:
    """What an INVITE says of the diversions before it, the oldest first, with the numbers as they are written.

    Where it has both Diversion and History-Info, the one that tells of more counts. What can't be read tells nothing.
    """
    diversion, history = _of_diversion(headers), _of_history(headers)
    longer = history if count(history) > count(diversion) else diversion
    return longer[-MAX_TOLD:]


def count(diverted: Sequence[Diverted]) -> int:
    """How many diversions these are."""
    return sum(one.counter for one in diverted)


def loop(diverted: Sequence[Diverted]) -> tuple[int, str, str] | None:
    """Status, reason and words when a call was sent on in a circle, or too often."""
    latest = diverted[-1].number if diverted else ""
    if latest and any(one.number == latest for one in diverted[:-1]):
        return 482, "Loop Detected", f"{latest} has sent this call on before, which is a loop"
    times = count(diverted)
    most = min((one.limit for one in diverted if one.limit is not None), default=MAX_DIVERSIONS)
    if times > min(most, MAX_DIVERSIONS):
        return 483, "Too Many Hops", f"sent on {times} times, which is more than {min(most, MAX_DIVERSIONS)}"
    return None


def _of_diversion(headers: Headers) -> tuple[Diverted, ...]:
    try:
        found = [one for line in headers.all("Diversion") for one in Diversion.parse_list(line)]
    except MalformedMessage:
        return ()
    return tuple(_value(one) for one in reversed(found))


def _of_history(headers: Headers) -> tuple[Diverted, ...]:
    try:
        entries = [entry for line in headers.all("History-Info") for entry in HistoryEntry.parse_list(line)]
    except MalformedMessage:
        return ()
    return tuple(_value(one) for one in diversions_of(entries))


def _value(diversion: Diversion) -> Diverted:
    uri = diversion.address.uri
    nobody = uri.host.lower().endswith(".invalid") or uri.user.lower() == "anonymous"
    return Diverted(
        number="" if nobody else uri.user,
        reason=diversion.reason,
        counter=diversion.counter,
        private=diversion.private or nobody,
        limit=diversion.limit,
    )
