"""Our registration at a carrier (RFC 3261 10.2, RFC 3608) as a pure machine.

It registers, answers the challenge, refreshes in time, backs off when it is refused or unheard, and takes the binding
away in the end. ``now`` is monotonic seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

from pbxd.sip.digest_client import Answered, DigestClient
from pbxd.sip.headers import NameAddr
from pbxd.sip.message import Headers, Request, Response
from pbxd.sip.uri import Uri

FIRST_RETRY = 30.0
"""Seconds after the first failure (RFC 5626 4.5); doubled with each that follows."""
LONGEST_RETRY = 1800.0
REFRESH_SHARE = 0.8
"""Of the granted time, at which the binding is refreshed; a little earlier at random, so that trunks don't march."""
REFRESH_MARGIN = 60.0
"""Seconds before the end at which a long binding is refreshed at the latest."""


class State(Enum):
    """Where the registration stands."""

    IDLE = auto()
    TRYING = auto()
    """A REGISTER is under way."""
    REGISTERED = auto()
    WAITING = auto()
    """It failed, and is tried again at the deadline."""
    ENDED = auto()


@dataclass(frozen=True, slots=True)
class Send:
    """Send this REGISTER, without Via yet, through a new client transaction."""

    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """We are registered for ``seconds``; calls go out by ``service_route`` (RFC 3608), where there is one."""

    seconds: int
    service_route: tuple[NameAddr, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """We are not (or no longer) registered, and try again in ``retry_after`` seconds."""

    status: int
    reason: str
    retry_after: float


Effect: TypeAlias = Send | Granted | Denied


class Registration:
    """One address of record at one registrar."""

    def __init__(
        self,
        *,
        registrar: Uri,
        address: Uri,
        contact: Uri,
        credentials: DigestClient,
        expires: int,
        call_id: str,
        tag: str,
        jitter: Callable[[], float],
    ) -> None:
        """``address`` is the address of record, ``expires`` the seconds asked for, ``jitter`` gives 0 to 1."""
        self._registrar = registrar
        self._address = address
        self._contact = contact
        self._credentials = credentials
        self._expires = expires
        self._call_id = call_id
        self._tag = tag
        self._jitter = jitter
        self._cseq = 0
        self._answered: Answered = ()
        """The challenges to the newest REGISTER that were answered."""
        self._failures = 0
        self._bound = False
        """Whether the registrar has a binding of ours, as far as we know."""
        self.state = State.IDLE
        self.deadline: float | None = None
        """When ``wake`` wants to be called; ``None`` while a REGISTER is under way."""

    def start(self) -> list[Effect]:
        """Register for the first time."""
        return [self._register(self._expires)]

    def end(self) -> list[Effect]:
        """Take the binding away (10.2.2); what comes of it does not matter any more."""
        self.state = State.ENDED
        effects: list[Effect] = [self._register(0)] if self._bound else []
        self.deadline = None
        return effects

    def wake(self, now: float) -> list[Effect]:
        """Refresh, or try again."""
        if self.deadline is None or now < self.deadline:
            return []
        return [self._register(self._expires)]

    def moved(self, request: Request, contact: Uri) -> Request:
        """A REGISTER of ours as it goes to another server of the registrar, which reaches us at ``contact``.

        What the first one wanted for a password is not the second one's affair.
        """
        self._contact, self._answered = contact, ()
        headers = request.headers.without("Authorization", "Proxy-Authorization")
        return request.with_headers(headers.setting("Contact", f"<{contact}>"))

    def response(self, response: Response, now: float) -> list[Effect]:
        """A response to the newest REGISTER."""
        status = response.status
        if status < 200 or response.cseq.number != self._cseq:
            return []
        answers = self._credentials.challenged(response, self._answered)
        if answers:
            self._answered = (*self._answered, *answers)
            return [self._register(0 if self.state is State.ENDED else self._expires, again=True)]
        if self.state is State.ENDED:
            return []
        if status // 100 == 2:
            return self._granted(response, now)
        if status == 423:
            longer = _number(response.headers.get("Min-Expires"))
            if longer > self._expires:
                self._expires = longer
                return [self._register(longer)]
        return self._denied(status, response.reason, response.retry_after, now)

    def failed(self, status: int, reason: str, now: float) -> list[Effect]:
        """The REGISTER got no answer (408) or could not be sent (503)."""
        return [] if self.state is State.ENDED else self._denied(status, reason, None, now)

    def _register(self, expires: int, *, again: bool = False) -> Send:
        if not again:
            self._answered = ()
        if self.state is not State.ENDED:
            self.state = State.TRYING
        self.deadline = None
        self._cseq += 1
        request = Request(
            "REGISTER",
            self._registrar,
            Headers(
                [
                    ("Max-Forwards", "70"),
                    ("From", f"<{self._address}>;tag={self._tag}"),
                    ("To", f"<{self._address}>"),
                    ("Call-ID", self._call_id),
                    ("CSeq", f"{self._cseq} REGISTER"),
                    ("Contact", f"<{self._contact}>"),
                    ("Expires", str(expires)),
                    ("Supported", "path"),
                ]
            ),
        )
        return Send(self._credentials.prepared(request))

    def _granted(self, response: Response, now: float) -> list[Effect]:
        seconds = self._granted_seconds(response)
        self._failures = 0
        self._bound = True
        self.state = State.REGISTERED
        early = min(seconds * (1 - REFRESH_SHARE), REFRESH_MARGIN)
        self.deadline = now + max(1.0, (seconds - early) * (1 - 0.1 * self._jitter()))
        routes = tuple(route for value in response.headers.all("Service-Route") for route in NameAddr.parse_list(value))
        return [Granted(seconds=seconds, service_route=routes)]

    def _granted_seconds(self, response: Response) -> int:
        """What the registrar says of our own contact, or of all, or else what we asked for (10.2.4)."""
        contacts = response.contacts
        if contacts != "*":
            for contact in contacts:
                if contact.uri.equivalent(self._contact) and contact.param("expires"):
                    return _number(contact.param("expires")) or self._expires
        return response.expires or self._expires

    def _denied(self, status: int, reason: str, retry_after: int | None, now: float) -> list[Effect]:
        pause = min(FIRST_RETRY * 2**self._failures, LONGEST_RETRY) * (1 - 0.5 * self._jitter())
        pause = max(pause, float(retry_after or 0))
        self._failures = min(self._failures + 1, 10)
        self.state = State.WAITING
        self.deadline = now + pause
        return [Denied(status=status, reason=reason, retry_after=pause)]


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else 0
