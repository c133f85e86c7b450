"""Makes the messages of the torture tests: a decent INVITE with some lines replaced, dropped or added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

DECENT: Mapping[str, str] = {
    "Via": "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKtorture",
    "From": "From: <sip:anna@example.com>;tag=f",
    "To": "To: <sip:bo@example.com>",
    "Call-ID": "Call-ID: torture@192.0.2.1",
    "CSeq": "CSeq: 1 INVITE",
    "Max-Forwards": "Max-Forwards: 70",
    "Content-Length": "Content-Length: 0",
}
START = "INVITE sip:bo@example.com SIP/2.0"
OK = "SIP/2.0 200 OK"


def message(
    changes: Mapping[str, str | None] | None = None,
    *more: str,
    start: str = START,
    body: bytes = b"",
    end: bytes = b"\r\n\r\n",
) -> bytes:
    """``changes`` replace whole lines by the name of the header (``None`` drops it), ``more`` lines are added."""
    lines: Sequence[str | None] = [start, *(dict(DECENT) | dict(changes or {})).values(), *more]
    return "\r\n".join(line for line in lines if line is not None).encode("utf-8", "surrogateescape") + end + body
