"""The journal: one log line for each event that an operator cares about (docs/log.md).

The fields of a line are those of its event, so that what is logged and what the ledger keeps can't drift apart. What
libraries log through :mod:`logging` comes out in the same form.
"""

from __future__ import annotations

import logging
import traceback
from contextlib import contextmanager
from dataclasses import fields
from enum import IntEnum
from operator import attrgetter
from typing import TYPE_CHECKING

from pbxd import events
from pbxd.journal.secrets import mask, suspicious

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pbxd.clock import Clock
    from pbxd.events import Event
    from pbxd.journal.forms import Form


class Level(IntEnum):
    """What a line is worth; lines below the configured level are not made."""

    DEBUG = logging.DEBUG
    INFO = logging.INFO
    WARNING = logging.WARNING
    ERROR = logging.ERROR
    EMERGENCY = logging.CRITICAL + 10
    """Somebody calls for help. No configuration leaves these lines out."""

    word: str
    """As lines have it."""

    def __init__(self, value: int) -> None:
        self.word = self.name.lower()


_LEVELS: Mapping[type[Event], Level] = {
    events.LegDialled: Level.DEBUG,
    events.LegEnded: Level.DEBUG,
    events.CallOffered: Level.DEBUG,
    events.OfferEnded: Level.DEBUG,
    events.CallCrashed: Level.ERROR,
    events.LegSilent: Level.WARNING,
    events.MediaProblem: Level.WARNING,
    events.RequestRefused: Level.WARNING,
    events.RequestsRefused: Level.WARNING,
    events.Banned: Level.WARNING,
    events.MailboxLocked: Level.WARNING,
    events.PhoneRefused: Level.WARNING,
    events.SeatRefused: Level.WARNING,
    events.TrunkDown: Level.WARNING,
    events.TrunkServerDown: Level.WARNING,
    events.NoticeDelayed: Level.WARNING,
    events.NoticeFailed: Level.ERROR,
    events.GatewayDown: Level.WARNING,
    events.ReloadRefused: Level.ERROR,
    events.EmergencyCalled: Level.EMERGENCY,
}


def level_of(event: Event) -> Level:
    """INFO, unless the event is a detail (DEBUG), a nuisance (WARNING) or needs somebody (ERROR)."""
    if isinstance(event, events.Registered) and event.refresh:
        return Level.DEBUG
    return _LEVELS.get(type(event), Level.INFO)


class _Shape:
    """Name and fields of one class of events; made once."""

    def __init__(self, kind: type[Event]) -> None:
        name = kind.__name__
        self.event = "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")
        names = [one.name for one in fields(kind) if one.name != "at" and one.metadata.get("logged", True)]
        # The call comes first, where the eye looks for it.
        self.names = sorted(names, key=lambda name: name != "call")
        self._get = attrgetter("at", *self.names)

    def fields(self, event: Event, level: Level) -> dict[str, object]:
        at, *values = self._get(event) if self.names else (event.at,)
        return {"time": at, "level": level.word, "event": self.event, **dict(zip(self.names, values, strict=True))}


class Journal:
    """Writes lines; subscribe it to the :class:`pbxd.events.Bus`."""

    def __init__(
        self,
        write: Callable[[str], None],
        form: Form,
        clock: Clock,
        *,
        level: Level = Level.INFO,
    ) -> None:
        self._write = write
        self._form = form
        self._clock = clock
        self._level = level
        self._shapes: dict[type[Event], _Shape] = {}

    def __call__(self, event: Event) -> None:
        """Write the line of ``event``, if its level is wanted."""
        level = level_of(event)
        if level < self._level:
            return
        shape = self._shapes.get(type(event))
        if shape is None:
            shape = self._shapes[type(event)] = _Shape(type(event))
        self._emit(shape.fields(event, level))

    def failed(self, event: Event, error: Exception) -> None:
        """Say that a subscriber of the bus could not take ``event``; what ``Bus`` wants for its hook."""
        words = "".join(traceback.format_exception(error))
        self.line(
            Level.ERROR, "subscriber-failed", call=getattr(event, "call", None), of=type(event).__name__, error=words
        )

    def line(self, level: Level, event: str, **more: object) -> None:
        """Write a line that is no event of the server's; ``None`` leaves a field out.

        Where no ``call`` is given it is the one that the running code belongs to, if any.
        """
        if level < self._level:
            return
        call = more.pop("call", None) or events.current_call.get() or None
        start = {"time": self._clock.wall(), "level": level.word, "event": event, "call": call}
        self._emit({name: value for name, value in {**start, **more}.items() if value is not None})

    def _emit(self, found: Mapping[str, object]) -> None:
        text = self._form(found)
        if suspicious(text):
            text = self._form(mask(found))
        self._write(text)

    @contextmanager
    def libraries(self) -> Iterator[None]:
        """Route :mod:`logging` and :mod:`warnings` here: pbxd's own loggers at our level, others from WARNING on."""
        root, ours = logging.getLogger(), logging.getLogger("pbxd")
        before = root.handlers[:], root.level, ours.level
        root.handlers[:] = [_Handler(self)]
        root.setLevel(logging.WARNING)
        ours.setLevel(self._level)
        logging.captureWarnings(capture=True)
        try:
            yield
        finally:
            logging.captureWarnings(capture=False)
            root.handlers[:] = before[0]
            root.setLevel(before[1])
            ours.setLevel(before[2])


class _Handler(logging.Handler):
    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        try:
            error = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else None
            level = max((level for level in Level if level <= record.levelno), default=Level.DEBUG)
            self._journal.line(level, "log", logger=record.name, message=record.getMessage(), error=error)
        except Exception:  # a log call with wrong arguments is its library's bug, and must not raise there
            self.handleError(record)
