"""One call as a scripted phone sees it: one INVITE dialog, or several early ones, with nothing of pbxd's inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pbxd.network import Address
from pbxd.sip.message import Request, Response, reason_for
from pbxd.sip.uri import Uri
from pbxd.sip.values import NameAddr
from tests.support.attempt import Attempt
from tests.support.repeat import Repeat
from tests.support.wire import Pairs, write

if TYPE_CHECKING:
    from tests.support.phone_core import PhoneCore


class PhoneCall:
    """The facts of a call and the messages that can be sent in it, each at once and without waiting.

    ``state`` is ``calling`` (we), ``ringing`` (an INVITE came), ``talking`` or ``over``. Waiting is
    :class:`~tests.support.phone.Phone`'s.
    """

    def __init__(
        self, phone: PhoneCore, *, call_id: str, local: str, remote: str, invite: Request | None = None
    ) -> None:
        self.phone = phone
        self.call_id = call_id
        self.local = local
        """From of what we send, without tag."""
        self.remote = remote
        self.invite = invite
        """The INVITE that came, for a call that came in."""
        self.state = "ringing" if invite else "calling"
        self.tag = phone.token("tag")
        self.remote_tag = invite.from_.tag if invite else None
        self.sound = phone.new_sound()
        self.requests: list[Request] = []
        """In-dialog requests that came, CANCEL and ACK among them, without retransmissions."""
        self.attempts: list[Attempt] = []
        """Requests that we sent in this call, our INVITEs first."""
        self.status = 0
        """Final status of the INVITE."""
        self.ended_by = ""
        """``us`` or ``them``."""
        self.held = False
        """Whether the peer's last description wants no sound from us."""
        self.cseq = 0
        self.offered = True
        self._target = str(invite.contact.uri) if invite and invite.contact else ""
        self._routes = [str(route) for route in invite.record_routes] if invite else []
        self._acks: dict[str, bytes] = {}
        self._pracked: set[tuple[str | None, str]] = set()
        self._repeats: dict[str, Repeat] = {}
        self._rseq = 0

    def __repr__(self) -> str:
        return f"<{self.phone.name}'s call {self.call_id}: {self.state}, {self.status}>"

    # -- as the caller ---------------------------------------------------------------------------------------------

    @property
    def attempt(self) -> Attempt:
        """Our INVITE; the one with credentials, once there was one."""
        return next(attempt for attempt in reversed(self.attempts) if attempt.method == "INVITE")

    def call(self, uri: str, *, offer: bool, headers: Pairs = ()) -> Attempt:
        """Send the INVITE."""
        self._target, self.offered = uri, offer
        return self.request("INVITE", headers=headers, body=self.sound.offer() if offer else b"", to=uri)

    def cancel(self, headers: Pairs = ()) -> Attempt:
        """Send CANCEL for our INVITE (RFC 3261 9.1: same branch, CSeq number, Request-URI, From, To and Call-ID)."""
        invite = self.attempt.data.split(b"\r\n")
        copied = [line.decode().split(": ", 1) for line in invite if line.startswith((b"Via:", b"From:", b"To:"))]
        fields = [(name, value) for name, value in copied] + [("Call-ID", self.call_id), ("Max-Forwards", "70")]
        fields.append(("CSeq", f"{self._invite_cseq(invite)} CANCEL"))
        first = invite[0].decode().replace("INVITE", "CANCEL", 1)
        branch = next(value for name, value in fields if name == "Via").rsplit("branch=", 1)[1].partition(";")[0]
        return self.phone.start(self, "CANCEL", write(first, [*fields, *headers]), branch, self.attempt.to)

    def accepted(self, response: Response) -> None:
        """A 2xx to one of our INVITEs: ACK it, whatever it is; the first one makes the dialog (13.2.2.4)."""
        tag = response.to.tag or ""
        key = f"{tag} {response.cseq.number}"
        first = self.state == "calling"
        if first:
            self.state, self.status, self.remote_tag = "talking", response.status, tag
            self._routes = [str(route) for route in reversed(response.record_routes)]
        if response.contact and tag == self.remote_tag:
            self._target = str(response.contact.uri)
        if key not in self._acks:
            body = self._take_description(response) if tag == self.remote_tag else b""
            self._acks[key] = self._ack(response, body)
        if self.phone.habits.acknowledges:
            self.phone.wire.send(self._acks[key], self._next_hop(self._target))
        if not first and tag != self.remote_tag and f"bye {tag}" not in self._acks:
            self._acks[f"bye {tag}"] = b""
            self.request("BYE", remote_tag=tag, to=str(response.contact.uri) if response.contact else None)

    def progressed(self, response: Response) -> None:
        """A provisional response: learn early media from it, and PRACK it where it wants that (RFC 3262 4)."""
        if response.body and self.offered:
            self.sound.learn(response.body)
        rseq = response.headers.get("RSeq")
        if "100rel" in response.require and rseq and (response.to.tag, rseq) not in self._pracked:
            self._pracked.add((response.to.tag, rseq))
            rack = ("RAck", f"{rseq} {response.cseq.number} INVITE")
            target = str(response.contact.uri) if response.contact else None
            self.request("PRACK", headers=[rack], remote_tag=response.to.tag, to=target)

    def failed(self, status: int) -> None:
        """Our INVITE got a final failure (or, with 408, nothing at all)."""
        if self.state == "calling":
            self.status = status
            self.end("them")

    # -- as the callee ---------------------------------------------------------------------------------------------

    def respond(
        self,
        status: int,
        reason: str = "",
        *,
        tag: str | None = None,
        sdp: bytes | None = None,
        headers: Pairs = (),
        reliably: bool = False,
        contact: str | None = None,
    ) -> None:
        """Answer the INVITE that came in: ``tag`` makes it another early dialog, as behind a forking proxy.

        Without ``sdp`` a 2xx carries our answer (or offer); give ``b""`` for none. Final responses are repeated until
        the ACK comes, reliable provisional ones until the PRACK comes.
        """
        assert self.invite is not None
        if sdp is None:
            sdp = self._description() if 200 <= status < 300 else b""
        fields = [("Contact", contact or self.phone.contact), ("Allow", self.phone.habits.allows), *headers]
        if reliably:
            self._rseq += 1
            fields += [("Require", "100rel"), ("RSeq", str(self._rseq))]
        tag = tag or (self.tag if status > 100 else "")
        data = self.phone.respond(self.invite, status, reason or reason_for(status), tag, fields, sdp)
        if status >= 200 or reliably:
            self._repeat(self.invite, data, tag if status >= 200 else f"rseq {self._rseq}", status)
        if 200 <= status < 300:
            self.state, self.status, self.tag = "talking", status, tag
        elif status >= 300:
            self.status = status
            self.end("us" if status != 487 else "them")
        self.phone.watch.changed()

    def acknowledged(self, ack: Request) -> None:
        """The ACK came: stop repeating; an answer in it is learned."""
        repeat = self._repeats.get(ack.to.tag or "")
        if repeat:
            repeat.stop()
        if ack.body:
            self.sound.learn(ack.body)
            self._note_hold()
        self.requests.append(ack)

    # -- in the dialog ---------------------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        *,
        headers: Pairs = (),
        body: bytes = b"",
        remote_tag: str | None = None,
        to: str | None = None,
        content_type: str = "application/sdp",
    ) -> Attempt:
        """Send a request of this call, now."""
        self.cseq += 1
        branch = self.phone.token("z9hG4bK")
        tag = remote_tag or self.remote_tag
        uri = to or self._target
        fields = [
            ("Via", self.phone.via(branch)),
            *(("Route", route) for route in self._routes),
            ("From", f"{self.local};tag={self.tag}"),
            ("To", self.remote + (f";tag={tag}" if tag else "")),
            ("Call-ID", self.call_id),
            ("CSeq", f"{self.cseq} {method}"),
            ("Max-Forwards", "70"),
            ("Contact", self.phone.contact),
            ("Allow", self.phone.habits.allows),
            ("Supported", ", ".join(self.phone.habits.supports)),
            *(self.phone.credentials_for(method, uri) if method == "INVITE" else ()),
            *headers,
        ]
        data = write(f"{method} {uri} SIP/2.0", fields, body, content_type)
        return self.phone.start(self, method, data, branch, self._next_hop(uri))

    def reoffer(self, direction: str = "sendrecv") -> Attempt:
        """Send a re-INVITE with our description in this direction."""
        self.offered = True
        return self.request("INVITE", body=self.sound.offer(direction))

    def hang_up(self) -> Attempt:
        """Send BYE."""
        self.end("us")
        return self.request("BYE")

    def received(self, request: Request) -> None:
        """An in-dialog request that is new; answers it as a well-behaved phone does."""
        self.requests.append(request)
        match request.method:
            case "BYE":
                self.end("them")
                self._reply(request, 200)
            case "CANCEL":
                self._reply(request, 200)
                if self.state == "ringing" and self.phone.habits.obeys_cancel:
                    self.respond(487)
            case "PRACK":
                repeat = self._repeats.get(f"rseq {(request.headers.get('RAck') or '').split(' ')[0]}")
                if repeat:
                    repeat.stop()
                self._reply(request, 200 if repeat else 481)
            case "INVITE" | "UPDATE" if self._glares():
                self._reply(request, 491)
            case "INVITE" | "UPDATE" if request.body or request.method == "INVITE":
                self._take_offer(request)
            case _:
                self._reply(request, 200)

    def end(self, by: str) -> None:
        """The call is over."""
        if self.state != "over":
            self.state, self.ended_by = "over", by
            self.sound.close()

    def stop(self) -> None:
        """Let go of timers and sockets."""
        for attempt in self.attempts:
            attempt.stop()
        for repeat in self._repeats.values():
            repeat.stop()
        self.sound.close()

    # -- within ----------------------------------------------------------------------------------------------------

    def _glares(self) -> bool:
        """Whether an offer of ours is still unanswered (RFC 3261 14.2)."""
        return self.state == "talking" and any(
            attempt.method in ("INVITE", "UPDATE") and not attempt.final and not attempt.timed_out
            for attempt in self.attempts
        )

    def _take_offer(self, request: Request) -> None:
        if request.contact:
            self._target = str(request.contact.uri)
        if request.body and not self.sound.understands(request.body):
            data = self._reply(request, 488)
            if request.method == "INVITE":
                self._repeat(request, data, self.tag, 488)
            return
        description = self.sound.answer(request.body) if request.body else self.sound.offer(self.sound.direction)
        self._note_hold()
        data = self._reply(request, 200, description)
        if request.method == "INVITE":
            self._repeat(request, data, self.tag, 200)

    def _reply(self, request: Request, status: int, body: bytes = b"") -> bytes:
        fields = [("Contact", self.phone.contact), ("Allow", self.phone.habits.allows)]
        return self.phone.respond(request, status, reason_for(status), self.tag, fields, body)

    def _description(self) -> bytes:
        assert self.invite is not None
        return self.sound.answer(self.invite.body) if self.invite.body else self.sound.offer()

    def _take_description(self, response: Response) -> bytes:
        """Learn the answer of a 2xx, or answer its offer (which then goes into the ACK, 13.2.2.4)."""
        if not response.body:
            return b""
        answer = b""
        if self.offered:
            self.sound.learn(response.body)
        else:
            answer = self.sound.answer(response.body)
        self._note_hold()
        return answer

    def _note_hold(self) -> None:
        remote = self.sound.remote
        self.held = remote is not None and remote.direction in ("sendonly", "inactive")

    def _ack(self, response: Response, body: bytes) -> bytes:
        target = str(response.contact.uri) if response.contact else self._target
        fields = [
            ("Via", self.phone.via(self.phone.token("z9hG4bK"))),
            *(("Route", route) for route in self._routes),
            ("From", f"{self.local};tag={self.tag}"),
            ("To", response.headers.get("To") or ""),
            ("Call-ID", self.call_id),
            ("CSeq", f"{response.cseq.number} ACK"),
            ("Max-Forwards", "70"),
        ]
        return write(f"ACK {target} SIP/2.0", fields, body)

    def _repeat(self, request: Request, data: bytes, key: str, status: int) -> None:
        if key in self._repeats:
            self._repeats[key].stop()
        # A 2xx is repeated on every transport (13.3.1.4), everything else only where the transport loses.
        if self.phone.habits.repeats and (200 <= status < 300 or not self.phone.wire.reliable):
            self._repeats[key] = Repeat(lambda: self.phone.send_to(request, data), capped=status >= 200)

    def _next_hop(self, target: str) -> Address:
        """Where a request to this target goes: the first Route is our way out, where there is one (12.2.1.1)."""
        return self.phone.resolve(NameAddr.parse(self._routes[0]).uri if self._routes else Uri.parse(target))

    @staticmethod
    def _invite_cseq(lines: Sequence[bytes]) -> str:
        return next(line for line in lines if line.startswith(b"CSeq:")).decode().split()[1]
