"""What transaction machines want done; the layer does it.

A machine returns its effects after it has changed its state, what goes on the wire first and at most one report to the
transaction user last. So the caller may call the machine again while it performs them, and a user that raises costs
nothing but its own report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from pbxd.plain import plain
from pbxd.sip.message import Request, Response


@plain
@dataclass(frozen=True, slots=True)
class Send:
    """Put these bytes on the wire, now, on the transaction's flow; a retransmission is the same object again."""

    data: bytes


@plain
@dataclass(frozen=True, slots=True)
class Deliver:
    """Pass this message up to the transaction user."""

    message: Request | Response


@dataclass(frozen=True, slots=True)
class TimedOut:
    """No (final) response came in time: timer B or F (RFC 3261 17.1), or no ACK for a non-2xx: timer H (17.2.1)."""


@dataclass(frozen=True, slots=True)
class TransportFailed:
    """The transport said that the message could not be sent (RFC 3261 17.1.4, 17.2.4)."""

    reason: str


Effect: TypeAlias = Send | Deliver | TimedOut | TransportFailed
