"""Judging sound: what frequency it has, how loud it is, whether it clicks."""

from __future__ import annotations

import numpy as np

from pbxd.media.sound.pcm import RATE


def frequency(samples: bytes) -> float:
    """Of the strongest tone, in Hz."""
    wave = np.frombuffer(samples, np.int16).astype(float)
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), 1 << 17))
    return float(spectrum.argmax() * RATE / (1 << 17))


def power_at(samples: bytes, frequency: float) -> float:
    """dBFS of one frequency; a sine of full scale has 0."""
    wave = np.frombuffer(samples, np.int16) / 32_768
    window = np.hanning(len(wave))
    carrier = np.exp(-2j * np.pi * frequency * np.arange(len(wave)) / RATE)
    amplitude = 2 * abs(np.dot(wave * window, carrier)) / window.sum()
    return float(20 * np.log10(max(amplitude, 1e-6)))


def likeness(heard: bytes, said: bytes) -> float:
    """How much of ``heard`` is ``said``, wherever it begins: 1 where nothing else is there, 0 where it is not there."""
    one, other = (np.frombuffer(samples, np.int16).astype(float) for samples in (heard, said))
    size = 1 << (len(one) + len(other)).bit_length()
    product = np.fft.irfft(np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size)))
    return float(np.max(product) / np.sqrt(np.sum(one**2) * np.sum(other**2)))


def steepest(samples: bytes) -> int:
    """The largest step from one sample to the next; a click is a large one."""
    return int(np.abs(np.diff(np.frombuffer(samples, np.int16).astype(int))).max())
