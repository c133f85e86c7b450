"""What a client makes out of its INVITE: the ACK of a failure, CANCEL, and the branch of a 2xx's ACK."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from pbxd.sip.headers import BRANCH_COOKIE
from pbxd.sip.message import Headers, Request, Response

MAX_FORWARDS = ("Max-Forwards", "70")


def ack_for(invite: Request, response: Response) -> Request:
    """The ACK of a final response of 300 to 699 to ``invite``, which has its Via (RFC 3261 17.1.1.3)."""
    headers = (
        Headers((("Via", str(invite.via)), MAX_FORWARDS))
        + invite.headers.only("Route", "From", "Call-ID")
        + response.headers.only("To")  # with the tag of whoever refused
        + Headers((("CSeq", f"{invite.cseq.number} ACK"),))
    )
    return Request("ACK", invite.uri, headers)


def cancel_for(invite: Request, headers: Iterable[tuple[str, str]] = ()) -> Request:
    """The CANCEL of ``invite``, which has its Via, with ``headers`` added (RFC 3261 9.1)."""
    fields = (
        Headers((("Via", str(invite.via)), MAX_FORWARDS))
        + invite.headers.only("Route", "From", "To", "Call-ID")
        + Headers((("CSeq", f"{invite.cseq.number} CANCEL"), *headers))
    )
    return Request("CANCEL", invite.uri, fields)


def ack_branch(ack: Request) -> str:
    """The branch of the ACK of a 2xx: its own, and the same each time (RFC 3261 8.1.1.7, 13.2.2.4).

    It comes from what tells this ACK from all others, so that nobody has to remember it.
    """
    what = f"{ack.call_id} {ack.from_.tag} {ack.to.tag} {ack.cseq.number}"
    return BRANCH_COOKIE + blake2b(what.encode("utf-8", "surrogateescape"), digest_size=9).hexdigest()
