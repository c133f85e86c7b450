"""What a REGISTER does to the bindings of one account, as a pure function (RFC 3261 10.3, RFC 5626 6, RFC 3327 5.3).

Who may register, and keeping what results, is the caller's business: it answers 200 with
:attr:`Registration.headers` once the changes are stored. All times are wall-clock seconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from pbxd.errors import MalformedMessage, Refused
from pbxd.sip.grammar import number, quote

if TYPE_CHECKING:
    from pbxd.sip.flow import Flow
    from pbxd.sip.message import Request
    from pbxd.sip.uri import Uri
    from pbxd.sip.values import NameAddr

MAX_USER_AGENT: Final = 200
"""Characters kept of a User-Agent header."""
_UNREADABLE_EXPIRES = 3600  # RFC 3261 10.2.1.1
_HOUR = 3600
FLOW_TIMER: Final = 120
"""Seconds within which a device with a connection should let us hear from it (RFC 5626 4.4)."""
_OB = re.compile(r";ob\b", re.IGNORECASE)
_Q = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One place where an account can be reached."""

    contact: Uri
    flow: Flow
    """Where its REGISTER came from: requests for the binding go there, unless it has a ``path``."""
    expires: float
    """Wall-clock seconds."""
    call_id: str
    cseq: int
    q: Fraction = Fraction(1)
    """Preference between bindings, 0 to 1."""
    instance: str | None = None
    """The device's own identity, a URN in angle brackets (RFC 5626 4.1)."""
    reg_id: int | None = None
    """Which of the device's flows this is (RFC 5626 4.2.1); only with ``instance``."""
    user_agent: str = ""
    path: tuple[str, ...] = ()
    """Values of Path: what goes before the contact as Route (RFC 3327)."""

    def header(self, now: float) -> str:
        """As a Contact of the 200, with the seconds that remain (RFC 3261 10.3 step 8)."""
        params = f";expires={max(0, round(self.expires - now))}"
        if self.q != 1:
            params += f";q={float(self.q):.3g}"
        if self.instance is not None:
            params += f";+sip.instance={quote(self.instance)}"
        if self.reg_id is not None:
            params += f";reg-id={self.reg_id}"
        return f"<{self.contact}>{params}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the registrar allows; seconds."""

    min_expires: int = 60
    max_expires: int = 3600
    default: int = 600
    """For a contact that does not say."""
    max_bindings: int = 10
    """Per account; a new one pushes the one out that would expire first."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A binding that is gone, and why: ``unregistered``, ``expired``, ``replaced`` or ``pushed out``."""

    binding: Binding
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a REGISTER comes to."""

    bindings: tuple[Binding, ...]
    """All that are in force afterwards, oldest first."""
    added: tuple[Binding, ...]
    refreshed: tuple[Binding, ...]
    removed: tuple[Removal, ...]
    """Also the old form of a binding that was refreshed under another contact, instance or reg-id (``replaced``)."""
    headers: tuple[tuple[str, str], ...]
    """For the 200."""

    @property
    def saved(self) -> tuple[Binding, ...]:
        """What has to be stored."""
        return self.added + self.refreshed


class IntervalTooBrief(Refused):
    """423, with the Min-Expires that it must carry in ``headers`` (RFC 3261 10.3 step 7)."""

    def __init__(self, min_expires: int) -> None:
        super().__init__(423, "Interval Too Brief")
        self.headers = (("Min-Expires", str(min_expires)),)


def register(
    request: Request, current: tuple[Binding, ...], *, flow: Flow, now: float, policy: Policy | None = None
) -> Registration:
    """Apply ``request``, which came on ``flow``, to the ``current`` bindings of its account: wholly, or not at all.

    Raises :class:`MalformedMessage` (400), :class:`IntervalTooBrief` (423), and :class:`Refused` with 400 for ``*``
    without ``Expires: 0``, with 403 for more contacts than an account may have, with 439 for outbound through a proxy
    that does not know it, and with 500 for a request that is older than a binding it would change.
    """
    policy = policy or Policy()
    update = _Update(request, current, now)
    contacts = request.contacts
    if contacts == "*":
        if request.expires != 0:
            raise Refused(400, "Contact * Needs Expires 0")
        update.remove(list(update.bindings))
    else:
        if len(contacts) > policy.max_bindings:
            raise Refused(403, "Too Many Contacts")
        for contact in contacts:
            seconds = _lifetime(contact, request.expires, policy)
            wanted = _binding(contact, request, flow, now + seconds)
            if seconds:
                update.save(wanted)
            else:
                update.remove([binding for binding in update.bindings if _same(binding, wanted)])
        update.shorten(policy.max_bindings)
    lines = [("Contact", binding.header(now)) for binding in update.bindings]
    saved = update.saved
    refreshed = tuple(binding for binding in saved if update.is_refresh(binding))
    outbound = _outbound(request, saved, flow)
    paths = [("Path", value) for value in request.headers.all("Path")]
    return Registration(
        bindings=tuple(update.bindings),
        added=tuple(binding for binding in saved if binding not in refreshed),
        refreshed=refreshed,
        removed=tuple(update.removed),
        headers=(*lines, *paths, *outbound, ("Date", sip_date(now))),
    )


_ONE = Fraction(1)


class _Update:
    """The bindings while a request is being applied to them."""

    def __init__(self, request: Request, current: tuple[Binding, ...], now: float) -> None:
        self._call_id = request.call_id
        self._cseq = request.cseq.number
        self._before = [binding for binding in current if binding.expires > now]
        self.bindings = self._before.copy()
        self.removed = [Removal(binding, "expired") for binding in current if binding.expires <= now]

    @property
    def saved(self) -> list[Binding]:
        return [binding for binding in self.bindings if binding not in self._before]

    def is_refresh(self, binding: Binding) -> bool:
        return any(_same(old, binding) for old in self._before)

    def save(self, wanted: Binding) -> None:
        olds = [binding for binding in self.bindings if _same(binding, wanted)]
        self._check_order(olds)
        renamed = [old for old in olds if old in self._before and _identity(old) != _identity(wanted)]
        self.removed += [Removal(old, "replaced") for old in renamed]
        self.bindings = [binding for binding in self.bindings if binding not in olds] + [wanted]

    def remove(self, olds: list[Binding]) -> None:
        self._check_order(olds)
        self.removed += [Removal(old, "unregistered") for old in olds if old in self._before]
        self.bindings = [binding for binding in self.bindings if binding not in olds]

    def shorten(self, limit: int) -> None:
        """Push out what this request did not touch: phones that change their port at every start leave corpses."""
        untouched = sorted((one for one in self.bindings if one in self._before), key=lambda one: one.expires)
        for binding in untouched[: max(0, len(self.bindings) - limit)]:
            self.bindings.remove(binding)
            self.removed.append(Removal(binding, "pushed out"))

    def _check_order(self, olds: list[Binding]) -> None:
        """RFC 3261 10.3 steps 6 and 7; contacts named twice in this request don't count against each other."""
        for old in olds:
            if old in self._before and old.call_id == self._call_id and self._cseq <= old.cseq:
                raise Refused(500, "Out of Order REGISTER")


def _lifetime(contact: NameAddr, header: int | None, policy: Policy) -> int:
    """Seconds for one contact, 0 to remove it (RFC 3261 10.3 step 7)."""
    written = contact.param("expires")
    if written is None:
        seconds = policy.default if header is None else header
    else:
        try:
            seconds = number(written, 2**32 - 1)
        except MalformedMessage:
            seconds = _UNREADABLE_EXPIRES
    if 0 < seconds < min(policy.min_expires, _HOUR):
        raise IntervalTooBrief(policy.min_expires)
    return min(seconds, policy.max_expires)


def _binding(contact: NameAddr, request: Request, flow: Flow, expires: float) -> Binding:
    if contact.uri.scheme not in ("sip", "sips"):
        raise Refused(400, "Contact Is Not a SIP URI")
    q = contact.param("q")
    if q is not None and not _Q.fullmatch(q):
        raise MalformedMessage(f"bad q {q[:20]!r}", header="Contact")
    instance = contact.param("+sip.instance") or None
    return Binding(
        contact=contact.uri,
        flow=flow,
        expires=expires,
        call_id=request.call_id,
        cseq=request.cseq.number,
        q=Fraction(q.rstrip(".")) if q is not None else _ONE,
        instance=instance,
        reg_id=_reg_id(contact.param("reg-id")) if instance else None,
        user_agent=(request.headers.get("User-Agent") or "")[:MAX_USER_AGENT],
        path=request.headers.all("Path"),
    )


def _reg_id(written: str | None) -> int | None:
    """1 to 2**31 - 1 (RFC 5626 4.2.1); anything else counts as absent."""
    try:
        return (number(written, 2**31 - 1) or None) if written else None
    except MalformedMessage:
        return None


def _outbound(request: Request, saved: list[Binding], flow: Flow) -> list[tuple[str, str]]:
    """What the 200 says where the binding is a flow by which the device alone is reached (RFC 5626 6)."""
    if "outbound" not in request.supported or all(binding.reg_id is None for binding in saved):
        return []
    if len(request.vias) > 1 and not any(_OB.search(path) for path in request.headers.all("Path")[-1:]):
        raise Refused(439, "First Hop Lacks Outbound Support")
    return [("Require", "outbound"), *([("Flow-Timer", str(FLOW_TIMER))] if flow.reliable else [])]


def _same(one: Binding, other: Binding) -> bool:
    """Whether one replaces the other: the same flow of the same device (RFC 5626 6), or else the same contact."""
    if one.reg_id is not None and other.reg_id is not None:
        return (one.instance, one.reg_id) == (other.instance, other.reg_id)
    return one.contact.equivalent(other.contact)


def _identity(binding: Binding) -> tuple[str, str | None, int | None]:
    """What a binding is stored under."""
    return str(binding.contact), binding.instance, binding.reg_id


def sip_date(now: float) -> str:
    """A moment as SIP's Date says it, always in English and GMT (RFC 3261 20.17)."""
    at = datetime.fromtimestamp(now, UTC)
    return f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04} {at:%H:%M:%S} GMT"
