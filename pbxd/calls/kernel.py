"""What every call and leg works with; built once by the server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

from pbxd.calls.hold_music import HoldMusic
from pbxd.calls.live_legs import LiveLegs
from pbxd.calls.recorder import Recorder
from pbxd.calls.rooms import Rooms
from pbxd.clock import Clock
from pbxd.events import Bus
from pbxd.mailboxes import Mailroom
from pbxd.media.engine import Engine
from pbxd.sip.endpoint import Endpoint
from pbxd.sip.sdp import Codec
from pbxd.speech.voices import Voices

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Kernel:
    """The server's parts, as calls see them."""

    endpoint: Endpoint
    engine: Engine
    voices: Voices
    """What parties are told, as sounds that the engine plays."""
    mailroom: Mailroom
    bus: Bus
    clock: Clock
    codecs: tuple[Codec, ...]
    """What a call may be spoken in, telephone-event included, in order of preference."""
    translates: bool
    """Whether the engine can make parties understand each other that have no format in common."""
    hold_music: HoldMusic
    """What held parties hear."""
    recorder: Recorder
    """What records conversations."""
    tickets: Iterator[int] = field(default_factory=lambda: count(1))
    """Numbers by which the engine tells what has ended."""
    legs: LiveLegs = field(default_factory=LiveLegs)
    rooms: Rooms = field(default_factory=Rooms)
    parts: dict[type[Any], Any] = field(default_factory=dict)
    """Parts of higher floors that treatments work with, which this floor does not know; see :meth:`part`."""
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    @property
    def now(self) -> float:
        """Monotonic seconds."""
        return self._loop.time()

    @property
    def wall(self) -> float:
        """Seconds since 1970, for events."""
        return self.clock.wall()

    def later(self, seconds: float, what: Callable[..., Any], *arguments: Any) -> asyncio.TimerHandle:
        """Call ``what`` after ``seconds``."""
        return self._loop.call_later(seconds, what, *arguments)

    def part(self, kind: type[T]) -> T:
        """The server's part of that class; raises :class:`KeyError` where it has none."""
        found: T = self.parts[kind]
        return found
