"""The phone book that phones show: what the directory has for everybody (DEV-6, USR-4)."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from pbxd.org.directory import Entry as Listed
from pbxd.org.directory import contacts, hides, numbers_of, services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbxd.org.organization import Organization
    from pbxd.org.users import User

PAGE: Final = 500
"""Entries that are handed out at once: about a millisecond."""
MOST: Final = 20_000
"""Entries of a book; phones take a thousand or two."""

Entry = tuple[str, tuple[str, ...]]
"""A name, and numbers, the most wanted first."""


def entries(organization: Organization) -> Iterator[Entry]:
    """Who is in the book: users with a number, queues and hunt groups, then contacts.

    Not who is hidden in the directory, nor those whom nobody wants to talk to.
    """
    return (_entry(organization, one) for one in _listed(organization))


def page(organization: Organization, after: int) -> dict[str, Any]:
    """The entries after the first ``after``, and where to go on; ``None``: that was all."""
    listed = islice(_listed(organization), after, min(after + PAGE, MOST))
    found = [_entry(organization, one) for one in listed]
    more = len(found) == PAGE and after + PAGE < MOST
    return {"entries": found, "next": after + PAGE if more else None}


def _listed(organization: Organization) -> Iterator[User | Listed]:
    yield from (user for user in organization.people() if user.lines and not hides(organization, user))
    yield from services(organization)
    yield from contacts(organization, None)


def _entry(organization: Organization, one: User | Listed) -> Entry:
    return one.name, one.numbers if isinstance(one, Listed) else numbers_of(organization, one)
