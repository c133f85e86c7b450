"""Short messages between users (RFC 3428): stored first, then delivered to every device of the called user.

Those to numbers outside are not for this module: :mod:`pbxd.calls.texting`.

A message is delivered when one device has taken it. Until then it waits, over restarts too, and is tried again with
each REGISTER of a device, in the order in which messages came.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from pbxd.calls.directory import user_at
from pbxd.events import MessageAccepted, MessageDelivered, MessageExpired, MessageKept, Registered
from pbxd.sip.headers import NameAddr
from pbxd.sip.message import Headers, Request, Response, response_to
from pbxd.sip.registrar import Binding, sip_date
from pbxd.sip.uri import Uri, sip_uri
from pbxd.store.rows import MessageRow

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.location import Location
    from pbxd.calls.reception import Reception
    from pbxd.calls.texting import Texting
    from pbxd.config.snapshot import Configuration
    from pbxd.org.organization import Organization
    from pbxd.org.users import User
    from pbxd.sip.transaction import ServerEntry
    from pbxd.store.interface import MessageStore

CONTENT_TYPE: Final = "text/plain"
MAX_BODY: Final = 4096
"""Bytes of a message."""
MAX_WAITING: Final = 100
"""Messages that wait for one user."""
MAX_STORED: Final = 10_000
"""Messages that wait for anybody: some 40 MB at the most."""

KEPT: Final = 30 * 86_400
"""Seconds for which a message waits at the most."""
ONE_TRY: Final = 32
"""Seconds for which it is valid at least, whatever its sender says: so long a delivery may take."""
SWEEP: Final = 60.0
"""Seconds between two searches for what is no longer valid."""
FOR_NOW: Final = frozenset({401, 407, 408, 430, 480, 481, 486})
"""Answers of a device below 500 that say nothing about the next time."""

Mailbox = tuple[str, str]
"""Organization and username."""
_Place = tuple[str, str, str]
"""Organization, device and contact."""


@dataclass(slots=True)
class _Waiting:
    """A message that no device has taken yet."""

    row: MessageRow
    stored: bool = False
    taken: bool = False
    """Whether a device has it; others that were registered when it came may still get it."""
    wanted: set[_Place] = field(default_factory=set)
    """Bindings that it is to be sent to, or is being sent to."""
    refused: set[_Place] = field(default_factory=set)
    """Bindings that will never take it."""


class Messages:
    """Takes messages in, keeps them, and hands them out."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        reception: Reception,
        location: Location,
        configuration: Callable[[], Configuration],
        store: MessageStore,
        texting: Texting,
    ) -> None:
        self._kernel = kernel
        self._reception = reception
        self._location = location
        self._configuration = configuration
        self._store = store
        self._texting = texting
        self._waiting: dict[Mailbox, list[_Waiting]] = {}
        self._busy: set[_Place] = set()
        """Bindings with a message under way: they get one after the other."""
        self._serial = count(1)
        self._sweep_at = 0.0

    async def restore(self) -> None:
        """Load what waited when the server last stopped."""
        last = 0
        for row in await self._store.load():
            self._mailbox(row).append(_Waiting(row, stored=True))
            last = row.seq
        self._expire()
        self._serial = count(last + 1)

    # From senders --------------------------------------------------------------------------------------------------

    def sent(self, request: Request, transaction: ServerEntry) -> None:
        """A MESSAGE outside a dialog: answered with 202 once it is on disk."""
        device = self._reception.plainly(request, transaction)
        if device is None:
            return
        organization = device.organization
        sender, recipient = organization.owner(device.name), user_at(organization, request.uri.user)
        if sender is None:
            self._reception.refuse(request, transaction, 403)
            return
        to = self._texting.number(organization, sender, request.uri.user) if recipient is None else None
        if recipient is None and to is None:
            self._reception.refuse(request, transaction, 404)
            return
        self._expire()
        problem = self._problem(request, (organization.name, recipient.username) if recipient is not None else None)
        if problem is not None:
            status, headers = problem
            self._reception.refuse(request, transaction, status, headers)
            return
        if to is not None:
            self._texting.sent(request, transaction, device, sender, to)
            return
        assert recipient is not None, "otherwise it goes outside"
        waiting = _Waiting(self._row(request, organization, sender, recipient))
        self._mailbox(waiting.row).append(waiting)
        self._store.save([waiting.row], [], partial(self._stored, request, transaction, device.name, waiting))

    def _problem(self, request: Request, mailbox: Mailbox | None) -> tuple[int, tuple[tuple[str, str], ...]] | None:
        """Why a message can't be taken, and the header that says what could be; ``None``: it goes to no mailbox."""
        if request.content_type not in ("", CONTENT_TYPE) or "Content-Encoding" in request.headers:
            return 415, (("Accept", CONTENT_TYPE), ("Accept-Encoding", "identity"))
        if len(request.body) > MAX_BODY:
            return 413, ()
        if not request.body:
            return 400, ()
        if mailbox is None:
            return None
        if len(self._waiting.get(mailbox, ())) >= MAX_WAITING or len(self) >= MAX_STORED:
            return 480, ()
        return None

    def __len__(self) -> int:
        """Messages that wait."""
        return sum(map(len, self._waiting.values()))

    def _row(self, request: Request, organization: Organization, sender: User, recipient: User) -> MessageRow:
        content_type = request.headers.get("Content-Type") or f"{CONTENT_TYPE};charset=UTF-8"
        return self._new(organization, sender, recipient, content_type, request.body, _validity(request))

    def _new(
        self,
        organization: Organization,
        sender: User,
        recipient: User,
        content_type: str,
        body: bytes,
        validity: float = KEPT,
    ) -> MessageRow:
        return MessageRow(
            seq=next(self._serial),
            organization=organization.name,
            recipient=recipient.username,
            sender=str(sip_uri(sender.extension or sender.username, organization.domain)),
            sender_name=sender.name,
            sent=self._kernel.wall,
            expires=self._kernel.wall + validity,
            content_type=content_type,
            body=body,
        )

    def _stored(
        self,
        request: Request,
        transaction: ServerEntry,
        device: str,
        waiting: _Waiting,
        error: BaseException | None,
    ) -> None:
        endpoint = self._kernel.endpoint
        if error is not None:
            self._drop(waiting)
            retry = ("Retry-After", "10")
            endpoint.respond(
                transaction, response_to(request, 500, "Message Not Stored", to_tag=endpoint.tag(), headers=[retry])
            )
            return
        endpoint.respond(transaction, response_to(request, 202, to_tag=endpoint.tag()))
        self._kept(device, waiting, None)

    def _kept(self, device: str, waiting: _Waiting, error: BaseException | None) -> None:
        """It is on disk, or, of the server's own, sent all the same."""
        row = waiting.row
        waiting.stored = True
        self._kernel.bus.emit(
            MessageAccepted(
                at=self._kernel.wall,
                organization=row.organization,
                message=row.seq,
                device=device,
                recipient=row.recipient,
                size=len(row.body),
                waiting=len(self._mailbox(row)),
            )
        )
        places = self._places(row.organization, row.recipient)
        waiting.wanted.update(places)
        for place in places:
            self._deliver((row.organization, row.recipient), place)

    def tell(self, organization: Organization, sender: User, recipient: User, text: str) -> None:
        """A message of the server's own, in the name of ``sender``; what nobody may refuse is never too much."""
        row = self._new(organization, sender, recipient, f"{CONTENT_TYPE};charset=UTF-8", text.encode())
        waiting = _Waiting(row)
        self._mailbox(row).append(waiting)
        self._store.save([row], [], partial(self._kept, "", waiting))

    # To devices ----------------------------------------------------------------------------------------------------

    def registered(self, event: Registered) -> None:
        """A device that registers gets what waits for its user."""
        if not self._waiting:
            return
        organization = self._configuration().organizations.get(event.organization)
        owner = organization.owner(event.device) if organization is not None else None
        if owner is None:
            return
        self._expire()
        mailbox, place = (event.organization, owner.username), (event.organization, event.device, event.contact)
        for waiting in self._waiting.get(mailbox, ()):
            if not waiting.taken and place not in waiting.refused and waiting.row.expires > self._kernel.wall:
                waiting.wanted.add(place)
        self._deliver(mailbox, place)

    def _places(self, organization_name: str, username: str) -> list[_Place]:
        """Where all devices of a user are registered now."""
        organization = self._configuration().organizations.get(organization_name)
        user = organization.users.get(username) if organization is not None else None
        return [
            (organization_name, device.name, str(binding.contact))
            for device in (user.devices if user is not None else ())
            for binding in self._location.reachable(organization_name, device.name)
        ]

    def _deliver(self, mailbox: Mailbox, place: _Place) -> None:
        """Send a device the oldest message that it is to get, unless it has one to answer."""
        if place in self._busy:
            return
        wanted = (one for one in self._waiting.get(mailbox, ()) if one.stored and place in one.wanted)
        waiting = next(wanted, None)
        if waiting is None:
            return
        bindings = self._location.reachable(place[0], place[1])
        binding = next((binding for binding in bindings if str(binding.contact) == place[2]), None)
        organization = self._configuration().organizations.get(place[0])
        if binding is None or organization is None:
            self._forgo(mailbox, place)
            return
        self._busy.add(place)
        request = self._request(waiting.row, organization.domain, place[1], binding)
        self._kernel.endpoint.send(request, binding.flow, _Delivery(partial(self._answered, waiting, place)))

    def _request(self, row: MessageRow, domain: str, device: str, binding: Binding) -> Request:
        endpoint = self._kernel.endpoint
        sender = NameAddr(row.sender_name, Uri.parse(row.sender)).with_tag(endpoint.tag())
        fields = [
            ("Max-Forwards", "70"),
            ("From", str(sender)),
            ("To", f"<{sip_uri(device, domain)}>"),
            ("Call-ID", endpoint.call_id()),
            ("CSeq", "1 MESSAGE"),
            *(("Route", value) for value in binding.path),
            ("Date", sip_date(row.sent)),
            ("Expires", str(max(0, round(row.expires - self._kernel.wall)))),
            ("Content-Type", row.content_type),
        ]
        return Request("MESSAGE", binding.contact, Headers(fields), row.body)

    def _answered(self, waiting: _Waiting, place: _Place, status: int, reason: str) -> None:
        self._busy.discard(place)
        waiting.wanted.discard(place)
        row = waiting.row
        mailbox = row.organization, row.recipient
        if status < 300:
            self._say(MessageDelivered, row, place)
            if not waiting.taken:
                waiting.taken = True
                self._store.save([], [row.seq], _ignore)
        else:
            self._say(MessageKept, row, place, status=status, reason=reason)
            if status in FOR_NOW or status >= 500:
                self._forgo(mailbox, place)  # the next ones wait as well: they must not overtake it
            else:
                waiting.refused.add(place)
        self._drop_delivered(mailbox)
        self._deliver(mailbox, place)

    def _forgo(self, mailbox: Mailbox, place: _Place) -> None:
        """Send nothing more to a binding before it registers again."""
        for waiting in self._waiting.get(mailbox, ()):
            waiting.wanted.discard(place)

    def _expire(self) -> None:
        """Delete what is no longer valid (RFC 3428 7), except what is being delivered."""
        if self._kernel.now < self._sweep_at:
            return
        self._sweep_at = self._kernel.now + SWEEP
        now = self._kernel.wall
        old = [one for box in self._waiting.values() for one in box if one.row.expires <= now and not one.wanted]
        for waiting in old:
            row = waiting.row
            self._store.save([], [row.seq], _ignore)
            self._drop(waiting)
            self._kernel.bus.emit(
                MessageExpired(at=now, organization=row.organization, message=row.seq, recipient=row.recipient)
            )

    # Help ----------------------------------------------------------------------------------------------------------

    def _mailbox(self, row: MessageRow) -> list[_Waiting]:
        return self._waiting.setdefault((row.organization, row.recipient), [])

    def _drop(self, waiting: _Waiting) -> None:
        waiting.taken = True
        waiting.wanted.clear()
        self._drop_delivered((waiting.row.organization, waiting.row.recipient))

    def _drop_delivered(self, mailbox: Mailbox) -> None:
        """Forget what was taken and is wanted nowhere else."""
        left = [one for one in self._waiting.get(mailbox, ()) if one.wanted or not one.taken]
        if left:
            self._waiting[mailbox] = left
        else:
            self._waiting.pop(mailbox, None)

    def _say(self, kind: type[MessageDelivered | MessageKept], row: MessageRow, place: _Place, **more: Any) -> None:
        organization, device, contact = place
        at = self._kernel.wall
        self._kernel.bus.emit(
            kind(at=at, organization=organization, message=row.seq, device=device, contact=contact, **more)
        )


def _validity(request: Request) -> float:
    """Seconds for which a message is worth delivering: what its Expires says, within reason."""
    expires = request.expires
    return KEPT if expires is None else min(max(expires, ONE_TRY), KEPT)


class _Delivery:
    """The client user of one MESSAGE of ours."""

    __slots__ = ("_answered",)

    def __init__(self, answered: Callable[[int, str], None]) -> None:
        self._answered = answered

    def response(self, response: Response, now: float) -> None:
        if response.status >= 200:
            self._answered(response.status, response.reason)

    def failed(self, status: int, reason: str, now: float) -> None:
        self._answered(status, reason)


def _ignore(error: BaseException | None) -> None:
    """A message that could not be deleted is delivered once more after a restart, which is better than never."""
