"""Changing sample rates of a stream, by FFmpeg's resampler (PyAV): 1 or 2 ms late, and as many frames out as in."""

from __future__ import annotations

import av

from pbxd.media.sound.pcm import WIDTH

_PRIMING = 16
"""Samples at the lower rate that the filter keeps back; as many of silence go in front."""


class Resampler:
    """One stream from one rate to another."""

    __slots__ = ("_filter", "_kept", "_rate")

    def __init__(self, rate: int, to: int) -> None:
        self._rate = rate
        self._filter = av.AudioResampler(format="s16", layout="mono", rate=to)
        self._kept = bytes(_PRIMING * to // min(rate, to) * WIDTH)

    def feed(self, samples: bytes) -> bytes:
        """The same time of sound at the other rate; ``samples`` must be whole milliseconds."""
        if not samples:
            return b""
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples) // WIDTH)
        frame.planes[0].update(samples)
        frame.sample_rate = self._rate
        made = b"".join(bytes(each.planes[0])[: each.samples * WIDTH] for each in self._filter.resample(frame))
        if self._kept:
            made, self._kept = self._kept + made, b""
        return made
