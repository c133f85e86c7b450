"""Finding calls: by whom, to whom, when, and how they ended.

Every number and name that a call touched is a key of it. A number's key is its digits from the last to the first, so
that those with the same ending lie together: ``88887702`` finds ``+4588887702``, ``004588887702`` and ``+45 88 88 77
02`` without knowing in which country it was dialled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbxd.store.rows import CallRecord

EXACT = 6
"""A number of so few digits is an extension or a service, and is found by all of them only."""
AFTER_DIGITS = "a"
"""Sorts behind every digit, in every collation."""

_NUMBER = re.compile(r"\+?[0-9]+\Z", re.ASCII)
_BETWEEN = str.maketrans("", "", " -./()")

Either: TypeAlias = "tuple[str, ...]"
"""Keys of which a call has at least one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What calls to find: those for which all of it holds, newest first."""

    touching: tuple[Either, ...] = ()
    """Keys, made by :func:`key_of`; of each group the call has at least one."""
    since: float | None = None
    """Wall-clock seconds; a call counts by its start."""
    until: float | None = None
    """That moment itself does not count."""
    result: str | None = None
    organization: str | None = None
    limit: int = 100


def key_of(text: str) -> str:
    """The key of a number, as written by anybody, or of a name."""
    bare = text.translate(_BETWEEN)
    if _NUMBER.match(bare) is None:
        return text
    digits = bare.lstrip("+")
    if len(digits) > EXACT:  # the prefixes of national and international numbers
        digits = digits.lstrip("0") or digits
    return f"#{digits[::-1]}"


def by_ending(key: str) -> bool:
    """Whether the key also finds what only ends like it."""
    return key.startswith("#") and len(key) - 1 > EXACT


def matches(key: str, known: str) -> bool:
    """Whether ``known``, a key of a call, is found by ``key``."""
    return known.startswith(key) if by_ending(key) else known == key


def keys(record: CallRecord) -> set[str]:
    """Every key of a call: who called, what was dialled, where that went, and every device and trunk."""
    return {key_of(text) for text in _touched(record) if text}


def _touched(record: CallRecord) -> Iterator[str]:
    yield record.caller
    yield record.called
    for turn in record.turns:
        yield turn.called
    for leg in record.legs:
        yield leg.party
        yield leg.number


def found(record: CallRecord, search: Search) -> bool:
    """Whether the call is one of those that are looked for."""
    known = keys(record)
    return (
        (search.since is None or record.started >= search.since)
        and (search.until is None or record.started < search.until)
        and search.result in (None, record.result)
        and search.organization in (None, record.organization)
        and all(any(matches(key, one) for key in either for one in known) for either in search.touching)
    )
