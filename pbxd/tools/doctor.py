"""What was wrong with a call, in plain words, from what happened in it (TOOL-9). Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pbxd.events import (
    CallArrived,
    CallCrashed,
    CallEnded,
    CallEvent,
    LegAdopted,
    LegAnswered,
    LegDialled,
    LegEnded,
    LegId,
    LegSilent,
    MediaProblem,
    Transcoding,
)

Kind = Literal["sound", "nat", "codec", "dtmf", "signalling", "server"]
NO_CODEC: Final = frozenset({415, 488, 606})
NOT_THERE: Final = frozenset({408, 410, 430, 480, 503})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One thing that was wrong, or worth knowing."""

    kind: Kind
    party: str
    words: str


def verdicts(events: Sequence[CallEvent]) -> list[Verdict]:
    """All that can be said of a call; nothing where nothing strikes the eye."""
    found = [*_sound(events), *_formats(events), *_signalling(events)]
    return list(dict.fromkeys(found))


def _addresses(events: Sequence[CallEvent]) -> dict[LegId, str]:
    """Where each leg's messages came from or went to."""
    legs = (event for event in events if isinstance(event, CallArrived | LegDialled | LegAdopted))
    return {event.leg: _host(event.address) for event in legs if event.address}


def _host(flow: str) -> str:
    """``192.0.2.1`` of ``udp:192.0.2.1:5060``."""
    address = flow.partition(":")[2] if flow[:1].isalpha() else flow
    return address.rpartition(":")[0].strip("[]")


def _sound(events: Sequence[CallEvent]) -> Iterator[Verdict]:
    silent = {event.leg: event for event in events if isinstance(event, LegSilent)}
    answered = {event.leg: event.party for event in events if isinstance(event, LegAnswered | CallArrived)}
    signalled = _addresses(events)
    for leg, event in silent.items():
        heard = [party for other, party in answered.items() if other not in silent]
        if heard:
            words = f"one-way sound: nothing came from {event.party} for {event.seconds:g} s; {heard[0]} was heard"
        else:
            words = f"no sound: nothing came from {event.party} for {event.seconds:g} s, nor from anybody else"
        yield Verdict(kind="sound", party=event.party, words=words)
        expected, from_ = _host(event.expected), signalled.get(leg, "")
        if expected and from_ and expected != from_ and _private(expected):
            words = (
                f"{event.party} is behind NAT: it wants its sound at {expected}, which is private, and its messages"
                f" come from {from_}; the router between lets no sound out, or an ALG in it has changed the addresses"
            )
            yield Verdict(kind="nat", party=event.party, words=words)
        elif expected and from_ and expected != from_:
            words = f"the sound of {event.party} has another way ({expected}) than its messages ({from_}): look at both"
            yield Verdict(kind="nat", party=event.party, words=words)
    for problem in events:
        if isinstance(problem, MediaProblem):
            words = f"no sound for {problem.party}: {problem.reason}"
            yield Verdict(kind="sound", party=problem.party, words=words)


def _formats(events: Sequence[CallEvent]) -> Iterator[Verdict]:
    for event in events:
        if isinstance(event, Transcoding) and event.heard == event.made:
            words = (
                f"{event.party} takes no keys as events (telephone-event): they are looked for in sound, or made into"
                " it; set the phone or trunk to RFC 4733"
            )
            yield Verdict(kind="dtmf", party=event.party, words=words)
        elif isinstance(event, Transcoding) and event.heard and event.made:
            words = (
                f"{event.party} has no codec in common with the other one: {event.heard} is made into {event.made},"
                " which costs quality and time"
            )
            yield Verdict(kind="codec", party=event.party, words=words)
        elif isinstance(event, LegEnded) and event.status in NO_CODEC:
            words = f"{event.party} took none of the offered codecs, or not this encryption: {_said(event)}"
            yield Verdict(kind="codec", party=event.party, words=words)


def _signalling(events: Sequence[CallEvent]) -> Iterator[Verdict]:
    answered = {event.leg for event in events if isinstance(event, LegAnswered)}
    for event in events:
        match event:
            case LegEnded() if event.status in NOT_THERE and event.leg not in answered and event.by_peer:
                words = f"{event.party} could not be had: {_said(event)}"
                yield Verdict(kind="signalling", party=event.party, words=words)
            case LegEnded(status=408) if event.leg not in answered:
                words = (
                    f"nothing was heard of {event.party}: it is off, or the way back to it is closed (a NAT router"
                    " forgets a phone that is silent for long)"
                )
                yield Verdict(kind="signalling", party=event.party, words=words)
            case CallCrashed():
                yield Verdict(kind="server", party="", words="a bug in pbxd ended the call; the log has it")
            case CallEnded(result="rejected"):
                yield Verdict(kind="signalling", party="", words=f"it was refused: {event.status} {event.reason}")
            case _:
                pass


def _said(event: LegEnded) -> str:
    return f"{event.status} {event.reason}".strip()


def _private(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False
