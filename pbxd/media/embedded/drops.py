"""Why a datagram that arrived was not passed on."""

from __future__ import annotations

import enum


class Drop(enum.Enum):
    """Reasons, as counted by the engine."""

    MALFORMED = "malformed"
    """Lengths or version wrong."""
    PROTOCOL = "protocol"
    """STUN, DTLS or something unknown: nothing that this port has negotiated."""
    STRANGER = "stranger"
    """Not from the address that the port believes to be the party's."""
    FORMAT = "format"
    """A payload type that was not negotiated with the party."""
    EXCESS = "excess"
    """More in a second than a facsimile needs."""
    UNHEARABLE = "unhearable"
    """A format that the hearer did not negotiate."""
    UNAUTHENTIC = "unauthentic"
    """Sound is encrypted, and this was not encrypted with the party's key, or was changed on the way."""
    DUPLICATE = "duplicate"
    """Came before, came too late, or leapt in sequence and was not (yet) confirmed."""
    LATE = "late"
    """Belongs before the point where the hearer's stream was switched."""
