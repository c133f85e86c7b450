"""Piper: neural voices out of files that the operator brings (the extra ``piper``).

A voice is loaded when its language is spoken first, which takes seconds; eSpeak NG speaks the languages that have none.
"""

from __future__ import annotations

from collections.abc import Mapping

from pbxd.speech.engines import espeak
from pbxd.speech.engines.engine import Engine, Samples, SpeechError

try:
    from piper import PiperVoice
except ImportError as error:
    raise SpeechError("Piper is not installed: pbxd[piper] has it") from error


class Piper:
    """Voices by language."""

    def __init__(self, voices: Mapping[str, str]) -> None:
        self._files = voices
        self._loaded: dict[str, PiperVoice] = {}
        self._others: Engine | None = None

    def speak(self, text: str, language: str) -> Samples:
        if language not in self._files:
            self._others = self._others or espeak.load()
            return self._others.speak(text, language)
        if language not in self._loaded:
            self._loaded[language] = _voice(self._files[language])
        chunks = list(self._loaded[language].synthesize(text))
        if not chunks:
            raise SpeechError("Piper has nothing to say")
        return Samples(b"".join(chunk.audio_int16_bytes for chunk in chunks), chunks[0].sample_rate)


def _voice(path: str) -> PiperVoice:
    try:
        return PiperVoice.load(path)
    except Exception as error:  # whatever its libraries raise over a file that is no voice
        raise SpeechError(f"the voice {path} can't be loaded: {error}") from error
