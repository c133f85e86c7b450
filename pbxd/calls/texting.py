"""Short messages to numbers outside: they leave as SMS, for those who may send them (CALL-11)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from pbxd.dialplan.barring import Barred, egress
from pbxd.dialplan.numbering import Kind, canonical
from pbxd.org.levels import BARRING, SEND_SMS
from pbxd.org.permissions import has
from pbxd.org.rules import Always
from pbxd.org.supervision import serves
from pbxd.sip.headers import NameAddr
from pbxd.sip.message import Request, response_to

if TYPE_CHECKING:
    from pbxd.calls.admission import Device
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.reception import Reception
    from pbxd.config.gateways import SmsConfig
    from pbxd.config.snapshot import Configuration
    from pbxd.org.organization import Organization
    from pbxd.org.services import Queue
    from pbxd.org.users import User
    from pbxd.sip.transaction import ServerEntry
    from pbxd.store.interface import Done

HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortMessage:
    """What is to be sent, and in whose name."""

    organization: str
    user: str
    to: str
    """E.164 with ``+``."""
    sender: str
    """What the recipient sees: a number, or a name."""
    number: str
    """To which he can answer; may be empty."""
    text: str = field(repr=False)


class Carrier(Protocol):
    """Whoever gets SMS out."""

    def can_text(self) -> bool:
        """Whether there is a gateway."""
        ...

    def fits(self, text: str) -> bool:
        """Whether the text is not too long."""
        ...

    def carry(self, message: ShortMessage, done: Done) -> None:
        """Keep it and have it sent; ``done`` is told after the commit."""
        ...


class _Declined(Exception):
    """The message can't be sent, by a status and in words."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unlimited:
    """What limits of calls have counted, which SMS are not part of."""

    simultaneous: int = 0
    last_hour: int = 0


class Texting:
    """Judges messages to numbers outside, and hands them to the carrier."""

    def __init__(
        self, kernel: Kernel, reception: Reception, configuration: Callable[[], Configuration], carrier: Carrier
    ) -> None:
        self._kernel = kernel
        self._reception = reception
        self._configuration = configuration
        self._carrier = carrier
        self._sent: dict[tuple[str, str], deque[float]] = {}
        """When users sent one in the last hour."""

    def number(self, organization: Organization, sender: User, dialled: str) -> str | None:
        """The number outside that is meant; ``None``: it is none, or there is no gateway."""
        if not self._carrier.can_text():
            return None
        found = canonical(dialled, organization, sender)
        return found.canonical if found.kind is Kind.EXTERNAL and found.canonical.startswith("+") else None

    def sent(self, request: Request, transaction: ServerEntry, device: Device, sender: User, to: str) -> None:
        """A MESSAGE to a number outside whose body can be read: answered with 202 once it is on disk."""
        sms = self._configuration().server.sms
        assert sms is not None, "there is a gateway"
        try:
            message = self._message(request, device.organization, sender, to, sms)
        except _Declined as declined:
            self._reception.refuse(request, transaction, declined.status, reason=declined.reason)
            return
        self._carrier.carry(message, partial(self._kept, request, transaction))

    def _message(
        self, request: Request, organization: Organization, sender: User, to: str, sms: SmsConfig
    ) -> ShortMessage:
        if not has(organization, sender.username, SEND_SMS):
            raise _Declined(403, "May Not Send SMS")
        if (barred := _barred(organization, sender, to)) is not None:
            raise _Declined(403, f"Barred: {barred.reason}")
        text = _text(request)
        if not self._carrier.fits(text):
            raise _Declined(413, "Too Long For SMS")
        shown, number = _shown(request, organization, sender, sms)
        self._count(organization, sender, sms.per_hour)
        return ShortMessage(
            organization=organization.name, user=sender.username, to=to, sender=shown, number=number, text=text
        )

    def _count(self, organization: Organization, sender: User, per_hour: int) -> None:
        now = self._kernel.now
        times = self._sent.setdefault((organization.name, sender.username), deque())
        while times and times[0] <= now - HOUR:
            times.popleft()
        if len(times) >= per_hour:
            raise _Declined(480, f"{per_hour} SMS Within An Hour")
        times.append(now)

    def _kept(self, request: Request, transaction: ServerEntry, error: BaseException | None) -> None:
        endpoint = self._kernel.endpoint
        if error is None:
            response = response_to(request, 202, to_tag=endpoint.tag())
        else:
            retry = ("Retry-After", "10")
            response = response_to(request, 500, "Message Not Stored", to_tag=endpoint.tag(), headers=[retry])
        endpoint.respond(transaction, response)


def _barred(organization: Organization, sender: User, to: str) -> Barred | None:
    """What bars calls there at any hour bars SMS."""
    found = egress(
        to,
        organization.effective(BARRING, sender).value,
        organization,
        usage=lambda _: _Unlimited(),
        holds=lambda condition: (isinstance(condition, Always), "SMS are barred only by what counts at any time"),
    )
    return found if isinstance(found, Barred) else None


def _text(request: Request) -> str:
    try:
        return request.body.decode("utf-8")
    except UnicodeDecodeError:
        raise _Declined(415, "Text Is Not UTF-8") from None


def _shown(request: Request, organization: Organization, sender: User, sms: SmsConfig) -> tuple[str, str]:
    """Whom the SMS comes from, and to which number one answers.

    P-Preferred-Identity (RFC 3325 9.2) may name a queue that the sender works for. Otherwise it is his mobile number,
    the sender in the gateway's section, or his landline number, whichever there is first.
    """
    preferred = request.headers.get("P-Preferred-Identity")
    if preferred is not None:
        queue = _queue(organization, NameAddr.parse(preferred).uri.user)
        if queue is not None:
            if queue.sms is None or not _works_for(queue, sender):
                raise _Declined(403, "May Not Send SMS As The Queue")
            return queue.sms.name, queue.sms.number
    own = next((line.number for line in sender.lines if line.number.startswith("+")), "")
    return sender.mobile or sms.sender or own, sender.mobile or own


def _queue(organization: Organization, dialled: str) -> Queue | None:
    number = canonical(dialled, organization).canonical
    queues = (*organization.queues.values(), *organization.attendant_groups.values())
    return next((queue for queue in queues if number in (queue.number, *queue.numbers)), None)


def _works_for(queue: Queue, user: User) -> bool:
    supervisors = not set(queue.staff.supervisors).isdisjoint(user.groups)
    return serves(user, queue) or supervisors or user.username in queue.supervisors
