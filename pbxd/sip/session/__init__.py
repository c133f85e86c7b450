"""The INVITE usage of a leg (RFC 3261 13-15, RFC 3311, RFC 5057) as pure machines.

:class:`InboundSession` answers an INVITE, :class:`OutboundSession` sends one; both are an :class:`InviteSession` once
there is a dialog. They take messages, commands and ``now``, and return effects; the endpoint performs those, and the
leg that owns the session gets what they :class:`Report`. What needs no decision (repeating a 2xx, acknowledging,
cancelling in time, finishing a BYE) happens in here alone.
"""

from pbxd.sip.session.effects import (
    Answered,
    Cancel,
    Effect,
    Ended,
    Keyed,
    OfferAnswered,
    OfferFailed,
    OfferReceived,
    OfferWithdrawn,
    Progress,
    Referred,
    RefreshDue,
    Rejected,
    Report,
    Respond,
    SendAck,
    SendRequest,
    SessionEvent,
    Settled,
    UpdateAnswered,
)
from pbxd.sip.session.inbound import InboundSession
from pbxd.sip.session.outbound import OutboundSession
from pbxd.sip.session.usage import InviteSession

__all__ = [
    "Answered",
    "Cancel",
    "Effect",
    "Ended",
    "InboundSession",
    "InviteSession",
    "Keyed",
    "OfferAnswered",
    "OfferFailed",
    "OfferReceived",
    "OfferWithdrawn",
    "OutboundSession",
    "Progress",
    "Referred",
    "RefreshDue",
    "Rejected",
    "Report",
    "Respond",
    "SendAck",
    "SendRequest",
    "SessionEvent",
    "Settled",
    "UpdateAnswered",
]
