"""The process that speaks: ``python -m pbxd.speech.engines.worker FD``.

It is told which engine to load: ``{"engine": "espeak", "voices": {}}``, and then asked, a line of JSON at a time,
for files: ``{"text": ..., "language": ..., "path": ...}``. Its answers are ``{}``, or ``{"problem": ...}``. It ends
when nobody can ask any more.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

from pbxd.speech.engines.engine import Engine, SpeechConfig, SpeechError, engine
from pbxd.speech.engines.levelling import levelled

NICE = 5
"""How much calls come before it."""


def main() -> None:
    """Answer until nobody asks any more."""
    os.nice(NICE)
    with socket.socket(fileno=int(sys.argv[1])) as stream, stream.makefile("rwb") as lines:
        begin = json.loads(lines.readline())
        speaker: Engine | SpeechError
        try:
            speaker = engine(SpeechConfig(**begin))
        except SpeechError as error:
            speaker = error
        for line in lines:
            lines.write(json.dumps(_answer(speaker, json.loads(line))).encode() + b"\n")
            lines.flush()


def _answer(speaker: Engine | SpeechError, asked: dict[str, str]) -> dict[str, str]:
    try:
        if isinstance(speaker, SpeechError):
            raise speaker
        put(Path(asked["path"]), levelled(speaker.speak(asked["text"], asked["language"])))
    except (SpeechError, OSError) as error:
        return {"problem": str(error)}
    return {}


def put(path: Path, content: bytes) -> None:
    """Have a file be there whole, or not at all. Raises :class:`OSError`."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


if __name__ == "__main__":
    main()
