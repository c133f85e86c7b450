"""eSpeak NG: its library from PyPI (``espeakng-loader``, the extra ``tts``), else the program ``espeak-ng`` on PATH.

It speaks some hundred times faster than one listens, in more than a hundred languages, and needs no network.
"""

from __future__ import annotations

import ctypes
import io
import shutil
import subprocess
import wave
from typing import Final

from pbxd.speech.engines.engine import Engine, Samples, SpeechError

SPEED: Final = 155
"""Words per minute; its own 175 are too fast to follow on the telephone."""
_VOICES: Final = {"en": ("en-gb", "en"), "no": ("nb",)}
"""Names of its voices, best first, where they are not those of the languages."""
_SYNCHRONOUS: Final = 2
_UTF8: Final = 1
_CHARACTERS: Final = 1
_RATE: Final = 1
_CALLBACK: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def load() -> Engine:
    """The library where it is there, else the program. Raises :class:`SpeechError`."""
    try:
        import espeakng_loader
    except ImportError:
        program = shutil.which("espeak-ng")
        if program is None:
            raise SpeechError("eSpeak NG is not installed: neither pbxd[tts] nor the program espeak-ng") from None
        return Program(program)
    return Library(espeakng_loader.get_library_path(), espeakng_loader.get_data_path())


class Library:
    """libespeak-ng, called through its C interface."""

    def __init__(self, library: str, data: str) -> None:
        try:
            self._library = ctypes.CDLL(library)
        except OSError as error:
            raise SpeechError(f"eSpeak NG's library can't be loaded: {error}") from error
        self._rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, data.encode(), 0)
        if self._rate <= 0:
            raise SpeechError("eSpeak NG does not find its data")
        self._made = bytearray()
        self._callback = _CALLBACK(self._take)  # kept: the library calls it as long as it lives
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_SetParameter(_RATE, SPEED, 0)

    def _take(self, samples: object, count: int, _events: object) -> int:
        if samples and count > 0:
            self._made += ctypes.string_at(samples, count * 2)  # type: ignore[arg-type]  # a pointer
        return 0

    def speak(self, text: str, language: str) -> Samples:
        if not any(self._library.espeak_SetVoiceByName(name.encode()) == 0 for name in names(language)):
            raise SpeechError(f"eSpeak NG has no voice for {language}")
        self._made.clear()
        raw = text.encode()
        failed = self._library.espeak_Synth(raw, len(raw) + 1, 0, _CHARACTERS, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        if failed:
            raise SpeechError(f"eSpeak NG fails with {failed}")
        return Samples(bytes(self._made), self._rate)


class Program:
    """The program ``espeak-ng``."""

    def __init__(self, path: str) -> None:
        self._path = path

    def speak(self, text: str, language: str) -> Samples:
        for name in names(language):
            done = subprocess.run(  # noqa: S603 - its path was found; the text comes by standard input
                [self._path, "-v", name, "-s", str(SPEED), "-b", "1", "--stdout", "--stdin"],
                input=text.encode(),
                capture_output=True,
                check=False,
            )
            if done.returncode == 0 and done.stdout:
                return _samples(done.stdout)
        raise SpeechError(f"espeak-ng has no voice for {language}")


def _samples(made: bytes) -> Samples:
    """Of a WAV file whose header, being written to a pipe, says nothing true of its length."""
    with wave.open(io.BytesIO(made)) as file:
        return Samples(made[44:], file.getframerate())


def names(language: str) -> tuple[str, ...]:
    """What eSpeak NG calls a language's voice, best first."""
    return _VOICES.get(language, (language,))
