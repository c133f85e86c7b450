"""When somebody who is not available is back (VM-1). Pure."""

from __future__ import annotations

from typing import Final

from pbxd.org.organization import Organization
from pbxd.org.presence import standing
from pbxd.org.state import UserState
from pbxd.org.users import User

MOST: Final = 50
"""Activities that are followed one after the other."""


def back_at(state: UserState, organization: Organization, user: User, now: float, *, last: bool) -> float | None:
    """When the activity that ``user`` is not available in ends, in seconds since 1970; ``None``: nobody knows.

    With ``last``, the end of the last one of several without a pause: lunch to 12:30 and a meeting from then to 14:00
    end at 14:00. Where one of them has no end, the end of the one before is all that is known.
    """
    stands = standing(state, organization, user, now)
    if stands.activity is None or stands.activity.available:
        return None
    until = stands.until
    for _ in range(MOST if last else 0):
        if until is None:
            return None
        after = standing(state, organization, user, until)
        if after.activity is None or after.activity.available or after.until is None:
            break
        until = after.until
    return until
