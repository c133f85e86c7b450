"""Who may have a phone's settings. Pure.

The address of a phone's settings holds the organization's *ticket*, and from the phone's first visit on a *secret* of
its own: ``/phones/TICKET/...``, then ``/phones/TICKET.SECRET/...``. The ticket alone lets a phone in that has not yet
come with its secret; a phone that has is known by the secret from then on, so that nobody who has the ticket gets the
settings of others by trying MAC addresses.

A ticket that was replaced goes on for a while, and after that still for those who have their own secret: a phone that
was switched off meanwhile finds its way. A ticket that was *revoked* lets nobody in, secret or not.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from pbxd.store.rows import PhoneRow, TicketRow

MAX_KEY: Final = 160
"""Characters of what stands for ticket and secret in an address."""


@dataclass(frozen=True, slots=True)
class Key:
    """What an address holds."""

    ticket: str
    secret: str = ""

    @classmethod
    def parse(cls, text: str) -> Key:
        """``TICKET`` or ``TICKET.SECRET``; anything is one, and most of it opens nothing."""
        ticket, _, secret = text[:MAX_KEY].partition(".")
        return cls(ticket, secret)

    def __str__(self) -> str:
        return f"{self.ticket}.{self.secret}" if self.secret else self.ticket


@dataclass(frozen=True, slots=True)
class Welcome:
    """It may have what it asks for. ``proved``: it has the phone's own secret."""

    proved: bool


@dataclass(frozen=True, slots=True)
class Unwelcome:
    """It may not, and is not told why."""

    why: str
    impostor: bool = False
    """Whether it may be the phone itself, reset to how it left the factory."""


Verdict: TypeAlias = Welcome | Unwelcome


def digest(text: str) -> str:
    """By what secrets are looked up and told apart where they need not be known."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def named(ticket: str) -> str:
    """The name by which people, logs and commands speak of a ticket: nobody gets in with it."""
    return digest(ticket)[:8]


def ticket_of(key: Key, tickets: Mapping[str, TicketRow]) -> TicketRow | None:
    """The ticket of an address, among those by :func:`digest`: how long that takes says nothing of what is right."""
    return tickets.get(digest(key.ticket))


def admits(ticket: TicketRow, now: float) -> bool:
    """Whether phones are let in that bring nothing but the ticket."""
    return not ticket.revoked and (not ticket.expires or now < ticket.expires)


def judge(key: Key, ticket: TicketRow | None, phone: PhoneRow | None, now: float) -> Verdict:
    """Whether who comes with ``key`` may have the settings of ``phone``; ``None``: one that was never here."""
    if ticket is None:
        return Unwelcome("no such ticket")
    if ticket.revoked:
        return Unwelcome("the ticket was revoked")
    secret = phone.secret if phone is not None else ""
    if secret and key.secret and hmac.compare_digest(secret.encode(), key.secret.encode("utf-8", "replace")):
        return Welcome(proved=True)
    if not admits(ticket, now):
        return Unwelcome("the ticket is over, and it has not the phone's secret")
    if secret and key.secret:
        return Unwelcome("another secret than the phone's", impostor=True)
    if phone is not None and phone.proved:
        return Unwelcome("without the phone's secret", impostor=True)
    return Welcome(proved=False)


def current(tickets: Iterable[TicketRow]) -> TicketRow | None:
    """The ticket that phones are moved to: the newest that is not over."""
    return max((one for one in tickets if not one.revoked and not one.expires), key=lambda one: one.made, default=None)
