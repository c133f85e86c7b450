"""Which headers of a caller's INVITE the callee's gets, and how a phone is told what kind of call it is. Pure (CLI-8).

What makes a phone pick up by itself opens a microphone, and what names a picture makes it fetch one: both go from
colleague to colleague only.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from pbxd.sip.headers import Headers

Pairs: TypeAlias = tuple[tuple[str, str], ...]

ANYWHERE: Final = ("User-to-User", "Subject", "Priority")
"""What two applications tell each other (RFC 7433), what the call is about and how urgent it is (RFC 3261 20)."""
INSIDE: Final = ("Call-Info", "Alert-Info")
"""Within an organization; of Alert-Info only what makes a phone answer: how it rings is for the callee to say."""
MOST: Final = 10
"""Lines of one header that are carried."""
NOWHERE: Final = "http://127.0.0.1"
"""The URI of an Alert-Info that names a ringtone of the phone itself: nothing is to be fetched."""

_ANSWER = re.compile(
    r'answer-after[ \t]*=|info[ \t]*=[ \t]*"?(?:alert-)?(?:auto|ring)[ -]?answer|intercom[ \t]*=[ \t]*true',
    re.IGNORECASE,
)


def carried(invite: Headers, *, inside: bool) -> Pairs:
    """What goes on as it is; ``inside`` says that caller and callee are colleagues, and the one dialled the other."""
    names = (*ANYWHERE, *INSIDE) if inside else ANYWHERE
    return tuple(
        (name, value)
        for name in names
        for value in invite.all(name)[:MOST]
        if name != "Alert-Info" or answers_by_itself(value)
    )


def answers_by_itself(alert_info: str) -> bool:
    """Whether an Alert-Info asks the phone to pick up without its user, in any of the ways that phones have for it."""
    return _ANSWER.search(alert_info) is not None


def alert_info(ringtone: str) -> str:
    """A ringtone as Alert-Info: a URI as it is (RFC 7462 has URNs), Bellcore's by path, other names by ``info``."""
    if ":" in ringtone:
        return f"<{ringtone}>"
    if ringtone.lower().startswith("bellcore-"):
        return f"<{NOWHERE}/{ringtone}>"
    return f"<{NOWHERE}>;info={ringtone}"
