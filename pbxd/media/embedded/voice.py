"""What a party hears from the engine itself, as part of the one stream that its port sends."""

from __future__ import annotations

from pbxd.media import rtp
from pbxd.media.embedded.port import Port
from pbxd.media.embedded.streams import Incoming
from pbxd.media.engine import Format, RemoteEnd
from pbxd.media.sound import codecs
from pbxd.media.sound.pcm import FRAME_TIME


class Voice:
    """One run of frames: begun anew when the format changes."""

    __slots__ = ("_format", "_port", "_remote", "_run", "_said")

    def __init__(self, port: Port) -> None:
        self._port = port
        self._remote: RemoteEnd | None = None
        self._format: Format | None = None
        self._run: Incoming | None = None
        self._said = 0

    @property
    def format(self) -> Format | None:
        """What the party is to be spoken to in; ``None`` while it wants to hear nothing, or nothing that we know, or
        somebody else has it to himself.
        """
        remote, talker = self._port.remote, self._port.talker
        if remote is None or not remote.hears or self._port.destination is None or talker not in (None, self):
            return None
        if remote is not self._remote:
            self._remote = remote
            found = codecs.chosen(remote.receives_as)
            if found != self._format:
                self._format, self._run = found, None
        return self._format

    def say(self, payload: bytes, beat: int, due: float) -> None:
        """Send one frame in :attr:`format`, which is not ``None``."""
        format_ = self._format
        assert format_ is not None
        if self._run is None:
            self._run = Incoming(0, 0, 0, format_.clock_rate, due)
        self._said += 1
        packet = self._port.outgoing.packet(
            self._run,
            self._said,
            beat * codecs.frame_units(format_),  # a beat left out is a pause, not a shift
            format_.clock_rate,
            rtp.PLAIN,
            format_.payload_type,
            payload,
            FRAME_TIME,
            self._port.now(),
        )
        if packet is not None:
            self._port.transmit(packet)


class Speech:
    """A voice and its encoder: for frames that are made for one party only."""

    __slots__ = ("_encoder", "_format", "voice")

    def __init__(self, port: Port) -> None:
        self.voice = Voice(port)
        self._format: Format | None = None
        self._encoder: codecs.Encoder | None = None

    def say(self, frame: bytes, beat: int, due: float) -> Format | None:
        """Send a frame; returns what in, ``None`` where the party can't be spoken to."""
        format_ = self.voice.format
        if format_ is None:
            return None
        if self._encoder is None or format_ != self._format:
            self._format, self._encoder = format_, codecs.encoder(format_)
        self.voice.say(self._encoder.encode(frame), beat, due)
        return format_
