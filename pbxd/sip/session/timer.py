"""Session timers (RFC 4028): an established session is refreshed in time, or it is over. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal, TypeAlias

from pbxd.errors import MalformedMessage
from pbxd.sip.grammar import find_param, number, parse_params
from pbxd.sip.message import Message, Request, Response
from pbxd.sip.values import MAX_SECONDS

Pairs: TypeAlias = tuple[tuple[str, str], ...]
Role: TypeAlias = Literal["uac", "uas"]

MIN_SE = 90
"""The shortest session interval, seconds (RFC 4028 4)."""
USUAL = 1800
"""The interval that we ask for by default, seconds (RFC 4028 4 recommends it)."""
LONGEST = 86_400
"""Seconds; a peer that wants less often than once a day to be asked is not followed."""
RETRY = 10.0
"""Seconds until a refresh that was refused, or could not be sent because of an offer under way, is tried again."""


@dataclass(frozen=True, slots=True)
class SessionExpires:
    """The value of a Session-Expires header (RFC 4028 4)."""

    seconds: int
    refresher: Role | None = None
    """Who refreshes: the sender of the request that carried it (or was answered with it), or the other one."""

    @classmethod
    def parse(cls, text: str) -> SessionExpires:
        """Raises :class:`MalformedMessage`."""
        seconds, semicolon, params = text.partition(";")
        role = (find_param(parse_params(semicolon + params), "refresher") or "").lower()
        return cls(
            number(seconds.strip(" \t"), MAX_SECONDS), "uac" if role == "uac" else "uas" if role == "uas" else None
        )

    def __str__(self) -> str:
        return f"{self.seconds}" + (f";refresher={self.refresher}" if self.refresher else "")


def too_short(request: Request) -> tuple[str, str] | None:
    """The Min-SE header of the 422 that this session refresh request must get, ``None`` where it is welcome.

    Raises :class:`MalformedMessage` for a Session-Expires or Min-SE that can't be read.
    """
    asked, _ = session_expires(request), min_se(request)
    # RFC 4028 9: one who does not speak of timers himself would not understand the 422; a proxy put the header in.
    if asked is None or asked.seconds >= MIN_SE or "timer" not in request.supported:
        return None
    return "Min-SE", str(MIN_SE)


def session_expires(message: Message) -> SessionExpires | None:
    """Raises :class:`MalformedMessage`."""
    value = message.headers.get("Session-Expires")
    return SessionExpires.parse(value) if value is not None else None


def min_se(message: Message) -> int | None:
    """Seconds; raises :class:`MalformedMessage`."""
    value = message.headers.get("Min-SE")
    return number(value.partition(";")[0].strip(" \t"), MAX_SECONDS) if value is not None else None


class Due(Enum):
    """What a timer wants done."""

    REFRESH = auto()
    EXPIRE = auto()


class SessionTimer:
    """One session's timer. It does not run before :meth:`answering` or :meth:`answered` has started it.

    Of a peer that knows nothing of timers pbxd is the refresher all the same: it has no other way to notice that such a
    phone is gone. Any answer but those that end a dialog then shows that it lives.
    """

    __slots__ = ("_alone", "_expires_at", "_interval", "_minimum", "_ours", "_refresh_at", "_wanted")

    def __init__(self, wanted: int) -> None:
        """``wanted`` is the interval that we ask for, seconds."""
        self._wanted = wanted
        self._minimum = MIN_SE
        self._interval = 0
        self._ours = True
        """Whether we refresh."""
        self._alone = False
        """Whether the peer knows nothing of it."""
        self._refresh_at: float | None = None
        self._expires_at: float | None = None

    # Requests and responses ----------------------------------------------------------------------------------------

    def asking(self) -> Pairs:
        """The headers of a session refresh request of ours (RFC 4028 7.1, 7.4)."""
        role: Role | None = None
        if self._interval:  # the initial INVITE leaves the choice to the peer, later ones keep what it chose
            role = "uac" if self._ours else "uas"
        value = SessionExpires(max(self._interval or self._wanted, self._minimum), role)
        if self._minimum == MIN_SE:
            return (("Session-Expires", str(value)),)
        return (("Session-Expires", str(value)), ("Min-SE", str(self._minimum)))

    def refused(self, response: Response) -> bool:
        """Take in a 422; whether asking again may help (RFC 4028 7.3)."""
        try:
            minimum = min_se(response)
        except MalformedMessage:
            return False
        if minimum is None or not max(self._interval or self._wanted, self._minimum) < minimum <= LONGEST:
            return False
        self._minimum = minimum
        return True

    def answered(self, response: Response, now: float) -> None:
        """A 2xx to a session refresh request of ours starts the interval anew (RFC 4028 7.2)."""
        try:
            agreed = session_expires(response)
        except MalformedMessage:
            agreed = None
        if agreed is None:
            self._run(max(self._wanted, self._minimum), now, ours=True, alone=True)
        else:
            self._run(agreed.seconds, now, ours=agreed.refresher != "uas", alone=False)

    def answering(self, request: Request, now: float) -> Pairs:
        """The headers of our 2xx to a session refresh request, which starts the interval anew (RFC 4028 9)."""
        asked, theirs = session_expires(request), "timer" in request.supported
        seconds = min(self._wanted, asked.seconds) if asked is not None else self._wanted
        seconds = max(seconds, min_se(request) or 0, MIN_SE)
        role = self._role(asked) if theirs else "uas"
        self._run(seconds, now, ours=role == "uas", alone=not theirs)
        value = ("Session-Expires", str(SessionExpires(seconds, role)))
        return (value, ("Require", "timer")) if theirs else (value,)

    def _role(self, asked: SessionExpires | None) -> Role:
        """Who refreshes (RFC 4028 9, table 2). Left to us, we do: no phone's forgetfulness then ends a call."""
        if asked is not None and asked.refresher is not None:
            return asked.refresher
        return "uac" if self._interval and not self._ours else "uas"

    def failed(self, now: float) -> None:
        """The peer refused our refresh, and its dialog lives."""
        if self._alone:
            self._run(self._interval, now, ours=True, alone=True)

    # Time ----------------------------------------------------------------------------------------------------------

    @property
    def deadline(self) -> float | None:
        """When :meth:`due` has something to say; monotonic seconds."""
        if self._refresh_at is None or self._expires_at is None:
            return self._expires_at if self._refresh_at is None else self._refresh_at
        return min(self._refresh_at, self._expires_at)

    def due(self, now: float) -> Due | None:
        """What is to be done now; a refresh is asked for again and again until one succeeds."""
        if self._expires_at is not None and now >= self._expires_at:
            return Due.EXPIRE
        if self._refresh_at is not None and now >= self._refresh_at:
            self._refresh_at = now + RETRY
            return Due.REFRESH
        return None

    def _run(self, seconds: int, now: float, *, ours: bool, alone: bool) -> None:
        # RFC 4028 10: refreshed after half of it, given up a third of it (but not more than 32 s) before its end.
        self._interval = interval = max(seconds, MIN_SE)
        self._ours, self._alone = ours, alone
        self._refresh_at = now + interval / 2 if ours else None
        self._expires_at = now + interval - min(32.0, interval / 3) if not alone else None
