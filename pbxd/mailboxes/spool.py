"""Messages as files: ``ORGANIZATION/MAILBOX/ID.wav``, and beside each a note that says whose it is.

The note is on disk before the first sample is, and stays as long as its message. So whatever ends the process, and
whatever becomes of the database, a message whose sound is there is found by :meth:`Spool.unknown`. Everything here
waits for the disk: it is for a thread. Paths are relative to the spool unless they say otherwise.
"""

from __future__ import annotations

import json
import os
import wave
from collections.abc import Container, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final, get_args
from urllib.parse import quote

from pbxd.store.mailbox_rows import MailboxKey, MailboxKind

LEAST: Final = 1.0
"""Seconds that a message must last: less is somebody who hung up in time."""
VOICE: Final = 0.2
"""Seconds of it in which something must be heard."""
GREETING: Final = "greeting-{}.wav"
"""Name of the file of a greeting."""
QUIET: Final = -55.0
"""dBFS below which nothing is heard."""
_HEADER: Final = 44
"""Bytes of a file before its sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is known of a message when its recording begins."""

    id: str
    organization: str
    kind: MailboxKind
    mailbox: str
    caller: str
    caller_name: str
    at: float
    path: str
    forwarded_from: str = ""
    comment: str = ""

    @property
    def box(self) -> MailboxKey:
        return MailboxKey(self.organization, self.kind, self.mailbox)


@dataclass(frozen=True, slots=True)
class Measure:
    """What a sound file holds."""

    seconds: float
    bytes: int
    heard: bool
    """Whether it is long enough, and not silent."""


def _safe(name: str) -> str:
    """A name of a mailbox as that of a directory."""
    text = quote(name, safe="")
    return f"%2E{text[1:]}" if text.startswith(".") else text


class Spool:
    """Files below one directory, which need not exist yet."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def place(self, box: MailboxKey, name: str) -> str:
        """Where a file of a mailbox is."""
        return f"{_safe(box.organization)}/{_safe(box.mailbox)}/{name}"

    def absolute(self, path: str) -> Path:
        """Where that is on this machine."""
        return self.root / path

    # Writing -------------------------------------------------------------------------------------------------------

    def make_room(self, box: MailboxKey) -> None:
        """Have the mailbox's directory. Raises :class:`OSError`, as everything below does."""
        self.absolute(self.place(box, "")).mkdir(parents=True, exist_ok=True, mode=0o750)

    def begin(self, note: Note) -> None:
        """Put the note on disk; it is there when this returns."""
        self.make_room(note.box)
        path = self._note(note.path)
        partial = path.with_suffix(".part")
        with partial.open("w", encoding="utf-8") as file:
            json.dump(asdict(note), file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        self._sync(path.parent)

    def copy(self, source: str, to: str) -> None:
        """The same sound in another place; files are never changed, so it takes no room where links are known."""
        origin, target = self.absolute(source), self.absolute(to)
        try:
            os.link(origin, target)
        except OSError:
            partial = target.with_suffix(".part")
            partial.write_bytes(origin.read_bytes())
            partial.replace(target)
        self._sync(target.parent)

    def settle(self, path: str) -> None:
        """Have the disk have the name of a file that was recorded; its content is there already."""
        with suppress(FileNotFoundError):
            self._sync(self.absolute(path).parent)

    def remove(self, *paths: str) -> None:
        """Delete sounds, and then their notes, whether they are there or not."""
        for path in filter(None, paths):
            self.absolute(path).unlink(missing_ok=True)
            self._note(path).unlink(missing_ok=True)

    def _note(self, path: str) -> Path:
        return self.absolute(path).with_suffix(".json")

    def _sync(self, directory: Path) -> None:
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    # Reading -------------------------------------------------------------------------------------------------------

    def size(self, path: str) -> int:
        """Bytes; 0 where there is nothing."""
        try:
            return self.absolute(path).stat().st_size
        except OSError:
            return 0

    def measure(self, path: str) -> Measure:
        """What is in a file, as far as the disk has it: a header may promise more than a power cut left."""
        size = self.size(path)
        try:
            with wave.open(str(self.absolute(path)), "rb") as file:
                width = file.getsampwidth() * file.getnchannels()
                frames = min(file.getnframes(), max(0, size - _HEADER) // width)
                seconds = frames / file.getframerate()
                return Measure(seconds, size, seconds >= LEAST and _anything_heard(file))
        except (OSError, EOFError, wave.Error):
            return Measure(0.0, size, heard=False)

    def remove_strays(self, known: Container[str]) -> None:
        """Delete greetings that were being recorded when the server ended."""
        for path in self.root.glob("*/*/" + GREETING.format("*")):
            if str(path.relative_to(self.root)) not in known:
                path.unlink(missing_ok=True)

    def unknown(self, known: Container[str]) -> list[Note]:
        """The notes of messages whose ids nobody knows, the oldest first: what a sudden end left behind."""
        found = [note for path in sorted(self.root.glob("*/*/*.json")) if (note := _read(path, known)) is not None]
        return sorted(found, key=lambda note: (note.at, note.id))


def _anything_heard(file: wave.Wave_read) -> bool:
    """Whether there is as much as a word in it; looks no further than it has to."""
    from pbxd.media.sound.pcm import level  # where sound is recorded, what it takes is installed

    step = file.getframerate() // 50
    left = VOICE
    for block in iter(lambda: file.readframes(step), b""):
        whole = block[: len(block) - len(block) % 2]
        if level(whole) > QUIET:
            left -= 0.02
            if left <= 0:
                return True
    return False


def _read(path: Path, known: Container[str]) -> Note | None:
    """The note in a file; ``None`` for one that is known, or can't be read."""
    if path.stem in known:
        return None
    try:
        found = json.loads(path.read_text("utf-8"))
        note = Note(**{name: found[name] for name in _fields() if name in found})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return note if note.kind in get_args(MailboxKind) and note.id == path.stem else None


def _fields() -> Iterator[str]:
    return (field.name for field in fields(Note))
