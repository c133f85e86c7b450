"""What an engine is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class SpeechError(Exception):
    """A text that could not be made sound, and why."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Sound: signed 16-bit, mono, in the machine's byte order."""

    data: bytes
    rate: int
    """Samples per second."""


class Engine(Protocol):
    """One text-to-speech engine, loaded."""

    def speak(self, text: str, language: str) -> Samples:
        """Say ``text``. Raises :class:`SpeechError`, and takes as long as it takes."""
        ...


def engine(name: str) -> Engine:
    """Load an engine by its name in the configuration. Raises :class:`SpeechError` where it is not installed."""
    known: dict[str, Callable[[], Engine]] = {"espeak": _espeak}
    if name not in known:
        raise SpeechError("the configuration wants no speech engine")
    return known[name]()


def _espeak() -> Engine:
    from pbxd.speech.engines import espeak

    return espeak.load()
