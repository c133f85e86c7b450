"""A sentence that is not understood, and what helps to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pbxd.errors import PbxdError

SHOWN = 60
"""Characters of a sentence that a message repeats."""


class SentenceError(PbxdError):
    """``position`` is where in the text (from 0), ``hint`` what to write instead; it may be empty."""

    def __init__(self, message: str, *, position: int, hint: str = "") -> None:
        super().__init__(f"{message} (at character {position + 1})")
        self.message = message
        self.position = position
        self.hint = hint


def beginning(text: str) -> str:
    """The text, or its beginning, for a message."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 3] + "..."


def ending(text: str) -> str:
    """The text, or its end, for a message."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else "..." + line[-SHOWN + 3 :]


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word or phrase that this one may have meant; empty when none is near."""
    return next(iter(difflib.get_close_matches(word[:100].casefold(), list(known), n=1, cutoff=0.6)), "")
