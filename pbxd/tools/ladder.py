"""A call as a ladder: who said what to whom and when, beside the words of why (TOOL-5).

It is told from the ledger's events, which say what a message did and not how it was written: an attempt is an INVITE, a
leg that its peer ended after an answer is a BYE from it, and so on. What was on the wire is for ``pbxd sip-trace``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from pbxd.events import (
    CallArrived,
    CallCrashed,
    CallEnded,
    CallEvent,
    CallTransferred,
    KeysPressed,
    LegAdopted,
    LegAnswered,
    LegDialled,
    LegEncrypted,
    LegEnded,
    LegEvent,
    LegHeld,
    LegId,
    LegMoved,
    LegReplaced,
    LegResumed,
    LegRinging,
    LegSilent,
    MediaProblem,
    RouteDecided,
    Said,
    Transcoding,
    TransferFailed,
)

LABEL = 40
"""Characters of an arrow's words at the most."""
NAME = 24
_REASONS = {180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One of those who talk; the first is who called, the second pbxd."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One moment: an arrow, words, or both."""

    at: float
    """Seconds after the call came in."""
    source: int = -1
    """Number of a column; -1: there is no arrow."""
    target: int = -1
    label: str = ""
    stage: str = ""
    words: tuple[str, ...] = ()
    """For the margin; the first line begins with the stage where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """A whole call."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


PBXD = 1


@dataclass(slots=True)
class _Drawing:
    start: float = 0.0
    title: str = ""
    columns: list[Column] = field(default_factory=list)
    number: dict[LegId, int] = field(default_factory=dict)
    inbound: set[LegId] = field(default_factory=set)
    answered: set[LegId] = field(default_factory=set)

    def column(self, leg: LegId, name: str, address: str) -> int:
        self.number[leg] = len(self.columns)
        self.columns.append(Column(name=cut(name, NAME), address=cut(address, NAME)))
        return self.number[leg]


def ladder(events: Iterable[CallEvent]) -> Ladder:
    """The ladder of one call's events. Raises :class:`ValueError` for a call that never arrived."""
    drawing = _Drawing()
    rows: list[Row] = []
    for event in events:
        if not drawing.columns and not isinstance(event, CallArrived):
            continue
        rows += [replace(row, at=max(0.0, event.at - drawing.start)) for row in _rows(drawing, event)]
    if not drawing.columns:
        raise ValueError("a call that never arrived has no ladder")
    return Ladder(title=drawing.title, columns=tuple(drawing.columns), rows=tuple(rows))


def cut(text: str, length: int) -> str:
    """Text from the network, on one line, printable and not too long."""
    if not text.isprintable():
        text = text.encode("unicode_escape").decode()
    return text if len(text) <= length else text[: length - 1] + "…"


def _rows(drawing: _Drawing, event: CallEvent) -> Iterator[Row]:
    match event:
        case CallArrived():
            drawing.start = event.at
            who = " ".join(filter(None, (event.caller or "anonymous", event.caller_name)))
            drawing.title = cut(f"call {event.call}: {who} calls {event.called}", 100)
            yield from _arrived(drawing, event)
        case RouteDecided(trail=trail, treatment=treatment):
            yield from (_words(line) for line in trail)
            if treatment and treatment != "None":
                yield _words(f"=>: {treatment}")
        case CallEnded(result=result, reason=reason, talk_seconds=talked):
            spoken = f", they talked {talked:.1f} s" if talked else ""
            yield _words(f"end: {result}{spoken}: {reason}")
        case CallCrashed(error=error):
            yield _words(f"bug: {error.strip().splitlines()[-1] if error.strip() else 'without words'}")
        case LegEvent():
            yield from _of_leg(drawing, event)


def _arrived(drawing: _Drawing, event: CallArrived) -> Iterator[Row]:
    caller = drawing.column(event.leg, event.party, event.address)
    drawing.columns.append(Column(name="pbxd", address=""))
    drawing.inbound.add(event.leg)
    yield _arrow(caller, PBXD, f"INVITE {event.called}")


def _of_leg(drawing: _Drawing, event: LegEvent) -> Iterator[Row]:
    """What happened to a leg; one that never began here is only told of in words."""
    if isinstance(event, LegDialled) and event.leg not in drawing.number:
        number = drawing.column(event.leg, event.party, event.address)
        yield _arrow(PBXD, number, f"INVITE {event.number}")
        return
    if isinstance(event, LegAdopted) and event.leg not in drawing.number:
        drawing.column(event.leg, event.party, event.address)
        drawing.inbound |= {event.leg} if event.inbound else set()
        drawing.answered |= {event.leg} if event.answered else set()
        yield _words(f"leg: {event.party} comes out of call {event.out_of}")
        return
    there = drawing.number.get(event.leg)
    if there is not None:
        yield from _message(drawing, event, there)
    yield from _said(event)


def _message(drawing: _Drawing, event: LegEvent, there: int) -> Iterator[Row]:
    """The arrow that an event of a leg is."""
    inbound = event.leg in drawing.inbound
    match event:
        case LegRinging(status=status):
            yield _arrow(there, PBXD, f"{status} {_REASONS.get(status, '')}".strip())
        case LegAnswered():
            drawing.answered.add(event.leg)
            yield _arrow(PBXD, there, "200 OK") if inbound else _arrow(there, PBXD, "200 OK")
        case LegHeld():
            yield _arrow(there, PBXD, "re-INVITE, on hold")
        case LegResumed():
            yield _arrow(there, PBXD, "re-INVITE, resumed")
        case CallTransferred(to=to) | TransferFailed(to=to):
            yield _arrow(there, PBXD, f"REFER to {to}")
        case LegEnded(status=status, reason=reason, by_peer=by_peer):
            if event.leg in drawing.answered:
                label = "BYE"
            elif by_peer == inbound:
                label = "CANCEL"
            else:
                label = f"{status} {reason}"
            yield _arrow(there, PBXD, label) if by_peer else _arrow(PBXD, there, label)
            if reason and reason not in label:
                yield _words(f"leg: {event.party}: {reason}")


def _said(event: LegEvent) -> Iterator[Row]:
    """What is worth words beside its arrow, or has no arrow."""
    match event:
        case LegEncrypted(suite=suite):
            yield _words(f"media: sound of {event.party} is {f'encrypted, {suite}' if suite else 'in the clear'}")
        case Transcoding(heard=heard, made=made):
            yield _words(f"media: {event.party} hears {heard} as {made}")
        case LegMoved(into=into):
            yield _words(f"leg: {event.party} goes on in call {into}")
        case LegReplaced(by=by):
            yield _words(f"leg: {by} takes the place of {event.party}")
        case TransferFailed(to=to, status=status, reason=reason):
            yield _words(f"transfer: {to} was not reached: {status} {reason}")
        case LegSilent(seconds=seconds):
            yield _words(f"media: nothing is heard of {event.party} for {seconds:g} s")
        case Said(text=text):
            yield _words(f"said: to {event.party}: {text}")
        case KeysPressed(keys=keys):
            yield _words(f"keys: {event.party} pressed {keys}")
        case MediaProblem(reason=reason):
            yield _words(f"media: {event.party}: {reason}")


def _arrow(source: int, target: int, label: str) -> Row:
    return Row(at=0.0, source=source, target=target, label=cut(label, LABEL))


def _words(line: str) -> Row:
    stage, _, words = cut(line, 1000).partition(": ")
    return Row(at=0.0, stage=stage if words else "", words=(words or stage,))
