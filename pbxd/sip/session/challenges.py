"""Passwords within a session: a carrier may challenge any request of ours, not only the first (RFC 3261 22). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from pbxd.sip.dialog import Dialog
from pbxd.sip.digest_client import HEADERS, DigestClient
from pbxd.sip.message import Request, Response

MAX_ANSWERS = 3
"""How often one request is sent again with credentials, whatever the server says of stale nonces."""
CREDENTIALS = tuple(ours for _, ours in HEADERS.values())


@dataclass(frozen=True, slots=True)
class _Sent:
    """One request that has no final response yet."""

    dialog: Dialog
    request: Request
    answers: int


class Challenges:
    """The requests of one session, as they are to look to a server that wants to know who sends them.

    Once challenged, later requests carry credentials for the same nonce with a growing count, so that a refresh costs
    one round trip and not two. Without credentials this remembers nothing and changes nothing.
    """

    __slots__ = ("_credentials", "_open", "invited")

    def __init__(self, credentials: DigestClient | None) -> None:
        self._credentials = credentials
        self._open: dict[tuple[str, int], _Sent] = {}
        """By the remote tag and CSeq number: early dialogs of a fork each count for themselves."""

        self.invited: tuple[tuple[str, str], ...] = ()
        """The credentials of our newest re-INVITE, for its ACK."""

    def signed(self, dialog: Dialog, request: Request) -> Request:
        """``request`` with credentials, where the server has asked for some before."""
        return request if self._credentials is None else self._signed(dialog, request, 0)

    def again(self, response: Response) -> tuple[Dialog, Request] | None:
        """What to send instead of the request that this response challenges (22.2); ``None`` where nothing helps.

        Each request is answered for once, and again only where the server calls its own nonce stale: the password does
        not get better.
        """
        if response.status < 200 or not self._open:
            return None
        sent = self._open.pop((response.to.tag or "", response.cseq.number), None)
        if sent is None or not self._may_answer(response, sent.answers):
            return None
        number = sent.dialog.next_cseq()
        headers = sent.request.headers.without(*CREDENTIALS).setting("CSeq", f"{number} {sent.request.method}")
        return sent.dialog, self._signed(sent.dialog, sent.request.with_headers(headers), sent.answers + 1)

    def may_answer_invite(self, response: Response, answers: int) -> bool:
        """Whether the initial INVITE, sent with credentials ``answers`` times, may be sent again."""
        return self._may_answer(response, answers)

    def prepared(self, request: Request) -> Request:
        """``request`` of no dialog yet with credentials, where there are any."""
        return request if self._credentials is None else self._credentials.prepared(request)

    def _may_answer(self, response: Response, answers: int) -> bool:
        credentials = self._credentials
        if credentials is None or answers >= MAX_ANSWERS:
            return False
        return credentials.challenged(response, answered=answers > 0)

    def _signed(self, dialog: Dialog, request: Request, answers: int) -> Request:
        if self._credentials is None:
            return request
        signed = self._credentials.prepared(request)
        self._open[dialog.id.remote_tag, request.cseq.number] = _Sent(dialog, signed, answers)
        if request.method == "INVITE":
            self.invited = credentials_of(signed)
        return signed


def credentials_of(invite: Request) -> tuple[tuple[str, str], ...]:
    """What an ACK of this INVITE's 2xx must repeat of it: nobody can challenge an ACK (RFC 3261 13.2.2.4, 22.1)."""
    return tuple((name, value) for name in CREDENTIALS for value in invite.headers.all(name))
