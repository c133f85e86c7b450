"""What the kernel asks of whoever carries sound, as two Protocols.

``Edge`` is the wire side of one leg: its address and its encryption, and later DTLS, ICE and transcoding toward the
party. ``Room`` is who hears whom. The embedded engine is both. Commands are posted in order and are message-shaped
(plain values in, nothing out), so that an engine in another process, or for ``Edge`` rtpengine, can serve them; only
opening a port and reading its figures are awaited, and what goes wrong later arrives as a :class:`MediaEvent`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType, Protocol, TypeAlias

from pbxd.address import Address
from pbxd.media.sounds import Detection, MixId, Programme, Recording, Sound
from pbxd.plain import plain

PortId = NewType("PortId", int)
"""One leg's place in the engine; never used twice."""


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One RTP payload format under the number that one direction of one stream knows it by (RFC 8866 a=rtpmap)."""

    payload_type: int
    """0 to 127."""
    encoding: str
    """Encoding name as registered with IANA: ``PCMA``, ``opus``, ``telephone-event``; compared without case."""
    clock_rate: int
    """RTP timestamp units per second. G.722 says 8000 (RFC 3551 4.5.2)."""
    channels: int = 1
    parameters: str = ""
    """What follows the payload type in a=fmtp, unchanged."""

    @property
    def name(self) -> tuple[str, int, int]:
        """What makes two formats the same sound: encoding (lower case), clock rate and channels."""
        return self.encoding.lower(), self.clock_rate, self.channels


class Suite(StrEnum):
    """An SRTP crypto suite by its SDP name (RFC 4568 6.2, RFC 7714 14.2)."""

    AES_CM_128_HMAC_SHA1_80 = "AES_CM_128_HMAC_SHA1_80"
    AES_CM_128_HMAC_SHA1_32 = "AES_CM_128_HMAC_SHA1_32"
    AEAD_AES_128_GCM = "AEAD_AES_128_GCM"
    AEAD_AES_256_GCM = "AEAD_AES_256_GCM"


@dataclass(frozen=True, slots=True)
class Unencrypted:
    """Plain RTP and RTCP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sdes:
    """SRTP and SRTCP with master keys that the signalling exchanged (RFC 3711, RFC 4568)."""

    suite: Suite
    sends_with: bytes = field(repr=False)
    """Master key and master salt of what the *party* sends to us."""
    receives_with: bytes = field(repr=False)
    """Master key and master salt of what we send to the party: made for this port, and for no other use."""


Keying: TypeAlias = Unencrypted | Sdes
"""How a port's packets are protected. DTLS-SRTP (a fingerprint and a role instead of keys) will be a third kind."""


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class LocalEnd:
    """An open port, as the party may be told about it."""

    port: PortId
    rtp: Address
    """Address to advertise in SDP (the external one where the server is behind NAT)."""
    rtcp: Address


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteEnd:
    """What was negotiated for a port; replaces what was said before, as a whole."""

    rtp: Address | None
    """Where to send until the party is heard from another address; ``None``: nowhere (c=0.0.0.0)."""
    rtcp: Address | None
    """``None``: RTP's port plus one, or RTP's own with ``rtcp_mux``."""
    rtcp_mux: bool
    sends_as: tuple[Format, ...]
    """Formats by the numbers that the *party* uses in what it sends to us."""
    receives_as: tuple[Format, ...]
    """Formats by the numbers that the party wants to find in what we send to it."""
    hears: bool
    """Whether the party wants to receive (its sendrecv or recvonly)."""
    speaks: bool
    """Whether what the party sends may be passed on (its sendrecv or sendonly)."""
    ptime: int = 20
    """Milliseconds per packet that the party prefers."""
    keying: Keying = Unencrypted()
    """The same keys as before go on where they were: their packet counters are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaxEnd:
    """Facsimile instead of sound (ITU-T T.38 over UDPTL), until a :class:`RemoteEnd` is said again.

    Datagrams go as they are to whoever hears the port and has facsimile, too, and nowhere else.
    """

    udptl: Address | None
    """Where to send until the party is heard from another address; ``None``: nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortFigures:
    """What went through a port so far."""

    packets_received: int
    packets_sent: int
    octets_received: int
    octets_sent: int
    packets_lost: int
    """By sequence number, of what the party sent (RFC 3550 A.3)."""
    jitter: float
    """Seconds, interarrival jitter by RFC 3550 A.8."""
    remote: Address | None
    """Where the party was last heard."""
    packets_dropped: int = 0
    """Of what arrived, not passed on: strangers, duplicates, formats that were not negotiated, other protocols,
    and where sound is encrypted whatever was not with the party's key."""
    round_trip: float | None = None
    """Seconds to the party and back, by its RTCP reports; ``None`` until one came."""
    loss_reported: float | None = None
    """Share (0 to 1) of what we sent lately that the party reports as lost; ``None`` until it reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaEvent:
    """Something a port reports on its own."""

    port: PortId


@dataclass(frozen=True, slots=True, kw_only=True)
class Latched(MediaEvent):
    """The party was heard, and from here on is answered, at ``remote``."""

    remote: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed(MediaEvent):
    """The party pressed a key that whoever hears it was not told of: a named event (RFC 4733) that the hearer has no
    format for, or that came while sound is translated, or a tone that was cut out of the sound.
    """

    key: str
    """``0`` to ``9``, ``*``, ``#``, ``A`` to ``D``."""
    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated(MediaEvent):
    """What the port's party hears is decoded and made anew from here on, because it lacks the format."""

    heard: str
    """Encoding name of what comes from the other party."""
    made: str
    """Encoding name of what is made of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFailed(MediaEvent):
    """A command for this port could not be carried out."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent(MediaEvent):
    """Nothing came from the party, which may speak, for as long as the engine was told to wait; said again each time
    that it lasts as long once more. RTCP counts as something, and so does comfort noise.
    """

    seconds: float
    """Since it was heard last, or since what was negotiated last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardAgain(MediaEvent):
    """The end of what :class:`Silent` told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played(MediaEvent):
    """A programme came to its end by itself, or could not be played."""

    ticket: int
    problem: str = ""
    """Why it could not be; the port hears nothing then, and is well otherwise."""


class Ending(StrEnum):
    """Why a recording ended."""

    ASKED = "asked"
    LENGTH = "length"
    SILENCE = "silence"
    FAILED = "failed"
    """The disk did not take it; what was written before is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(MediaEvent):
    """A recording is complete and on disk."""

    ticket: int
    seconds: float
    ending: Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet(MediaEvent):
    """The party says nothing, by what can be heard in its sound."""

    quiet_for: float
    """Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoke(MediaEvent):
    """The party says something, for the first time or after :class:`Quiet`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneHeard(MediaEvent):
    """A tone that was listened for lasted long enough."""

    frequency: float


class Edge(Protocol):
    """The wire side of legs."""

    async def open(self, *, toward: Address | None = None) -> LocalEnd:
        """Open a port with fresh SSRC, sequence and timestamp.

        ``toward`` is an address of the party, where one is known, to choose the interface by. Raises
        :class:`pbxd.errors.Refused` (503) when no port is free.
        """
        ...

    def configure(self, port: PortId, remote: RemoteEnd | FaxEnd) -> None:
        """Say what was negotiated. A changed address forgets what was learned from packets."""
        ...

    def press(self, port: PortId, key: str, milliseconds: int) -> None:
        """Have the party hear of a key by named events (RFC 4733), or by a tone if it has not agreed to those.

        A tone takes the place of whatever else the party hears. Keys wait for each other.
        """
        ...

    def close(self, port: PortId) -> None:
        """Free the port; commands for it that come later are ignored."""
        ...

    async def figures(self, port: PortId) -> PortFigures | None:
        """What went through the port so far; ``None`` once it is closed."""
        ...


class Room(Protocol):
    """Who hears whom.

    A port hears one thing at a time: the latest of :meth:`hear`, :meth:`play` and :meth:`mix` counts, and ends the one
    before. What parties say is decoded only while it is mixed, recorded or listened to.
    """

    def hear(self, port: PortId, source: PortId | None, *, extract_keys: bool = False) -> None:
        """From now on ``port`` hears ``source`` (``None``: nothing). Not mutual: a two-party call is two commands.

        What the source sends is relayed as it is, in the payload numbers of the hearer. Sound in a format that the
        hearer has not is decoded and made anew in the first of its own (:class:`Translated`); a format that nobody
        can decode is not passed on. With ``extract_keys`` all is decoded, and keys in the sound are told
        (:class:`KeyPressed`) and cut out: for a source that sends tones, and a hearer that takes events.
        """
        ...

    def play(self, port: PortId, programme: Programme) -> None:
        """From now on ``port`` hears these sounds. :class:`Played` tells that they are over; that they were ended by
        something else to be heard is not told.
        """
        ...

    def mix(self, port: PortId, room: MixId, *, heard_by: Sequence[PortId] | None = None) -> None:
        """From now on ``port`` hears all others in a room, and they hear it; the room is there while somebody is in.

        ``heard_by`` limits who hears it: nobody, as one who listens or is muted, or some, as one who whispers. Said
        again for a port that is in the room it counts from then on.
        """
        ...

    def tell(self, room: MixId, sounds: Sequence[Sound]) -> None:
        """Have everybody in a room hear sounds, once, over what is said there. What can't be read is left out."""
        ...

    def record(self, port: PortId, recording: Recording) -> None:
        """Record what the party says, whatever it hears; ends a recording of this port that is going on."""
        ...

    async def end_recording(self, port: PortId) -> Recorded | None:
        """End the recording and wait until it is on disk; ``None`` where there is none.

        One that ended by itself was told by :class:`Recorded`. Closing a port ends its recording, too, which is told
        in the same way, although the port is gone then.
        """
        ...

    def finish_recording(self, port: PortId) -> None:
        """As :meth:`end_recording`, for who does not wait: :class:`Recorded` tells."""
        ...

    def detect(self, port: PortId, detection: Detection) -> None:
        """From now on listen for this, and for nothing else."""
        ...


class Engine(Edge, Room, Protocol):
    """A complete media engine."""

    @property
    def ports_open(self) -> int:
        """Ports that were opened and not closed."""
        ...

    def subscribe(self, subscriber: Callable[[MediaEvent], None]) -> None:
        """Whom to tell about :class:`MediaEvent`; one subscriber."""
        ...

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Close every port and let go of everything."""
        ...
