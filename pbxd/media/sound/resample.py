"""Changing sample rates of a stream, by FFmpeg's resampler (PyAV): 2 ms of delay, and as many frames out as in."""

from __future__ import annotations

import av

from pbxd.media.sound.pcm import WIDTH

_PRIMING = 0.002
"""Seconds of silence in front, which the filter keeps back."""


class Resampler:
    """One stream from one rate to another."""

    __slots__ = ("_filter", "_kept", "_rate")

    def __init__(self, rate: int, to: int) -> None:
        self._rate = rate
        self._filter = av.AudioResampler(format="s16", layout="mono", rate=to)
        self._kept = bytes(round(_PRIMING * to) * WIDTH)

    def feed(self, samples: bytes) -> bytes:
        """The same time of sound at the other rate; ``samples`` must be whole milliseconds."""
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples) // WIDTH)
        frame.planes[0].update(samples)
        frame.sample_rate = self._rate
        made = b"".join(bytes(each.planes[0])[: each.samples * WIDTH] for each in self._filter.resample(frame))
        if self._kept:
            made, self._kept = self._kept + made, b""
        return made
