"""Digits in INFO requests, as phones without RFC 4733 send them. Pure.

Neither body was ever standardized: ``application/dtmf-relay`` has lines ``Signal=5`` and ``Duration=160``
(milliseconds), ``application/dtmf`` just the digit.
"""

from __future__ import annotations

import re

from pbxd.sip.message import Request, Response, response_to

RELAY, PLAIN = "application/dtmf-relay", "application/dtmf"
USUAL = 160
"""Milliseconds of a key."""
MAX_BODY = 256
"""Bytes; nobody needs more to say one digit."""
_SIGNAL = re.compile(rb"(?:^|[\r\n])\s*Signal\s*=\s*([0-9A-D*#]|1[0-6])\s*(?:[\r\n]|$)", re.IGNORECASE)
_PLAIN = re.compile(rb"\s*([0-9A-D*#]|1[0-6])\s*", re.IGNORECASE)
_DURATION = re.compile(rb"(?:^|[\r\n])\s*Duration\s*=\s*([0-9]{1,5})\s*(?:[\r\n]|$)", re.IGNORECASE)
_NUMBERED = {b"10": "*", b"11": "#", b"12": "A", b"13": "B", b"14": "C", b"15": "D"}
"""Events by their number in RFC 4733 3.2, which some phones write."""


def digit_of(content_type: str, body: bytes) -> str | None:
    """One of ``0`` to ``9``, ``*``, ``#``, ``A`` to ``D``; ``None`` where the body says no such thing."""
    if len(body) > MAX_BODY:
        return None
    found = _SIGNAL.search(body) if content_type == RELAY else _PLAIN.fullmatch(body)
    if found is None or found[1] == b"16":  # a hook flash
        return None
    return _NUMBERED.get(found[1], found[1].decode().upper())


def duration_of(content_type: str, body: bytes) -> int:
    """How long the key was pressed, milliseconds; :data:`USUAL` where the body does not say."""
    found = _DURATION.search(body) if content_type == RELAY and len(body) <= MAX_BODY else None
    return int(found[1]) if found is not None else USUAL


def relay(digit: str, milliseconds: int) -> bytes:
    """The body of type :data:`RELAY` that says a digit."""
    return f"Signal={digit}\r\nDuration={milliseconds}\r\n".encode()


def refusal(request: Request) -> Response | None:
    """The response to an INFO that we can't take; ``None`` where it holds a digit, or nothing at all."""
    if "Info-Package" in request.headers:
        return response_to(request, 469, headers=[("Recv-Info", "")])  # RFC 6086 4.2.2: we know no package
    if not request.body:
        return None  # RFC 2976 2.2: somebody asks whether we are there
    if request.content_type not in (RELAY, PLAIN):
        return response_to(request, 415, headers=[("Accept", f"{RELAY}, {PLAIN}")])
    return None if digit_of(request.content_type, request.body) else response_to(request, 400, "No digit")
