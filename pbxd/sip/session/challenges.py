"""Passwords within a session: a carrier may challenge any request of ours, not only the first (RFC 3261 22). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from pbxd.sip.dialog import Dialog
from pbxd.sip.digest_client import HEADERS, Answered, DigestClient
from pbxd.sip.message import Request, Response

CREDENTIALS = tuple(ours for _, ours in HEADERS)


@dataclass(frozen=True, slots=True)
class _Sent:
    """One request that has no final response yet."""

    dialog: Dialog
    request: Request
    answers: Answered


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
        return request if self._credentials is None else self._signed(dialog, request, ())

    def again(self, response: Response) -> tuple[Dialog, Request] | None:
        """What to send instead of the request that this response challenges (22.2); ``None`` where nothing helps.

        Each challenge is answered once, and again only where the server calls its own nonce stale: the password does
        not get better. A proxy and the server behind it may both have one.
        """
        if response.status < 200 or not self._open:
            return None
        sent = self._open.pop((response.to.tag or "", response.cseq.number), None)
        answers = self.answer(response, sent.answers) if sent is not None else ()
        if sent is None or not answers:
            return None
        number = sent.dialog.next_cseq()
        headers = sent.request.headers.without(*CREDENTIALS).setting("CSeq", f"{number} {sent.request.method}")
        return sent.dialog, self._signed(sent.dialog, sent.request.with_headers(headers), answers)

    def answer(self, challenge: Response, answers: Answered) -> Answered:
        """``answers`` and those to this challenge; nothing where the request is not to be sent again."""
        more = () if self._credentials is None else self._credentials.challenged(challenge, answers)
        return (*answers, *more) if more else ()

    def prepared(self, request: Request) -> Request:
        """``request`` of no dialog yet with credentials, where there are any."""
        return request if self._credentials is None else self._credentials.prepared(request)

    def _signed(self, dialog: Dialog, request: Request, answers: Answered) -> Request:
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
