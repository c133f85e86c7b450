"""What an engine is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class SpeechError(Exception):
    """A text that could not be made sound, and why."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Sound: signed 16-bit, mono, in the machine's byte order."""

    data: bytes
    rate: int
    """Samples per second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechConfig:
    """What is configured of speech."""

    engine: str
    """``espeak``, ``piper``, or ``none``."""
    voices: Mapping[str, str] = field(default_factory=dict)
    """Files of Piper's voices, by language; eSpeak NG speaks the other languages."""

    @property
    def speaks(self) -> bool:
        """Whether there is an engine at all."""
        return self.engine != "none"

    def voice(self, language: str) -> str:
        """What tells apart how this language is spoken from how it would be with another configuration."""
        return self.voices.get(language, "espeak")


class Engine(Protocol):
    """One text-to-speech engine, loaded."""

    def speak(self, text: str, language: str) -> Samples:
        """Say ``text``. Raises :class:`SpeechError`, and takes as long as it takes."""
        ...


def engine(configured: SpeechConfig) -> Engine:
    """Load the engine of a configuration. Raises :class:`SpeechError` where it is not installed."""
    match configured.engine:
        case "espeak":
            from pbxd.speech.engines import espeak

            return espeak.load()
        case "piper":
            from pbxd.speech.engines import piper

            return piper.Piper(configured.voices)
    raise SpeechError("the configuration wants no speech engine")
