"""The phone book that phones show: colleagues, and the contacts of the organization (DEV-6)."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

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
    """Who is in the book: users with a line, then contacts; not those whom nobody wants to talk to."""
    for user in organization.people():
        numbers = dict.fromkeys(number for line in user.lines for number in (line.alias or line.number,))
        if numbers:
            yield user.name, tuple(numbers)
    for contact in organization.contacts.entries:
        if contact.kind != "blocked":
            yield contact.name, tuple(one.number for one in contact.numbers)


def page(organization: Organization, after: int) -> dict[str, Any]:
    """The entries after the first ``after``, and where to go on; ``None``: that was all."""
    found = list(islice(entries(organization), after, min(after + PAGE, MOST)))
    more = len(found) == PAGE and after + PAGE < MOST
    return {"entries": found, "next": after + PAGE if more else None}
