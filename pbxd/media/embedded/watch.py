"""Listening to a party for what was asked: keys, silence, tones."""

from __future__ import annotations

from pbxd.media.embedded.ear import Ear
from pbxd.media.engine import KeyPressed, Quiet, Spoke, ToneHeard
from pbxd.media.sound.hearing import KeyDetector, SilenceDetector, ToneDetector
from pbxd.media.sound.pcm import SILENCE
from pbxd.media.sounds import Detection


class Watch:
    """A member of the metronome; replaced as a whole by the next command."""

    def __init__(self, ear: Ear, detection: Detection) -> None:
        self.ear = ear
        self._quiet = detection.quiet
        self._keys = KeyDetector() if detection.keys else None
        self._silence = SilenceDetector() if detection.quiet is not None else None
        self._tones = {each: ToneDetector(each, detection.tone_milliseconds) for each in detection.tones}
        self._speaking = False
        self._told = 0
        """How often the silence that goes on was told."""

    def beat(self, beat: int, due: float) -> None:
        frame = self.ear.frame or SILENCE
        port = self.ear.port
        if self._keys is not None and not self.ear.events_agreed:
            for key, milliseconds in self._keys.feed(frame, made_up=self.ear.made_up):
                port.emit(KeyPressed(port=port.id, key=key, milliseconds=milliseconds))
        for frequency, detector in self._tones.items():
            if detector.feed(frame):
                port.emit(ToneHeard(port=port.id, frequency=frequency))
        if self._silence is not None:
            self._silence.feed(frame)
            self._tell(self._silence)

    def _tell(self, silence: SilenceDetector) -> None:
        assert self._quiet is not None
        port = self.ear.port
        if silence.quiet_for == 0.0:
            if not self._speaking:
                port.emit(Spoke(port=port.id))
            self._speaking, self._told = True, 0
        elif silence.quiet_for >= self._quiet * (self._told + 1):
            self._told += 1
            self._speaking = False
            port.emit(Quiet(port=port.id, quiet_for=silence.quiet_for))

    def failed(self, error: Exception) -> None:
        self.ear.port.fail(f"the party can't be listened to: {error!r}")
