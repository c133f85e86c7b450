"""Music on hold of our own: pieces written down as chords and notes, and played by instruments of a few sines (SND-4).

A piece is a loop: what still sounds at its end goes on at its beginning, so there is no seam. Making one takes two
seconds and numpy, so a process of its own does it: ``python -m pbxd.speech.music PIECE FILE``.
"""

from __future__ import annotations

from typing import Final

PIECES: Final = ("calm", "bright")
"""The names of the pieces; the first is what is heard where nobody has chosen."""
EDITION: Final = 1
"""Changes whenever a piece does, so that it is made anew."""
