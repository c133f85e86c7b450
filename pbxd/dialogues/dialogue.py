"""The one thing that menus and mailboxes know of a call: what can be said to its party, and what it says and presses.

Hanging up is cancellation: whoever speaks never asks whether anybody still listens. What must be kept is a block
(``async with``) whose end does not await.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from pbxd.org.sounds import Prompt
from pbxd.speech.sayings import Saying

KEYS = "0123456789*#"
"""Every key of a phone."""


class Stopped(StrEnum):
    """Why a recording ended that the party did not end by hanging up."""

    KEY = "key"
    LENGTH = "length"
    SILENCE = "silence"
    FAILED = "failed"
    """The disk did not take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the party said; the file is complete and on disk."""

    seconds: float
    stopped: Stopped
    key: str = ""
    """The key that ended it."""


class Dialogue(Protocol):
    """One party, to talk to. Used by one task."""

    @property
    def language(self) -> str:
        """What the party is spoken to in: ``en``, ``da``, ``sv``."""
        ...

    def speak(self, language: str) -> None:
        """From here on in this language, for the rest of the call."""
        ...

    async def say(self, *what: Saying, until: str = "") -> str:
        """Say all of this, one after the other.

        Returns the key among ``until`` that cut it short, or an empty string. Other keys are kept for the next
        question (type-ahead), and what was pressed before cuts this short, too.
        """
        ...

    async def ask(
        self,
        *what: Saying,
        keys: str = KEYS,
        most: int = 1,
        terminator: str = "",
        within: float = 5.0,
        between: float = 3.0,
        secret: bool = False,
    ) -> str:
        """Say this and return what the party presses: up to ``most`` of ``keys``, without the terminator.

        The first key ends the prompt (barge-in); keys that were pressed before count. ``within`` seconds after the
        prompt, or ``between`` seconds after a key, it is over: an empty string says that nothing was pressed. A key
        that is not asked for ends the question at once and is returned alone, so that whoever asks can say so. The
        terminator alone is an empty string, too; one that comes right after the last of ``most`` keys is dropped.

        ``secret`` keeps what was pressed out of every log: PINs.
        """
        ...

    async def record(self, into: Path, *, longest: float, quiet: float | None = None, until: str = "#") -> Heard:
        """Record what the party says into a new WAV file, until it presses one of ``until``, says nothing for
        ``quiet`` seconds or reaches ``longest`` seconds. Keys that were pressed before are forgotten.
        """
        ...

    def music(self, name: Prompt | None = None) -> AbstractAsyncContextManager[None]:
        """The party hears music, of this name or its organization's, for as long as the block lasts."""
        ...
