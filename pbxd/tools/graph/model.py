"""What a picture shows: things that happen, and what leads from one to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["call", "ring", "outside", "voicemail", "queue", "menu", "sound", "other", "end", "refused"]

LEGEND: dict[Kind, str] = {
    "call": "the call",
    "ring": "phones ring",
    "outside": "a number outside is called",
    "voicemail": "voicemail or a mailbox",
    "queue": "waits in a queue",
    "menu": "a menu",
    "sound": "a sound, then the end",
    "other": "something else",
    "end": "the end",
    "refused": "the call is refused",
}
"""Each kind of thing, in words."""


@dataclass(frozen=True, slots=True)
class Way:
    """What leads on: the label says what came of the thing before, or when."""

    label: tuple[str, ...]
    """Lines."""
    to: Node


@dataclass(frozen=True, slots=True)
class Node:
    """One thing that happens. Equal ones that go on equally are one in the picture."""

    kind: Kind
    text: tuple[str, ...]
    """Lines; the first is the title."""
    ways: tuple[Way, ...] = ()
