"""Where a call can be sent, as people write it in a setting: ``voicemail``, ``queue support``, ``1501``."""

from __future__ import annotations

import re
from collections.abc import Callable

from pbxd.org.rules import (
    PlayBusy,
    RingDevices,
    Target,
    ToGroup,
    ToHuntGroup,
    ToMailbox,
    ToMenu,
    ToNumber,
    ToPersonalQueue,
    ToQueue,
    ToSwitchboard,
    ToUser,
    ToVoicemail,
)

_WORDS: dict[str, Target] = {
    "voicemail": ToVoicemail(),
    "switchboard": ToSwitchboard(),
    "personal-queue": ToPersonalQueue(),
    "busy": PlayBusy(),
    "all": RingDevices(),
}
_KINDS: dict[str, Callable[[str], Target]] = {
    "user": ToUser,
    "group": ToGroup,
    "queue": ToQueue,
    "hunt-group": ToHuntGroup,
    "menu": ToMenu,
    "mailbox": ToMailbox,
    "number": ToNumber,
}


def target(text: str) -> Target:
    """What the text means. Raises :class:`ValueError` where it means nothing."""
    plain = text.strip()
    if plain in _WORDS:
        return _WORDS[plain]
    if re.fullmatch(r"\+?[0-9*#]+", plain):
        return ToNumber(plain)
    kind, _, name = plain.partition(" ")
    if kind in _KINDS and name.strip():
        return _KINDS[kind](name.strip())
    raise ValueError(text)
