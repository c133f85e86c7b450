"""What the tables of the four transaction machines are written with: inputs and effects as the words of the figures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from pbxd.sip.message import Request, Response, response_to
from pbxd.sip.parse import parse_message
from pbxd.sip.transaction import Deliver, Effect, Send, State, TimedOut, Timers, TransportFailed

TIMERS = Timers(t1=0.5, t2=4.0, t4=5.0)
"""The defaults of RFC 3261, spelled out because the tables' times are made of them."""

Row = tuple[State, str, str, State]
"""State, input, effects, next state."""


class Waking(Protocol):
    """What every machine has."""

    state: State

    @property
    def deadline(self) -> float | None: ...
    def wake(self, now: float) -> list[Effect]: ...
    def transport_failed(self, reason: str, now: float) -> list[Effect]: ...


def request(method: str, *extra: str) -> Request:
    """A request as a client transaction gets it: with the Via of its element as a line of its own."""
    lines = (
        f"{method} sip:bo@nordhavn.example SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKanna;rport",
        *extra,
        "Max-Forwards: 70",
        "From: Anna <sip:anna@nordhavn.example>;tag=a1",
        "To: <sip:bo@nordhavn.example>",
        "Call-ID: table@192.0.2.1",
        f"CSeq: 7 {method}",
        "Content-Length: 0\r\n\r\n",
    )
    message = parse_message("\r\n".join(lines).encode())
    assert isinstance(message, Request)
    return message


def response(to: Request, status: int, *, tag: str = "b1") -> Response:
    """A response as it comes from the network."""
    message = parse_message(response_to(to, status, to_tag=tag if status > 100 else None).to_bytes())
    assert isinstance(message, Response)
    return message


def words(effects: Iterable[Effect]) -> str:
    """Effects as the figures write them: ``send ACK, deliver 486``."""
    return ", ".join(map(_word, effects))


def _word(effect: Effect) -> str:
    match effect:
        case Send(data):
            first, second = data.decode().split(" ")[:2]
            return f"send {second if first == 'SIP/2.0' else first}"
        case Deliver(message):
            return f"deliver {message.status if isinstance(message, Response) else message.method}"
        case TimedOut():
            return "timed out"
        case TransportFailed(reason):
            return f"transport failed: {reason}"


def until_silent(machine: Waking, *, since: float) -> list[tuple[float, str]]:
    """Jump from deadline to deadline: when, counted from ``since``, and what happened."""
    story = []
    while (deadline := machine.deadline) is not None:
        story.append((round(deadline - since, 6), words(machine.wake(deadline))))
    return story
