"""A mailroom without a server: a store in memory, files in a directory of the test's, and what it told."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from pbxd.cdr import call_record
from pbxd.events import Bus, Event
from pbxd.mailboxes import Box, Limits, MailboxKey, Mailroom, NewMessage, Office, VoiceMessageRow
from pbxd.mailboxes.links import Links
from pbxd.store import MemoryStore
from tests.support.dialogue import RATE, voice

E = TypeVar("E", bound=Event)
NOW = 1_800_000_000.0
BO = MailboxKey("house", "user", "bo")
ANNA = MailboxKey("house", "user", "anna")
SALES = MailboxKey("house", "group", "sales")


class Wall:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def wall(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


class Post:
    """A mailroom, and what is round it; it may be started again as after a crash."""

    def __init__(self, directory: Path, tasks: asyncio.TaskGroup) -> None:
        self.wall = Wall()
        self.store = MemoryStore(self.wall, record_of=call_record)
        self.root = directory / "voicemail"
        self.events: list[Event] = []
        self.limits: dict[MailboxKey, Limits | None] = {}
        """Of mailboxes that have others than usual."""
        self._tasks = tasks
        self._random = Random(7)
        self.room = self.start()

    def start(self) -> Mailroom:
        """A mailroom over what is on disk and in the store."""
        bus = Bus(failed=_raise)
        bus.subscribe(self.events.append)
        office = Office(
            messages=self.store.voice_messages,
            boxes=self.store.mailboxes,
            bus=bus,
            wall=self.wall.wall,
            spawn=self._spawn,
            draw=self._random.getrandbits,
            limits=lambda box: self.limits.get(box, Limits(1_000_000, 30)),
            links=Links(bytes(32)),
        )
        self.room = Mailroom(office, self.root)
        return self.room

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.create_task(work)

    def box(self, key: MailboxKey = BO, pin: str = "") -> Box:
        return Box(self.room, key, pin)

    def happened(self, kind: type[E]) -> list[E]:
        """Events of a class."""
        return [event for event in self.events if isinstance(event, kind)]

    async def left(
        self, box: MailboxKey = BO, *, seconds: float = 3.0, caller: str = "+4588887701", name: str = "Anna Holm"
    ) -> VoiceMessageRow:
        """A message that somebody has left."""
        async with self.room.new_message(box, caller=caller, caller_name=name) as message:
            speak(message, seconds)
            kept = await message.keep()
        assert kept is not None
        self.wall.now += 60
        return kept

    async def settles(self) -> None:
        """Let everything be finished that is under way."""
        await asyncio.sleep(10)

    def files(self) -> list[str]:
        """What is in the spool."""
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file())


def speak(message: NewMessage, seconds: float) -> None:
    """Record something, as the media engine would."""
    write(message.path, voice(seconds))


def write(path: Path, samples: bytes) -> None:
    """A WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples)


@asynccontextmanager
async def post_office(directory: Path) -> AsyncIterator[Post]:
    """A mailroom that has started, and is stopped at the end."""
    async with asyncio.TaskGroup() as tasks:
        post = Post(directory, tasks)
        await post.room.restore()
        yield post
        await post.room.stop()


def _raise(event: Event, error: Exception) -> None:
    raise error
