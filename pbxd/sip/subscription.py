"""A subscription as its notifier keeps it (RFC 6665 4.2), as a pure machine.

It takes SUBSCRIBEs, responses to its NOTIFYs, news that the state has changed, and ``now`` (monotonic seconds), and
returns effects. Changes are reported at most once in :data:`PACE` seconds and never while a NOTIFY is unanswered, so
that of many quick changes only the newest state is sent; that the subscription itself began or ended is said at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Final, TypeAlias

from pbxd.errors import MalformedMessage, ProtocolViolation
from pbxd.sip.dialog import Dialog
from pbxd.sip.event import EventId
from pbxd.sip.message import Request, Response, response_to
from pbxd.sip.registrar import IntervalTooBrief
from pbxd.sip.session.effects import Respond, SendRequest
from pbxd.sip.transaction import ServerEntry
from pbxd.sip.values import parse_retry_after

PACE: Final = 1.0
"""Seconds between two NOTIFYs of a subscription, except those that a SUBSCRIBE asks for and the last one."""
RETRY_AFTER: Final = 5
"""Seconds until a NOTIFY is tried again that was refused for the moment, where the peer does not say."""
MAX_RETRY_AFTER: Final = 60
ATTEMPTS: Final = 3
"""NOTIFYs that may be refused in a row before the subscription is given up."""
GONE: Final = frozenset({404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 502, 604})
"""Answers to a NOTIFY, and its time-out, that end the subscription (RFC 6665 4.2.2, RFC 5057 5.1)."""
_HOUR: Final = 3600

Effect: TypeAlias = SendRequest | Respond


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long a subscription may last; seconds."""

    min_expires: int = 60
    max_expires: int = 3600
    default: int = 3600
    """For a SUBSCRIBE that does not say: that of most event packages."""

    def granted(self, request: Request) -> int:
        """The seconds that a SUBSCRIBE or PUBLISH gets, 0 for none. Raises :class:`IntervalTooBrief` (423)."""
        wanted = self.default if request.expires is None else request.expires
        if 0 < wanted < min(self.min_expires, _HOUR):  # RFC 6665 4.2.1.1
            raise IntervalTooBrief(self.min_expires)
        return min(wanted, self.max_expires)


@dataclass(frozen=True, slots=True)
class Content:
    """The state of a resource, as the body of a NOTIFY."""

    content_type: str
    body: bytes


Render: TypeAlias = Callable[[int], Content]
"""The state as it is now. Called once for each NOTIFY, with its number in the subscription, which counts from 0."""


class Subscription:
    """One subscription, from the SUBSCRIBE that made its dialog to the answer to its last NOTIFY."""

    def __init__(self, event: EventId, dialog: Dialog, render: Render, terms: Terms) -> None:
        self.event = event
        self.dialog = dialog
        self._render = render
        self._terms = terms
        self._expires_at = 0.0
        self._due: float | None = None
        """When the next NOTIFY is to be sent; ``None`` as long as the subscriber knows everything."""
        self._sent_at = -PACE
        self._in_flight: int | None = None
        """CSeq of the NOTIFY that is not answered yet."""
        self._count = 0
        self._failures = 0
        self._ending: tuple[str, bool] | None = None
        """Why the last NOTIFY says that it is the last, and whether it tells the state once more."""
        self._over = False

    # What arrives --------------------------------------------------------------------------------------------------

    def accept(self, request: Request, transaction: ServerEntry, now: float) -> list[Effect]:
        """Grant the SUBSCRIBE that made the dialog. Raises :class:`IntervalTooBrief` (423) with nothing changed."""
        return self._granted(request, transaction, now, self._terms.granted(request))

    def request(self, request: Request, transaction: ServerEntry, now: float) -> list[Effect]:
        """A SUBSCRIBE within the dialog: a refresh, or with ``Expires: 0`` the end (4.2.1.4)."""
        if self._over or self._ending is not None:
            return [Respond(transaction, response_to(request, 481))]
        try:
            self.dialog.receive(request)
            return self._granted(request, transaction, now, self._terms.granted(request))
        except IntervalTooBrief as brief:
            return [Respond(transaction, response_to(request, 423, headers=brief.headers))]
        except (ProtocolViolation, MalformedMessage) as wrong:
            return [Respond(transaction, response_to(request, wrong.status, wrong.reason))]

    def response(self, response: Response, now: float) -> list[Effect]:
        """A response to a NOTIFY."""
        if response.status < 200 or response.cseq.number != self._in_flight:
            return []
        self._in_flight = None
        status = response.status
        if status < 300:
            self._failures = 0
            self.dialog.refresh_target(response)
        else:
            self._failures += 1
        if self._over or status in GONE or self._failures >= ATTEMPTS:
            self._over = True
            return []
        if status >= 300:
            self._due = now + _retry_after(response)
        return self._notify(now)

    def failed(self, request: Request, status: int, reason: str, now: float) -> list[Effect]:
        """No answer to a NOTIFY came (408), or it could not be sent (503)."""
        return self.response(response_to(request, status, reason), now)

    # What the owner says -------------------------------------------------------------------------------------------

    def changed(self, now: float) -> None:
        """The state is another one: have it sent, soon."""
        if self._ending is None and self._due is None:
            self._due = max(now, self._sent_at + PACE)

    def terminate(self, reason: str, now: float) -> None:
        """End it from our side: ``noresource``, ``deactivated`` ... (RFC 6665 4.1.3), with parameters if any."""
        if self._ending is None:
            self._ending = reason, False
            self._due = now

    # Time ----------------------------------------------------------------------------------------------------------

    @property
    def deadline(self) -> float | None:
        """When ``wake`` wants to be called."""
        if self._over:
            return None
        due = self._due if self._in_flight is None else None
        if self._ending is not None:
            return due
        return self._expires_at if due is None else min(due, self._expires_at)

    def wake(self, now: float) -> list[Effect]:
        """Send what is due; an expired subscription ends (4.2.1.5)."""
        if now >= self._expires_at:
            self.terminate("timeout", now)
        return self._notify(now)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do or to wait for."""
        return self._over and self._in_flight is None

    # Help ----------------------------------------------------------------------------------------------------------

    def _granted(self, request: Request, transaction: ServerEntry, now: float, seconds: int) -> list[Effect]:
        self.dialog.accepted(request, transaction.flow)
        self._expires_at = now + seconds
        self._due = now  # every SUBSCRIBE is followed by a NOTIFY at once (4.2.1.2)
        if seconds == 0:
            self._ending = "timeout", True
        headers = [("Expires", str(seconds)), ("Contact", f"<{self.dialog.contact}>")]
        headers.extend(("Record-Route", value) for value in request.headers.all("Record-Route"))
        response = response_to(request, 200, to_tag=self.dialog.id.local_tag, headers=headers)
        return [Respond(transaction, response), *self._notify(now)]

    def _notify(self, now: float) -> list[Effect]:
        if self._over or self._in_flight is not None or self._due is None or now < self._due:
            return []
        self._due = None
        self._sent_at = now
        if self._ending is None:
            # Whole milliseconds first: (now + 300) - now is more than 300 for some moments, and was not granted.
            state = f"active;expires={ceil(round(self._expires_at - now, 3))}"
        else:
            state = f"terminated;reason={self._ending[0]}"
            self._over = True
        tells_state = self._ending is None or self._ending[1]
        content = self._render(self._count) if tells_state else Content("", b"")
        notify = self.dialog.request(
            "NOTIFY",
            headers=(("Event", str(self.event)), ("Subscription-State", state)),
            content_type=content.content_type,
            body=content.body,
        )
        self._count += 1
        self._in_flight = notify.cseq.number
        return [SendRequest(notify, self.dialog.destination)]


def _retry_after(response: Response) -> int:
    value = response.headers.get("Retry-After")
    try:
        return min(parse_retry_after(value), MAX_RETRY_AFTER) if value else RETRY_AFTER
    except MalformedMessage:
        return RETRY_AFTER
