"""What a peer asks for by REFER (RFC 3515), and the subscription to its outcome that this implies. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from pbxd.errors import MalformedMessage
from pbxd.sip.headers import NameAddr
from pbxd.sip.message import Request, Response, response_to
from pbxd.sip.replaces import Meant
from pbxd.sip.session.effects import Referred
from pbxd.sip.session.timer import Pairs
from pbxd.sip.values import MAX_SECONDS

SCHEMES = frozenset({"sip", "sips", "tel"})
LASTS = 300.0
"""Seconds until a subscription ends by itself: longer than anybody rings."""
FRAGMENT = "message/sipfrag;version=2.0"
TRYING = 100, "Trying"


def read(request: Request) -> Referred | Response:
    """What a REFER asks for, or its refusal."""
    values = request.headers.all("Refer-To")
    try:
        targets = [target for value in values for target in NameAddr.parse_list(value)]
        if len(targets) != 1:
            return response_to(request, 400, "One Refer-To Wanted")  # RFC 3515 2.4.2
        uri = targets[0].uri
        if uri.scheme not in SCHEMES:
            return response_to(request, 416)
        if (uri.param("method") or "INVITE").upper() != "INVITE":
            return response_to(request, 501, "Only INVITE Can Be Asked For")
        replaces = Meant.in_uri(uri)
    except MalformedMessage as error:
        return response_to(request, 400, f"Refer-To: {error.reason}"[:80])
    return Referred(
        id=request.cseq.number, target=uri.replace(headers=""), replaces=replaces, referred_by=_referred_by(request)
    )


def _referred_by(request: Request) -> str:
    """The URI in Referred-By (RFC 3892); what can't be read is not there."""
    try:
        return str(NameAddr.parse(request.headers.get("Referred-By") or "").uri)
    except MalformedMessage:
        return ""


def wants_no_notify(request: Request) -> bool:
    """Whether the peer does without the subscription (RFC 4488 4)."""
    return (request.headers.get("Refer-Sub") or "").partition(";")[0].strip(" \t").lower() == "false"


@dataclass(slots=True)
class Referral:
    """One REFER that was accepted, until its outcome is told."""

    event: str
    """As its NOTIFYs say it: the second REFER of a dialog and those after it have an id (RFC 3515 2.4.6)."""
    until: float
    quiet: bool
    said: tuple[int, str] = TRYING
    """The newest that was told, or is to be told once the NOTIFY under way is answered."""
    waiting: bool = False
    """Whether ``said`` has not gone out yet."""
    notify: int | None = None
    """CSeq of the NOTIFY under way: the next one waits for its answer, lest they arrive out of order."""
    reason: str = "noresource"
    """Why it ends, when it does (RFC 6665 4.1.3)."""

    @property
    def over(self) -> bool:
        """Whether there is nothing more to tell after ``said``."""
        return self.said[0] >= 200 or self.reason != "noresource"

    def headers(self, now: float) -> Pairs:
        """Of the NOTIFY for ``said``."""
        state = f"terminated;reason={self.reason}" if self.over else f"active;expires={max(0, round(self.until - now))}"
        return (("Event", self.event), ("Subscription-State", state))

    @property
    def body(self) -> bytes:
        """The fragment of a response that says how far it is (RFC 3420)."""
        return f"SIP/2.0 {self.said[0]} {self.said[1]}\r\n".encode()


class Referrals:
    """The REFERs of one session."""

    __slots__ = ("_accepted", "live")

    def __init__(self) -> None:
        self._accepted = 0
        self.live: dict[int, Referral] = {}
        """By the CSeq number of the REFER."""

    def accept(self, request: Request, now: float) -> Referral:
        """The owner does what the REFER asks for; from now on its NOTIFYs are due."""
        number = request.cseq.number
        event = "refer" if not self._accepted else f"refer;id={number}"
        self._accepted += 1
        referral = Referral(event, now + LASTS, wants_no_notify(request))
        if not referral.quiet:
            self.live[number] = referral
        return referral

    @property
    def deadline(self) -> float | None:
        """When the first of them runs out."""
        return min((referral.until for referral in self.live.values()), default=None)

    def of_event(self, event: str, id: str) -> Referral | None:
        """The one that a SUBSCRIBE means."""
        named = f"{event};id={id}" if id else event
        return next((one for number, one in self.live.items() if named in (one.event, f"refer;id={number}")), None)

    def notified(self, cseq: int) -> Referral | None:
        """The one whose NOTIFY this was."""
        return next((referral for referral in self.live.values() if referral.notify == cseq), None)

    def drop(self, referral: Referral) -> None:
        """Nobody is told any more."""
        self.live = {number: one for number, one in self.live.items() if one is not referral}


def seconds_of(request: Request) -> float:
    """How long a SUBSCRIBE wants to be told, bounded by how long we tell."""
    expires = request.expires
    return LASTS if expires is None else min(float(min(expires, MAX_SECONDS)), LASTS)
