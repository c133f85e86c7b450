"""What a PUBLISH does to the published state of one resource, as a pure function (RFC 3903 4 and 6).

Who may publish is the caller's business. All times are wall-clock seconds; the state itself is of any type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from pbxd.errors import MalformedMessage, Refused
from pbxd.sip.message import Request
from pbxd.sip.subscription import Terms

T = TypeVar("T")

MAX_PUBLICATIONS: Final = 10
"""Of one resource; a new one pushes the oldest out, as phones that restart leave theirs behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication(Generic[T]):
    """What one publisher says, until it expires."""

    etag: str
    state: T
    expires: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Published(Generic[T]):
    """What a PUBLISH comes to."""

    publications: tuple[Publication[T], ...]
    """All that are in force afterwards, oldest first."""
    changed: bool
    """Whether that is another state than before."""
    headers: tuple[tuple[str, str], ...]
    """For the 200."""


def publish(
    request: Request,
    current: tuple[Publication[T], ...],
    *,
    parse: Callable[[Request], T],
    etag: str,
    now: float,
    terms: Terms,
) -> Published[T]:
    """Apply ``request`` to the ``current`` publications of its resource. ``etag`` is a fresh one.

    Raises :class:`Refused` with 412 for an entity tag that is not in force and 400 for an initial publication without
    body, :class:`IntervalTooBrief` (423), and whatever ``parse`` raises for the body.
    """
    alive = tuple(one for one in current if one.expires > now)
    expires = terms.granted(request)
    known = _known(request, alive)
    others = tuple(one for one in alive if one is not known)
    if expires == 0:  # removed; one that was never there is no error (6.4)
        return _result(others, current, etag, 0)
    if request.body:
        new = Publication(etag=etag, state=parse(request), expires=now + expires)
        return _result((*others, new)[-MAX_PUBLICATIONS:], current, etag, expires)
    if known is None:
        raise Refused(400, "Nothing Published")
    refreshed = replace(known, etag=etag, expires=now + expires)
    return _result(tuple(refreshed if one is known else one for one in alive), current, etag, expires)


def _known(request: Request, alive: tuple[Publication[T], ...]) -> Publication[T] | None:
    """The publication that SIP-If-Match names; ``None`` for an initial one (4.1)."""
    values = request.headers.all("SIP-If-Match")
    if not values:
        return None
    if len(values) > 1:
        raise MalformedMessage("given more than once", header="SIP-If-Match")
    found = next((one for one in alive if one.etag == values[0]), None)
    if found is None:
        raise Refused(412, "Conditional Request Failed")
    return found


def _result(
    publications: tuple[Publication[T], ...], before: tuple[Publication[T], ...], etag: str, expires: int
) -> Published[T]:
    changed = [one.state for one in publications] != [one.state for one in before]
    return Published(
        publications=publications, changed=changed, headers=(("SIP-ETag", etag), ("Expires", str(expires)))
    )
