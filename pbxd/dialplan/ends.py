"""How calls end that nobody takes: the final response that the caller gets, and the word for it."""

from __future__ import annotations

from pbxd.dialplan.moves import Done, Failure, refused
from pbxd.dialplan.situation import Place
from pbxd.dialplan.treatment import Busy, Declined, NoAnswer, Unreachable

KEPT_FROM_CALLERS = frozenset({401, 405, 407, 408, 415, 420, 421, 423, 481, 487, 491})
"""Failures that are between us and the far end, and would be misread as about the caller's own request. So would all
of 500 to 599: a 503 makes phones and proxies give the whole server up."""

REJECTIONS: dict[str, tuple[int, str]] = {
    "declined": (603, "Decline"),
    "busy": (486, "Busy Here"),
    "barred": (403, "Barred"),
    "not-found": (404, "Not Found"),
    "unavailable": (480, "Temporarily Unavailable"),
}
"""What the words of a rule that rejects mean."""


def rejected(place: Place, reason: str) -> Done:
    """A rule refuses the call; what is none of its words is the reason phrase."""
    status, phrase = REJECTIONS.get(reason, (480, reason))
    return refused(place, status, phrase, "rejected")


def nobody(place: Place, outcome: Failure) -> Done:
    """Nothing is left to try: the caller is told what came of it."""
    match outcome:
        case Busy():
            return refused(place, 486, "Busy Here", "busy")
        case Declined():
            return refused(place, 603, "Decline", "declined")
        case NoAnswer():
            return refused(place, 480, "Temporarily Unavailable", "no-answer")
        case Unreachable(status=status, reason=reason):
            if status in KEPT_FROM_CALLERS or status // 100 != 4:
                status, reason = 480, "Temporarily Unavailable"
            return refused(place, status, reason, "unreachable")
