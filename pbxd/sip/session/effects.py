"""What a session wants done, and what it reports to the leg that owns it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from pbxd.plain import plain
from pbxd.sip.dialog import Dialog
from pbxd.sip.headers import Reason
from pbxd.sip.message import Request, Response
from pbxd.sip.nat import Destination
from pbxd.sip.replaces import Meant
from pbxd.sip.transaction import ServerEntry
from pbxd.sip.uri import Uri

# Reports ----------------------------------------------------------------------------------------------------------


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A provisional response above 100 came; ``body`` is its SDP, empty for none."""

    status: int
    reason: str
    dialog: Dialog | None
    """The early dialog it belongs to, ``None`` where it made none (no To tag). A forking peer has several."""
    body: bytes


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The call is up. Outbound: the first 2xx, ``body`` its SDP. Inbound: the ACK, ``body`` the SDP it may carry."""

    dialog: Dialog
    body: bytes
    settled: bool = False
    """Whether the answer came before, in a reliable provisional response; ``body`` may then be empty (RFC 3262 5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Our INVITE got a final failure response (or 408 and 503 of our own making, RFC 3261 8.1.3.1)."""

    status: int
    reason: str
    contacts: tuple[Uri, ...]
    """Where a 3xx points, best first."""
    retry_after: int | None = None
    """Seconds that the peer asks to be left alone (RFC 3261 20.33)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferReceived:
    """The peer offers (``body``), or asks for our offer (empty body), by re-INVITE or UPDATE.

    The owner answers, at once or later, with ``answer_offer`` or ``refuse_offer``.
    """

    body: bytes


@dataclass(frozen=True, slots=True)
class OfferWithdrawn:
    """The peer cancelled its re-INVITE before it was answered, which is refused already (487): nothing changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAnswered:
    """The peer's answer to what we offered by ``offer``, or to the offer it asked us for."""

    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFailed:
    """The peer refused our offer, and the session goes on as it was.

    ``retry_after`` is the seconds to wait before offering again after a 491 (RFC 3261 14.1), ``None`` when offering
    the same again makes no sense.
    """

    status: int
    reason: str
    retry_after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateAnswered:
    """The peer answered our UPDATE that offered nothing, whatever that was for.

    ``retry_after`` is the seconds to wait before telling it the same again, ``None`` where that makes no sense.
    """

    status: int
    retry_after: float | None


@dataclass(frozen=True, slots=True)
class Settled:
    """The peer has acknowledged our answer to its re-INVITE: offers may be made again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """The peer's user pressed a key, and it said so by INFO."""

    digit: str
    content_type: str
    body: bytes
    """As it came, for passing on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Referred:
    """The peer wants whom it talks to to reach somebody else (RFC 3515).

    The owner says at once ``accept_referral`` or ``refuse_referral``, and then ``referral_progressed`` for this ``id``.
    """

    id: int
    target: Uri
    replaces: Meant | None
    """The dialog that is to be taken over at the target (RFC 3891), as the target knows it."""
    referred_by: str
    """Who asks, by its own account (RFC 3892); empty where it does not say."""


@dataclass(frozen=True, slots=True)
class RefreshDue:
    """The session timer wants a re-INVITE (RFC 4028 7.4): the owner offers, by ``offer``, what is in force already."""


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The session is over, and not because its owner said so."""

    status: int
    """487 for a CANCEL, 408 when the peer fell silent, 0 after a BYE."""
    reason: str
    by_peer: bool


SessionEvent: TypeAlias = (
    Progress
    | Answered
    | Rejected
    | OfferReceived
    | OfferWithdrawn
    | OfferAnswered
    | OfferFailed
    | UpdateAnswered
    | Settled
    | Keyed
    | Referred
    | RefreshDue
    | Ended
)

# Effects ----------------------------------------------------------------------------------------------------------


@plain
@dataclass(frozen=True, slots=True)
class SendRequest:
    """Send this request, without Via yet, through a new client transaction."""

    request: Request
    destination: Destination


@plain
@dataclass(frozen=True, slots=True)
class SendAck:
    """Send the ACK of a 2xx, which belongs to no transaction (13.2.2.4)."""

    request: Request
    destination: Destination


@plain
@dataclass(frozen=True, slots=True)
class Respond:
    """Answer the request of this server transaction."""

    transaction: ServerEntry
    response: Response


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel the newest INVITE of this session (9.1)."""

    reason: Reason | None


@plain
@dataclass(frozen=True, slots=True)
class Report:
    """Tell the leg."""

    event: SessionEvent


Effect: TypeAlias = SendRequest | SendAck | Respond | Cancel | Report
