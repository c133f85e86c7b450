"""One leg's port: what arrives on its sockets, who hears it, and what is sent to its party."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import assert_never

from pbxd.clock import Clock
from pbxd.errors import MalformedMessage
from pbxd.media import rtcp, rtp
from pbxd.media.embedded import formats
from pbxd.media.embedded.drops import Drop
from pbxd.media.embedded.hearer import Hearer
from pbxd.media.embedded.interpreter import Interpreter, Translation
from pbxd.media.embedded.keyboard import Keyboard
from pbxd.media.embedded.reports import Reports
from pbxd.media.embedded.routing import Route, routes
from pbxd.media.embedded.silence import Silence
from pbxd.media.embedded.sockets import SocketPair
from pbxd.media.embedded.source import SourceLock
from pbxd.media.embedded.srtp import Srtp
from pbxd.media.embedded.streams import RESTARTED, Incoming, Outgoing
from pbxd.media.engine import (
    Keying,
    Latched,
    MediaEvent,
    MediaFailed,
    PortFigures,
    PortId,
    RemoteEnd,
    Sdes,
    Unencrypted,
)
from pbxd.network import Address

SETTLED = 0.5
"""Seconds that the source being heard must be silent before one heard before it may come back: a packet delayed past
a change of SSRC does not change it again."""
REMEMBERED = 8
"""SSRCs heard before that this is remembered of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all ports of an engine share."""

    clock: Clock
    drops: Counter[Drop]
    emit: Callable[[MediaEvent], None]
    translate: Callable[[Port, Port, bool], Translation | None]
    """Has what the one says decoded and made anew for the other; ``None`` where nothing is there that could."""
    silence: float = 0.0
    """Seconds without a sign of life that are told; 0: none are."""


class Port:
    """Owner of one socket pair for the life of one leg."""

    __slots__ = (
        "_clock", "_dropped", "_drops", "_events", "_heard", "_heard_at", "_keyboard", "_left", "_lock",
        "_lost_before", "_now", "_octets_received", "_rates", "_reached", "_received_before", "_reports", "_routes",
        "_rtcp_learned", "_send", "_silence", "_srtp", "destination", "ear", "emit", "extracts",
        "hearers", "id", "interpreter", "outgoing", "packet_time", "pair", "remote", "source", "talker", "translate",
    )  # fmt: skip

    pair: SocketPair

    def __init__(self, number: PortId, around: Surroundings, outgoing: Outgoing, reports: Reports) -> None:
        self.id = number
        self._clock = around.clock
        self._now = around.clock.monotonic
        self._drops = around.drops
        self.emit = around.emit
        """Tells the kernel of something."""
        self.translate = around.translate
        self.outgoing = outgoing
        self._reports = reports
        self.source: Port | None = None
        """Whom the party hears."""
        self.extracts = False
        """Whether keys in the sound of :attr:`source` are told, and cut out of what the party hears."""
        self.interpreter: Interpreter | None = None
        """Between :attr:`source` and here, where there must be one."""
        self.talker: object | None = None
        """Who alone may speak to the party for now (:class:`pbxd.media.embedded.voice.Voice`)."""
        self.hearers: list[Port] = []
        """Who hears the party."""
        self.destination: Address | None = None
        """Where RTP is sent to."""
        self.remote: RemoteEnd | None = None
        """What was negotiated."""
        self.ear: Hearer | None = None
        """Hears the party for the engine itself; see :meth:`listen`."""
        self._routes: tuple[Route, ...] = ()
        self._reached: tuple[Port, ...] = ()
        self._rates: Mapping[int, int] = {}
        self._events = formats.NO_NUMBERS
        self._keyboard: Keyboard | None = None
        self.packet_time = 0.02
        """Seconds of sound per packet that the party prefers."""
        self._lock = SourceLock()
        self._rtcp_learned: Address | None = None
        self._heard: Incoming | None = None
        self._heard_at = 0.0
        self._left: tuple[int, ...] = ()
        self._received_before = self._lost_before = self._octets_received = self._dropped = 0
        self._silence = Silence(number, around.silence)
        self._srtp: Srtp | None = None
        self._send: Callable[[bytes, Address], None]

    def attach(self, pair: SocketPair) -> None:
        self.pair = pair
        self._send = pair.rtp.send

    def rtp_received(self, data: bytes, source: Address) -> None:
        """Take a datagram from the RTP socket; this is the path of every packet of every call."""
        kind = rtp.classify(data)
        if kind is not rtp.Kind.RTP:
            self._not_rtp(kind, data, source)
            return
        first, second, sequence, timestamp, ssrc = rtp.HEADER.unpack_from(data)
        payload_type = second & 0x7F
        rate = self._rates.get(payload_type)
        if rate is None:
            self._not_negotiated(source)
            return
        rest = (first, data[12:]) if first == rtp.PLAIN else rtp.body(data)
        if rest is None:
            self.drop(Drop.MALFORMED)
            return
        first, payload = rest
        now = self._now()
        if source != self._lock.address and not self._believes(source, ssrc, now):
            self.drop(Drop.STRANGER)
            return
        heard = self._heard
        if heard is None or heard.ssrc != ssrc:
            heard = self._begin(ssrc, sequence, timestamp, rate, now)
            if heard is None:
                self.drop(Drop.LATE)
                return
        extended = heard.accept(sequence)
        if extended == RESTARTED:
            heard = self._restart(ssrc, sequence, timestamp, rate, now)
            extended = heard.accept(sequence)
        elif extended < 0:
            self.drop(Drop.DUPLICATE)
            return
        heard.time(timestamp, rate, now)
        self._heard_at = now
        self._octets_received += len(payload)
        for hearer, table in self._routes:
            mapped = table[payload_type]
            if mapped == formats.NONE:
                hearer.outgoing.withhold(heard, extended)
                self._unhearable(payload_type, rate, ssrc, timestamp, payload)
                continue
            packet = hearer.outgoing.packet(
                heard, extended, timestamp, rate, first, second & rtp.MARKER | mapped, payload, hearer.packet_time, now
            )
            if packet is None:
                self.drop(Drop.LATE)
            else:
                hearer.transmit(packet)

    def _not_negotiated(self, source: Address) -> None:
        self.drop(Drop.FORMAT)
        if source == self._lock.address:
            self._silence.sign(self._now())

    def look(self, now: float) -> None:
        """Tell whether the party has fallen silent, or is heard again."""
        remote = self.remote
        expected = remote is not None and remote.speaks and remote.rtp is not None
        event = self._silence.look(now, self._heard_at, expected=expected)
        if event is not None:
            self.emit(event)

    def _unhearable(self, payload_type: int, rate: int, ssrc: int, timestamp: int, payload: bytes) -> None:
        """Count what a hearer has no format for, and report it where it was a key."""
        self.drop(Drop.UNHEARABLE)
        self.key_heard(payload_type, rate, ssrc, timestamp, payload)

    def key_heard(self, payload_type: int, rate: int, ssrc: int, timestamp: int, payload: bytes) -> None:
        """Report a key, once, however often and by whomever it is said."""
        if payload_type not in self._events:
            return
        pressed = self._keys().heard(rate, ssrc, timestamp, payload)
        if pressed is not None:
            self.emit(pressed)

    def press(self, key: str, milliseconds: int) -> None:
        """Have the party hear of a key."""
        self._keys().press(key, milliseconds)

    @property
    def takes_events(self) -> bool:
        """Whether the party has agreed to hear of keys by named events."""
        return self.remote is not None and bool(formats.events(self.remote.receives_as))

    def _keys(self) -> Keyboard:
        if self._keyboard is None:
            self._keyboard = Keyboard(self)
        return self._keyboard

    def now(self) -> float:
        """Seconds, monotonic."""
        return self._now()

    def fail(self, reason: str) -> None:
        """Tell the kernel that this port is no longer what it should be."""
        self.emit(MediaFailed(port=self.id, reason=reason))

    def transmit(self, packet: bytes) -> None:
        """Send RTP to the party."""
        if self.destination is not None:
            self._send(packet, self.destination)

    def _not_rtp(self, kind: rtp.Kind, data: bytes, source: Address) -> None:
        """The place where STUN and DTLS will be given to whoever speaks them for this port."""
        if kind is rtp.Kind.RTCP and self.remote is not None and self.remote.rtcp_mux:
            self.rtcp_received(data, source)
        elif kind is rtp.Kind.OTHER:
            self.drop(Drop.MALFORMED)
        else:
            self.drop(Drop.PROTOCOL)

    def _believes(self, source: Address, ssrc: int, now: float) -> bool:
        same_ssrc = self._heard is not None and self._heard.ssrc == ssrc
        if not self._lock.believes(source, same_ssrc=same_ssrc, silence=now - self._heard_at):
            return False
        if self.destination is not None:
            self.destination = source
        self._rtcp_learned = None
        self.emit(Latched(port=self.id, remote=source))
        return True

    def _begin(self, ssrc: int, sequence: int, timestamp: int, rate: int, now: float) -> Incoming | None:
        if self._heard is not None:
            if ssrc in self._left and now - self._heard_at < SETTLED:
                return None
            self._left = (*self._left, self._heard.ssrc)[-REMEMBERED:]
        return self._restart(ssrc, sequence, timestamp, rate, now)

    def _restart(self, ssrc: int, sequence: int, timestamp: int, rate: int, now: float) -> Incoming:
        if self._heard is not None:
            self._received_before += self._heard.received
            self._lost_before += self._heard.lost
        self._heard = heard = Incoming(ssrc, sequence, timestamp, rate, now)
        return heard

    def drop(self, why: Drop) -> None:
        """Count a datagram that is not passed on."""
        self._dropped += 1
        self._drops[why] += 1

    def rtcp_received(self, data: bytes, source: Address) -> None:
        """Take a datagram from the RTCP socket, or RTCP from the RTP socket where they share it."""
        if self.remote is None or source.host not in self._rtcp_hosts():
            self.drop(Drop.STRANGER)
            return
        try:
            packets = rtcp.parse(data)
        except MalformedMessage:
            self.drop(Drop.MALFORMED)
            return
        if packets:
            self._silence.sign(self._now())
            self._rtcp_learned = source
            self._reports.take(packets, self.outgoing.ssrc, self._heard, self._now(), self._clock.wall())

    def _rtcp_hosts(self) -> set[str]:
        known = [self._lock.address]
        if self.remote is not None:
            known += (self.remote.rtp, self.remote.rtcp)
        return {address.host for address in known if address is not None}

    def configure(self, remote: RemoteEnd) -> None:
        """Put in force what was negotiated. Raises ``ValueError``, and changes nothing, for keys that are too short."""
        self._key(remote.keying)
        before, self.remote = self.remote, remote
        if before is not None and before.rtcp != remote.rtcp:
            self._rtcp_learned = None
        if before is None or before.rtp != remote.rtp:
            self._lock.announce(remote.rtp)
            self._rtcp_learned = None
        self.destination = None if remote.rtp is None else self._lock.address or remote.rtp
        self._rates = formats.clock_rates(remote.sends_as)
        self._silence.negotiated()
        self._events = formats.events(remote.sends_as)
        self.packet_time = remote.ptime / 1000
        self.reroute()
        if self.source is not None:
            self.source.reroute()

    def _key(self, keying: Keying) -> None:
        """Have SRTP between us and the sockets exactly while it is agreed, so that plain RTP knows nothing of it."""
        match keying:
            case Unencrypted():
                self._srtp = None
                self.pair.owner, self._send = self, self.pair.rtp.send
            case Sdes():
                srtp = self._srtp or Srtp(self, self.pair.rtp)
                srtp.rekey(keying)
                self._srtp = self.pair.owner = srtp
                self._send = srtp.send
            case never:
                assert_never(never)

    def hear(self, source: Port | None, *, extracts: bool = False) -> None:
        """Hear ``source`` and nobody else."""
        if source is self.source and extracts == self.extracts:
            return
        former, self.source, self.extracts = self.source, source, extracts
        if former is not None and former is not source:
            self.uninterpreted()
            former.hearers.remove(self)
            former.reroute()
        if source is not None:
            if former is not source:
                source.hearers.append(self)
            source.reroute()

    def uninterpreted(self) -> None:
        """Have what is heard made anew no more."""
        interpreter, self.interpreter = self.interpreter, None
        if interpreter is not None:
            interpreter.stop()

    def alone(self, talker: object | None) -> None:
        """Have nobody but ``talker`` speak to the party, until somebody says ``None``."""
        self.talker = talker
        if self.source is not None:
            self.source.reroute()

    @property
    def listens(self) -> bool:
        """Whether the party wants to hear whoever it hears, and can."""
        remote = self.remote
        return remote is not None and remote.hears and self.destination is not None

    def listen(self, ear: Hearer | None) -> None:
        """Have what the party sends decoded, too (``None``: no longer)."""
        self.ear = ear
        self.reroute()

    def reroute(self) -> None:
        """Work out anew who gets what the party sends."""
        before = self._reached
        self._routes, self._reached = routes(self)
        for hearer in self._reached:
            if hearer not in before:
                hearer.outgoing.pause()

    def report(self, *, goodbye: bool = False) -> None:
        """Send the RTCP that is due, if the party is known."""
        remote, to = self.remote, self._rtcp_destination()
        if remote is None or to is None or (goodbye and not self._reports.sent and not self.outgoing.packets):
            return
        now = self._now()
        packet = self._reports.build(self.outgoing, self._heard, now, self._clock.wall(), goodbye=goodbye)
        if self._srtp is not None:
            packet = self._srtp.protect_report(packet)
        (self.pair.rtp if remote.rtcp_mux else self.pair.rtcp).send(packet, to)

    def _rtcp_destination(self) -> Address | None:
        remote = self.remote
        if remote is None or remote.rtp is None:
            return None
        if remote.rtcp_mux:
            return self.destination
        return self._rtcp_learned or remote.rtcp or Address(remote.rtp.host, remote.rtp.port + 1)

    def close(self) -> None:
        """Say goodbye, hear nobody and be heard by nobody."""
        if self._keyboard is not None:
            self._keyboard.stop()
            self._keyboard = None
        self.report(goodbye=True)
        self.hear(None)
        for hearer in tuple(self.hearers):
            hearer.hear(None)

    def figures(self) -> PortFigures:
        """What went through so far."""
        heard = self._heard
        return PortFigures(
            packets_received=self._received_before + (heard.received if heard else 0),
            packets_sent=self.outgoing.packets,
            octets_received=self._octets_received,
            octets_sent=self.outgoing.octets,
            packets_lost=max(0, self._lost_before + (heard.lost if heard else 0)),
            jitter=heard.jitter if heard else 0.0,
            remote=self._lock.address,
            packets_dropped=self._dropped,
            round_trip=self._reports.round_trip,
            loss_reported=self._reports.loss,
        )
