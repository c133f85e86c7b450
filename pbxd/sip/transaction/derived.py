"""The two requests that a client makes out of its INVITE: the ACK of a failure, and CANCEL."""

from __future__ import annotations

from collections.abc import Iterable

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
