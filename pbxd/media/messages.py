"""What a server and its media process say to each other: length-prefixed JSON, in order, over a stream.

Commands go to the engine, reports come from it. JSON and not pickle, because the far side reads packets from
strangers, and what it says must stay data.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import json
import typing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pbxd.media.embedded import Interface
from pbxd.media.engine import (
    FaxEnd,
    HeardAgain,
    KeyPressed,
    Latched,
    LocalEnd,
    MediaFailed,
    Played,
    PortFigures,
    PortId,
    Quiet,
    Recorded,
    RemoteEnd,
    Silent,
    Spoke,
    ToneHeard,
    Translated,
)
from pbxd.media.sounds import Detection, MixId, Programme, Recording, Sound
from pbxd.network import Address

MAX_MESSAGE = 1 << 20
"""Bytes; more than this is no message of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """The first command: what engine to be."""

    interfaces: tuple[Interface, ...]
    first_port: int
    last_port: int
    first_id: int
    """Of the ports to open; ids are never used twice, in whatever process."""
    silence: float
    """Seconds after which a party that says nothing is told of; 0: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Answered by :class:`Opened` or :class:`NotOpened` with the same ``request``."""

    request: int
    toward: Address | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Configure:
    port: PortId
    remote: RemoteEnd | FaxEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Hear:
    port: PortId
    source: PortId | None
    extract_keys: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    port: PortId
    key: str
    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    port: PortId
    programme: Programme


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    port: PortId
    room: MixId
    heard_by: tuple[PortId, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    room: MixId
    sounds: tuple[Sound, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    port: PortId
    recording: Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRecording:
    """Answered by :class:`RecordingEnded` with the same ``request``, once the file is on disk."""

    request: int
    port: PortId


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishRecording:
    port: PortId


@dataclass(frozen=True, slots=True, kw_only=True)
class Detect:
    port: PortId
    detection: Detection


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    port: PortId


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFigures:
    """Answered by :class:`Figures` with the same ``request``."""

    request: int
    port: PortId


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    request: int
    end: LocalEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOpened:
    request: int
    status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    request: int
    figures: PortFigures | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingEnded:
    request: int
    recorded: Recorded | None


Event = (
    Latched
    | KeyPressed
    | Translated
    | MediaFailed
    | Silent
    | HeardAgain
    | Played
    | Recorded
    | Quiet
    | Spoke
    | ToneHeard
)
Command = (
    Begin
    | Open
    | Configure
    | Hear
    | Press
    | Play
    | Mix
    | Tell
    | Record
    | EndRecording
    | FinishRecording
    | Detect
    | Close
    | AskFigures
)
Report = Opened | NotOpened | Figures | RecordingEnded | Event
_KINDS = {kind.__name__: kind for kind in typing.get_args(Command | Report)}


def encode(message: Command | Report) -> bytes:
    """The message with its length in front."""
    fields = dataclasses.asdict(message)
    text = json.dumps([type(message).__name__, fields], separators=(",", ":"), default=bytes.hex).encode()
    return len(text).to_bytes(4, "big") + text


def decode(text: bytes) -> Command | Report:
    """The message in one frame, without its length. Raises ``ValueError``, ``KeyError`` or ``TypeError``."""
    kind, fields = json.loads(text)
    message: Command | Report = _reader(_KINDS[kind])(fields)
    return message


class Frames:
    """Cuts a stream into frames."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Whole frames so far, without their lengths. Raises ``ValueError`` for an absurd length."""
        self._rest += data
        while len(self._rest) >= 4:
            end = 4 + int.from_bytes(self._rest[:4], "big")
            if end > MAX_MESSAGE:
                raise ValueError(f"a message of {end} bytes")
            if len(self._rest) < end:
                return
            frame, self._rest = self._rest[4:end], self._rest[end:]
            yield frame


@functools.cache
def _reader(hint: Any) -> Callable[[Any], Any]:
    """How to make a value of a type from what JSON made of it; the type says it all, so no message is named here."""
    if dataclasses.is_dataclass(hint):
        readers = {name: _reader(inner) for name, inner in typing.get_type_hints(hint).items()}
        made = typing.cast("Callable[..., Any]", hint)
        return lambda fields: made(**{name: readers[name](value) for name, value in fields.items()})
    if hint is Address:
        return lambda value: Address(*value)
    if hint is bytes:
        return bytes.fromhex
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return hint
    inner = [each for each in typing.get_args(hint) if each not in (type(None), Ellipsis)]
    if not inner:
        return lambda value: value
    if len(inner) > 1:
        return _kind_reader(inner)
    read = _reader(inner[0])
    if typing.get_origin(hint) is tuple:
        return lambda values: tuple(map(read, values))
    return lambda value: None if value is None else read(value)


def _kind_reader(kinds: Sequence[type]) -> Callable[[Any], Any]:
    """A union of ours is told apart by the names of the fields, of which no two kinds have the same."""
    readers = {frozenset(field.name for field in dataclasses.fields(kind)): _reader(kind) for kind in kinds}
    return lambda fields: readers[frozenset(fields)](fields)
