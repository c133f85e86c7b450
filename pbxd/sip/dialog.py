"""A dialog (RFC 3261 12): what two user agents must agree on to send each other requests. Pure."""

from __future__ import annotations

from typing import NamedTuple

from pbxd.errors import MalformedMessage, ProtocolViolation
from pbxd.sip.flow import Flow
from pbxd.sip.headers import NameAddr
from pbxd.sip.message import Headers, Request, Response
from pbxd.sip.nat import Destination, where_to
from pbxd.sip.routing import by_routes
from pbxd.sip.uri import Uri

TARGET_REFRESH = frozenset({"INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"})
"""Methods that carry a Contact and may change the remote target (RFC 3261 12.2, RFC 3311, RFC 6665, RFC 3515)."""
MAX_FORWARDS = 70


class DialogId(NamedTuple):
    """Call-ID and both tags; the remote tag is empty for peers older than RFC 3261."""

    call_id: str
    local_tag: str
    remote_tag: str


class Dialog:
    """One dialog, early or confirmed.

    ``flow`` is where the peer was heard, and ``direct`` says that no proxy stood between, so that requests within
    the dialog go back to the same place even when the Contact names an address behind NAT.
    """

    __slots__ = (
        "_from",
        "_to",
        "contact",
        "direct",
        "flow",
        "id",
        "local_cseq",
        "remote_cseq",
        "remote_target",
        "route_set",
    )

    def __init__(
        self,
        *,
        id: DialogId,
        from_: str,
        to: str,
        local_cseq: int,
        remote_cseq: int | None,
        remote_target: Uri,
        route_set: tuple[NameAddr, ...],
        contact: Uri,
        flow: Flow,
        direct: bool,
    ) -> None:
        self.id = id
        self._from = from_
        self._to = to
        self.local_cseq = local_cseq
        self.remote_cseq = remote_cseq
        self.remote_target = remote_target
        self.route_set = route_set
        self.contact = contact
        self.flow = flow
        self.direct = direct

    @classmethod
    def of_server(cls, request: Request, *, local_tag: str, contact: Uri, flow: Flow) -> Dialog:
        """The dialog that our response with a To tag to ``request`` makes (12.1.1).

        Raises :class:`ProtocolViolation` (400) when the request has no Contact to answer to.
        """
        target = request.contact
        if target is None:
            raise ProtocolViolation(f"a {request.method} that makes a dialog needs one Contact")
        return cls(
            id=DialogId(request.call_id, local_tag, request.from_.tag or ""),
            from_=str(request.to.with_tag(local_tag)),
            to=str(request.from_),
            local_cseq=0,
            remote_cseq=request.cseq.number,
            remote_target=target.uri,
            route_set=request.record_routes,
            contact=contact,
            flow=flow,
            direct=len(request.vias) == 1,
        )

    @classmethod
    def of_client(cls, request: Request, response: Response, *, contact: Uri, flow: Flow, direct: bool) -> Dialog:
        """The dialog that a response with a To tag to our ``request`` makes (12.1.2).

        A response without Contact leaves the Request-URI as target: a peer that forgets it in a provisional response
        is common, and nothing is lost by going on. Nor by taking what can't be read for missing: a 2xx must be
        acknowledged, whatever is in it.
        """
        target, routes = _target(response), _recorded(response)
        return cls(
            id=DialogId(request.call_id, request.from_.tag or "", response.to.tag or ""),
            from_=str(request.from_),
            to=str(response.to),
            local_cseq=request.cseq.number,
            remote_cseq=None,
            remote_target=target if target is not None else request.uri,
            route_set=tuple(reversed(routes)),
            contact=contact,
            flow=flow,
            direct=direct and not routes,
        )

    @classmethod
    def of_stray(cls, response: Response, *, contact: Uri, flow: Flow) -> Dialog:
        """The dialog that a 2xx of an INVITE made which nobody here remembers: enough to end it."""
        target = _target(response)
        return cls(
            id=DialogId(response.call_id, response.from_.tag or "", response.to.tag or ""),
            from_=str(response.from_),
            to=str(response.to),
            local_cseq=response.cseq.number,
            remote_cseq=None,
            remote_target=target if target is not None else response.to.uri,
            route_set=tuple(reversed(_recorded(response))),
            contact=contact,
            flow=flow,
            direct=True,
        )

    @property
    def destination(self) -> Destination:
        """Where the next request of this dialog is sent (RFC 3261 12.2.1.1, 8.1.2)."""
        return where_to(self.route_set, self.remote_target, self.flow, self.direct)

    def request(
        self,
        method: str,
        *,
        headers: tuple[tuple[str, str], ...] = (),
        content_type: str = "",
        body: bytes = b"",
        cseq: int | None = None,
    ) -> Request:
        """A new request within the dialog (12.2.1.1); ``cseq`` is given for the ACK of a 2xx only."""
        if cseq is None:
            cseq = self.next_cseq()
        uri, routes = by_routes(self.remote_target, self.route_set)
        fields = [
            ("Max-Forwards", str(MAX_FORWARDS)),
            ("From", self._from),
            ("To", self._to),
            ("Call-ID", self.id.call_id),
            ("CSeq", f"{cseq} {method}"),
        ]
        if method in TARGET_REFRESH:
            fields.append(("Contact", f"<{self.contact}>"))
        fields.extend(("Route", str(route)) for route in routes)
        fields.extend(headers)
        if content_type:
            fields.append(("Content-Type", content_type))
        return Request(method, uri, Headers(fields), body)

    def next_cseq(self) -> int:
        """The number of the next request, which is thereby taken."""
        self.local_cseq += 1
        return self.local_cseq

    def receive(self, request: Request) -> None:
        """Take in a request within the dialog (12.2.2); ACK and CANCEL are not for here.

        Raises :class:`ProtocolViolation` (500) when it is older than one already seen, and :class:`MalformedMessage`
        for a Contact that can't be read.
        """
        number = request.cseq.number
        if self.remote_cseq is not None and number <= self.remote_cseq:
            raise ProtocolViolation("CSeq is not above the last one of this dialog", status=500)
        self.remote_cseq = number
        if request.method in TARGET_REFRESH and request.contacts == "*":
            raise MalformedMessage("not for REGISTER only", header="Contact")

    def accepted(self, request: Request, flow: Flow) -> None:
        """Our 2xx to a target refresh request: the peer is from now on where it says (12.2.2, RFC 6141 4.6).

        One that no proxy stands before has moved to ``flow`` as well, be it that its connection or its NAT's mapping
        is a new one.
        """
        contact = request.contact
        if contact is not None:
            self.remote_target = contact.uri
        if self.direct and len(request.vias) == 1:
            self.flow = flow

    def refresh_target(self, response: Response) -> None:
        """The 2xx to a target refresh request of ours may move the peer (12.2.1.2)."""
        self.remote_target = _target(response) or self.remote_target


def _target(response: Response) -> Uri | None:
    try:
        contact = response.contact
    except MalformedMessage:
        return None
    return contact.uri if contact is not None else None


def _recorded(response: Response) -> tuple[NameAddr, ...]:
    try:
        return response.record_routes
    except MalformedMessage:
        return ()
