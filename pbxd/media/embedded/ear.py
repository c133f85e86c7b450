"""What a party says, as one frame every 20 ms, for the engine itself."""

from __future__ import annotations

from pbxd.media.embedded.port import Port
from pbxd.media.embedded.streams import Incoming
from pbxd.media.encodings import COMFORT_NOISE
from pbxd.media.engine import Format
from pbxd.media.sound import codecs
from pbxd.media.sound.conceal import ComfortNoise, Concealer
from pbxd.media.sound.jitter import JitterBuffer, Missing, Packet
from pbxd.media.sound.pcm import FRAME, RATE, SAMPLES, WIDTH
from pbxd.media.telephone_event import ENCODING

_PADDING = 0x20


class Ear:
    """A hearer of one port (:class:`pbxd.media.embedded.hearer.Hearer`), and a member of the metronome.

    ``keys``: whether the party's named events are reported.
    """

    packet_time = 0.02

    def __init__(self, port: Port) -> None:
        self.port = port
        self.keys = False
        self.frame: bytes | None = None
        """The latest; ``None`` while nothing comes from the party."""
        self.made_up = False
        """Whether part of it was, in place of a packet that did not come."""
        self.format: Format | None = None
        """What the party spoke in last."""
        self._heard: Incoming | None = None
        self._sounds: dict[int, Format] = {}
        self._noises: frozenset[int] = frozenset()
        self._remote: object = None
        self._decoders: dict[Format, codecs.Decoder] = {}
        self._buffer = JitterBuffer(8000)
        self._clock_rate = 8000
        self._concealer = Concealer()
        self._noise = ComfortNoise()
        self._resting: int | None = None
        """Where the party said last that it says nothing for a while: how loud that is (RFC 3389), in dBov."""
        self._decoded = b""

    @property
    def outgoing(self) -> Ear:
        return self

    @property
    def events_agreed(self) -> bool:
        """Whether the party sends keys as named events."""
        remote = self.port.remote
        return remote is not None and any(each.encoding.lower() == ENCODING for each in remote.sends_as)

    # What the port gives (pbxd.media.embedded.hearer.Stream) ---------------------------------------------------------

    def packet(
        self, heard: Incoming, sequence: int, timestamp: int, rate: int, first: int, second: int, payload: bytes,
        packet_time: float, now: float
    ) -> bytes:  # fmt: skip
        payload_type = second & 0x7F
        if first & _PADDING:
            payload = payload[: -payload[-1]]
        format_ = self._formats().get(payload_type)
        if format_ is None:
            self._aside(payload_type, rate, heard.ssrc, timestamp, payload)
            return b""
        self._resting = None
        units = self._decoder(format_).units(payload)
        if not units:
            return b""
        if heard is not self._heard or rate != self._clock_rate:
            self._heard, self._clock_rate = heard, rate
            self._buffer = JitterBuffer(rate)
        self._buffer.put(Packet(timestamp=timestamp, units=units, payload_type=payload_type, payload=payload), now)
        return b""

    def _aside(self, payload_type: int, rate: int, ssrc: int, timestamp: int, payload: bytes) -> None:
        """Take what is no sound: a key, or how silent the party is."""
        if payload_type in self._noises and payload:
            self._resting = -payload[0]
        elif self.keys:
            self.port.key_heard(payload_type, rate, ssrc, timestamp, payload)

    def withhold(self, heard: Incoming, sequence: int) -> None:
        """Nothing is kept from an ear."""

    def transmit(self, packet: bytes) -> None:
        """Nothing goes on from here."""

    def _formats(self) -> dict[int, Format]:
        remote = self.port.remote
        if remote is not self._remote:
            self._remote = remote
            formats = remote.sends_as if remote is not None else ()
            self._sounds = {each.payload_type: each for each in formats if codecs.known(each)}
            self._noises = frozenset(each.payload_type for each in formats if each.encoding.lower() == COMFORT_NOISE)
        return self._sounds

    def _decoder(self, format_: Format) -> codecs.Decoder:
        decoder = self._decoders.get(format_)
        if decoder is None:
            decoder = self._decoders[format_] = codecs.decoder(format_)
        return decoder

    # What the metronome asks (pbxd.media.embedded.metronome.Member) ------------------------------------------------

    def beat(self, beat: int, due: float) -> None:
        """Make the next frame of what is there, of what can be guessed, and of soft noise."""
        self.made_up = False
        while len(self._decoded) < FRAME:
            ahead = len(self._decoded) / WIDTH / RATE
            match self._buffer.take(due + ahead):
                case Packet() as packet:
                    self._decoded += self._understood(packet)
                case Missing(units=units):
                    self.made_up = True
                    self._decoded += self._concealer.make(max(1, units * RATE // self._clock_rate))
                case None:
                    break
        if not self._decoded:
            self.frame = self._rest()
            return
        frame, self._decoded = self._decoded[:FRAME], self._decoded[FRAME:]
        if len(frame) < FRAME:
            frame += self._noise.make(SAMPLES - len(frame) // WIDTH)
        self.frame = frame

    def _rest(self) -> bytes | None:
        if self._resting is None:
            return None
        self._noise.told(self._resting)
        return self._noise.make(SAMPLES)

    def _understood(self, packet: Packet) -> bytes:
        self.format = format_ = self._formats().get(packet.payload_type)
        samples = self._decoder(format_).decode(packet.payload) if format_ is not None else b""
        wanted = packet.units * RATE // self._clock_rate * WIDTH
        if len(samples) < wanted:  # an opus decoder keeps its first milliseconds
            samples = bytes(wanted - len(samples)) + samples
        samples = self._concealer.came(samples)
        self._noise.heard(samples)
        return samples

    def failed(self, error: Exception) -> None:
        self.port.fail(f"what the party says can't be heard: {error!r}")
