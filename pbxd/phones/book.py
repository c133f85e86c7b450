"""The phone book that phones show: what the directory has for everybody (DEV-6, USR-4)."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from pbxd.org.directory import contacts, numbers_of, services
from pbxd.org.levels import DIRECTORY_HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbxd.org.organization import Organization

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
    for user in organization.people():
        if user.lines and not organization.effective(DIRECTORY_HIDDEN, user).value:
            yield user.name, numbers_of(organization, user)
    for one in (*services(organization), *contacts(organization, None)):
        yield one.name, one.numbers


def page(organization: Organization, after: int) -> dict[str, Any]:
    """The entries after the first ``after``, and where to go on; ``None``: that was all."""
    found = list(islice(entries(organization), after, min(after + PAGE, MOST)))
    more = len(found) == PAGE and after + PAGE < MOST
    return {"entries": found, "next": after + PAGE if more else None}
