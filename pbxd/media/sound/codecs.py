"""Codecs: payloads of RTP to frames of sound and back. One object per stream and direction, because most remember.

Encoding names and clock rates are those of RFC 3551 (PCMU, PCMA, G722) and RFC 7587 (opus). The payloads of decoders
may be of any length; encoders make 20 ms from each frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Protocol

import av
import numpy as np
from G722 import G722

from pbxd.media.encodings import SPOKEN
from pbxd.media.engine import Format
from pbxd.media.sound.pcm import FRAME_TIME, RATE, WIDTH, audioop
from pbxd.media.sound.resample import Resampler

OPUS_BITS: Final = 24_000
"""Bits per second that opus is made with: wideband speech without audible loss (RFC 7587 3.1.1 says 16 to 20 k)."""
_OPUS_RATE = 48_000


class Decoder(Protocol):
    """One stream from the wire."""

    def units(self, payload: bytes) -> int:
        """RTP timestamp units that a payload lasts; 0 where it is no such payload. Decodes nothing."""
        ...

    def decode(self, payload: bytes) -> bytes:
        """Samples at :data:`RATE`; none for what can't be decoded."""
        ...


class Encoder(Protocol):
    """One stream to the wire."""

    def encode(self, frame: bytes) -> bytes:
        """The payload for one frame."""
        ...


class _G711Decoder:
    def __init__(self, expand: Callable[[bytes, int], bytes]) -> None:
        self._expand = expand
        self._resampler = Resampler(8000, RATE)

    def units(self, payload: bytes) -> int:
        return len(payload)

    def decode(self, payload: bytes) -> bytes:
        return self._resampler.feed(self._expand(payload, WIDTH))


class _G711Encoder:
    def __init__(self, compress: Callable[[bytes, int], bytes]) -> None:
        self._compress = compress
        self._resampler = Resampler(RATE, 8000)

    def encode(self, frame: bytes) -> bytes:
        return self._compress(self._resampler.feed(frame), WIDTH)


class _G722:
    """Both directions of the 64 kbit/s mode; its clock is 8000 by an old mistake (RFC 3551 4.5.2)."""

    def __init__(self) -> None:
        self._coder = G722(RATE, 64_000)

    def units(self, payload: bytes) -> int:
        return len(payload)

    def decode(self, payload: bytes) -> bytes:
        return bytes(memoryview(self._coder.decode(payload)).cast("B")) if payload else b""

    def encode(self, frame: bytes) -> bytes:
        return bytes(self._coder.encode(np.frombuffer(frame, np.int16)))


class _OpusDecoder:
    def __init__(self) -> None:
        self._coder = av.AudioCodecContext.create("libopus", "r")
        self._coder.sample_rate = _OPUS_RATE
        self._coder.layout = "mono"
        self._resampler = Resampler(_OPUS_RATE, RATE)

    def units(self, payload: bytes) -> int:
        return opus_units(payload)

    def decode(self, payload: bytes) -> bytes:
        if not opus_units(payload):
            return b""
        try:
            frames = self._coder.decode(av.Packet(payload))
        except av.FFmpegError:
            return b""
        return b"".join(self._resampler.feed(bytes(each.planes[0])[: each.samples * WIDTH]) for each in frames)


class _OpusEncoder:
    """Encodes at our own rate: what an opus stream is made from is nobody's affair but the encoder's."""

    def __init__(self) -> None:
        self._coder = av.AudioCodecContext.create("libopus", "w")
        self._coder.sample_rate = RATE
        self._coder.layout = "mono"
        self._coder.format = "s16"
        self._coder.bit_rate = OPUS_BITS
        self._coder.options = {"application": "voip", "frame_duration": "20", "fec": "1", "packet_loss": "2"}

    def encode(self, frame: bytes) -> bytes:
        made = av.AudioFrame(format="s16", layout="mono", samples=len(frame) // WIDTH)
        made.planes[0].update(frame)
        made.sample_rate = RATE
        return b"".join(bytes(packet) for packet in self._coder.encode(made))


def opus_units(payload: bytes) -> int:
    """How long an opus packet lasts, in samples at 48 kHz, by its first bytes (RFC 6716 3.1); 0 if it is none."""
    if not payload:
        return 0
    configuration, code = payload[0] >> 3, payload[0] & 3
    if configuration < 12:  # SILK: 10, 20, 40, 60 ms
        units = (480, 960, 1920, 2880)[configuration & 3]
    elif configuration < 16:  # hybrid: 10, 20 ms
        units = (480, 960)[configuration & 1]
    else:  # CELT: 2.5, 5, 10, 20 ms
        units = 120 << (configuration & 3)
    frames = (1, 2, 2, payload[1] & 0x3F if len(payload) > 1 else 0)[code]
    total = units * frames
    return total if total <= 5760 else 0  # 120 ms at the most (3.4 [R5])


_DECODERS: dict[str, Callable[[], Decoder]] = {
    "pcmu": lambda: _G711Decoder(audioop.ulaw2lin),
    "pcma": lambda: _G711Decoder(audioop.alaw2lin),
    "g722": _G722,
    "opus": _OpusDecoder,
}
_ENCODERS: dict[str, Callable[[], Encoder]] = {
    "pcmu": lambda: _G711Encoder(audioop.lin2ulaw),
    "pcma": lambda: _G711Encoder(audioop.lin2alaw),
    "g722": _G722,
    "opus": _OpusEncoder,
}

assert set(_DECODERS) == set(_ENCODERS) == SPOKEN


def known(format_: Format) -> bool:
    """Whether sound in this format can be made and understood."""
    return format_.encoding.lower() in _DECODERS


def chosen(formats: Iterable[Format]) -> Format | None:
    """What to speak to a party that wants ``formats``: the first, which it likes best, that we know."""
    return next(filter(known, formats), None)


def decoder(format_: Format) -> Decoder:
    """For one stream. Raises ``KeyError`` for a format that is not :func:`known`."""
    return _DECODERS[format_.encoding.lower()]()


def encoder(format_: Format) -> Encoder:
    """For one stream. Raises ``KeyError`` for a format that is not :func:`known`."""
    return _ENCODERS[format_.encoding.lower()]()


def frame_units(format_: Format) -> int:
    """RTP timestamp units of a frame."""
    return round(format_.clock_rate * FRAME_TIME)
