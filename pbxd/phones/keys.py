"""What a function key does, in what every family of phones can express: it dials something, or watches somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pbxd.org.codes import starts

if TYPE_CHECKING:
    from pbxd.org.organization import Organization
    from pbxd.org.phones import FunctionKey
    from pbxd.org.users import User

Does: TypeAlias = Literal["line", "blf", "dial", "code"]
"""A line's own key; a lamp that shows what somebody does and calls him; a number; a code that is dialled."""


def programmed(key: FunctionKey, organization: Organization, user: User | None) -> dict[str, Any]:
    """One key as plain data: what it does, what it dials, what stands beside it.

    A name that is gone since the file was checked leaves a key that dials the name, and so nothing.
    """
    codes, value = starts(organization.feature_codes), key.value
    does: Does = "code"
    match key.kind:
        case "line":
            return {"does": "line", "line": int(value or 1), "dial": "", "label": key.label or f"Line {value or 1}"}
        case "blf":
            watched = organization.users.get(value)
            owner = organization.line(value)
            does, dial = "blf", (watched.extension if watched is not None else value) or value
            name = watched.name if watched is not None else owner.user.name if owner is not None else value
        case "speed-dial":
            does, dial, name = "dial", value, value
        case "code":
            dial, name = codes.get(value, value), value
        case "queue-login":
            queue = organization.queue(value) if value else None
            ending = f"{queue.code or queue.number}*" if queue is not None else ""
            dial, name = (
                codes["queue-login"] + ending,
                (queue.display_text or queue.name) if queue is not None else "Log in",
            )
        case "profile":
            profile = organization.profile(value, user)
            dial, name = f"{codes['profile']}{(profile.code or '') if profile is not None else ''}*", value
        case "park":
            dial, name = codes["park"], "Park"
        case "pickup":
            dial, name = codes["pickup"], "Pick up"
    pickup = f"{codes['pickup-extension']}{dial}*" if does == "blf" else ""
    return {"does": does, "line": 1, "dial": dial, "label": key.label or name, "pickup": pickup}
