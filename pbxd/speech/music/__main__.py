"""``python -m pbxd.speech.music PIECE FILE``: make a piece. The file appears when it is complete."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pbxd.speech.music.score import piece
from pbxd.speech.music.synthesis import performed, write

NICE = 10
"""How much calls come before it."""


def main(name: str, path: Path) -> None:
    """Make a piece of music. Raises :class:`OSError`."""
    os.nice(NICE)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(partial, performed(piece(name)))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
