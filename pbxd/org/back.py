"""When somebody who is not available is back (VM-1). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pbxd.org.organization import Organization
from pbxd.org.presence import Standing, next_change, standing
from pbxd.org.state import UserState
from pbxd.org.users import User

MOST: Final = 100
"""Changes of a user's state that are followed; whoever is away for longer is not told to be back."""


def back_at(state: UserState, organization: Organization, user: User, now: float, *, last: bool) -> float | None:
    """When the activity that ``user`` is not available in ends, in seconds since 1970; ``None``: nobody knows.

    With ``last``, when he is available again: lunch to 12:30 and a meeting from then to 14:00 end at 14:00. Without it,
    when the activity ends that he has now, whatever comes after it.
    """
    stands = standing(state, organization, user, now)
    if _available(stands):
        return None
    for moment, after in _changes(state, organization, user, now):
        if _available(after) or (not last and (after.activity, after.until) != (stands.activity, stands.until)):
            return moment
    return None


def _available(stands: Standing) -> bool:
    return stands.activity is None or stands.activity.available


def _changes(state: UserState, organization: Organization, user: User, now: float) -> Iterator[tuple[float, Standing]]:
    """The moments after ``now`` at which the standing may be another one, and what it is then."""
    for _ in range(MOST):
        following = next_change(state, organization, user, now)
        if following is None:
            return
        now = following
        yield now, standing(state, organization, user, now)
