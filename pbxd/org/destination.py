"""Where a call goes, as a setting says it in a few words (``to: voicemail``): one reading for all settings."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from typing import Final

from pbxd.org import rules as r

WORDS: Final[Mapping[str, r.Target]] = {
    "voicemail": r.ToVoicemail(),
    "switchboard": r.ToSwitchboard(),
    "busy": r.PlayBusy(),
    "personal-queue": r.ToPersonalQueue(),
    "next-rule": r.Continue(),
    "all": r.RingDevices(("all",)),
    "desk": r.RingDevices(("desk",)),
    "softphone": r.RingDevices(("softphone",)),
    "browser": r.RingDevices(("browser",)),
    "mobile": r.RingDevices(("mobile",)),
    "third-party": r.RingDevices(("third-party",)),
}
"""Destinations that are one word."""

NAMED: Final[Mapping[str, Callable[[str], r.Target]]] = {
    "user": r.ToUser,
    "group": r.ToGroup,
    "number": r.ToNumber,
    "queue": r.ToQueue,
    "hunt-group": r.ToHuntGroup,
    "menu": r.ToMenu,
    "mailbox": r.ToMailbox,
    "voicemail": r.ToVoicemail,
    "announcement": r.Announce,
    "reject": r.RejectAs,
}
"""Kinds of destination that a name follows."""

_NUMBER = re.compile(r"\+?[0-9*#]{1,32}")


class DestinationError(ValueError):
    """Text that is no destination; ``hint`` says what to write instead."""

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(f"`{text[:40]}` is no place to send a call")
        self.hint = hint


def target(text: str) -> r.Target:
    """``voicemail``, ``switchboard``, ``queue support``, ``+4588887701``, ``201``: see :data:`WORDS`, :data:`NAMED`.

    Raises :class:`DestinationError`.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return r.ToNumber(text)
    if text in WORDS:
        return WORDS[text]
    kind, _, name = text.partition(" ")
    if kind in NAMED and name.strip():
        return NAMED[kind](name.strip())
    near = difflib.get_close_matches(kind[:40].casefold(), [*WORDS, *NAMED], n=1, cutoff=0.6)
    named = {word: f"{word} NAME" for word in NAMED.keys() - WORDS.keys()}
    hint = (
        f"did you mean `{named.get(near[0], near[0])}`?" if near else "write `voicemail`, `queue support` or a number"
    )
    raise DestinationError(text, hint)


def text(target: r.Target) -> str | None:
    """The destination as :func:`target` reads it; ``None`` for one that needs the longer form."""
    if isinstance(target, r.ToNumber) and _NUMBER.fullmatch(target.number):
        return target.number
    return next((word for word, known in WORDS.items() if known == target), None)
