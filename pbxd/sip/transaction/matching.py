"""By what a message finds its transaction, and what is written into the Via of a request that came in.

A key is one string: it hashes once, and 64,000 of them linger at 500 calls/s.
"""

from __future__ import annotations

from pbxd.sip.flow import Flow
from pbxd.sip.headers import BRANCH_COOKIE
from pbxd.sip.message import Request, Response
from pbxd.sip.values import Via


def client_key(method: str, branch: str) -> str:
    """Branch and CSeq method (RFC 3261 17.1.3)."""
    return f"{method} {branch}"


def legacy_key(request: Request) -> str | None:
    """What requests of one transaction share when their branch says nothing (17.2.3); ``None`` when it does.

    Method and To tag are left to the caller. ``request`` must still have the Via it came with.
    """
    via = request.via
    if via.branch.startswith(BRANCH_COOKIE):
        return None
    cseq, from_tag = request.cseq.number, request.from_.tag or ""
    return f"{request.uri} {request.call_id} {cseq} {from_tag} {via}"


def server_key(method: str, request: Request, legacy: str | None) -> str:
    """The key of the server transaction that ``request`` belongs to, were its method ``method`` (17.2.3)."""
    if legacy is not None:
        return legacy_ack_key(method, legacy, request.to.tag)
    return branch_key(method, request.via)


def branch_key(method: str, via: Via) -> str:
    """The key of a server transaction whose branch says which it is."""
    # The branch stands last: it is the only part that may hold anything.
    return f"{method} {via.host.lower()}:{via.port or ''} {via.branch}"


def legacy_ack_key(method: str, legacy: str, to_tag: str | None) -> str:
    """With the To tag: that of the INVITE in all requests but the ACK, which has the response's (17.2.3)."""
    return f"{method} {to_tag or ''} {legacy}"


def merge_key(request: Request) -> str:
    """What a request has in common with its copies that a forking proxy sent us by other ways (8.2.2.2)."""
    return f"{request.cseq} {request.from_.tag or ''} {request.call_id}"


def with_source(request: Request, flow: Flow) -> Request:
    """With ``received`` and ``rport`` in its topmost Via, where RFC 3261 18.2.1 and RFC 3581 4 want them."""
    via = seen_from(request.via, flow)
    return request if via is request.via else request.with_top_via(via)


def seen_from(via: Via, flow: Flow) -> Via:
    """The topmost Via of a request that came on ``flow``; itself where nothing is to be added."""
    host, port = flow.remote
    if via.asks_rport:
        return via.with_param("received", host).with_param("rport", str(port))
    if via.host != host or via.received is not None:
        return via.with_param("received", host)
    return via


def is_ours(response: Response, sent_by: tuple[str, int]) -> bool:
    """Whether ``response`` has one Via, with the sent-by that we wrote (8.1.3.3, 18.1.2)."""
    headers = response.headers
    if headers.count("Via") != 1 or "," in (headers.get("Via") or ""):
        return False
    via = response.via
    host, port = sent_by
    return via.host.lower() == host.lower() and (via.port or (5061 if via.transport == "TLS" else 5060)) == port
