"""The two streams of a port, as arithmetic: one source as it is heard, and the one stream that we send.

Pure: packets' numbers and ``now`` (seconds, monotonic) go in, numbers come out.
"""

from __future__ import annotations

from pbxd.media import rtp

MAX_DROPOUT = 3000
"""A leap ahead in sequence numbers that is still loss (RFC 3550 A.1)."""
MAX_MISORDER = 100
"""How far behind the highest sequence number a packet may come and still be late and not a leap (RFC 3550 A.1)."""
DUPLICATE, RESTARTED = -1, -2
"""What :meth:`Incoming.accept` says of a packet that is not to be passed on."""
_WINDOW = (1 << MAX_MISORDER + 1) - 1
_CYCLE = 1 << 16
_WORD = 0xFFFF_FFFF


class Incoming:
    """One run of one synchronization source: from its first packet until its SSRC or its numbering changes."""

    __slots__ = (
        "_base",
        "_expected_sequence",
        "_reported",
        "_seen",
        "arrived",
        "highest",
        "jitter",
        "rate",
        "received",
        "ssrc",
        "timestamp",
    )

    def __init__(self, ssrc: int, sequence: int, timestamp: int, rate: int, now: float) -> None:
        self.ssrc = ssrc
        self.highest = self._base = sequence + _CYCLE
        """Extended sequence numbers begin in cycle 1, so that packets from before the first one count too."""
        self.received = 0
        self.timestamp = timestamp
        self.arrived = now
        self.rate = rate
        self.jitter = 0.0
        """Seconds."""
        self._seen = 0
        self._expected_sequence = -1
        self._reported = (0, 0)

    def accept(self, sequence: int) -> int:
        """The packet's extended sequence number, or :data:`DUPLICATE` or :data:`RESTARTED`.

        A leap beyond :data:`MAX_DROPOUT` is believed when a second packet follows it in order, and then the run is
        over: whoever asks begins a new one with that packet (RFC 3550 A.1).
        """
        ahead = sequence - self.highest & 0xFFFF
        if 0 < ahead < MAX_DROPOUT:
            self.highest += ahead
            self._seen = (self._seen << ahead | 1) & _WINDOW
            self.received += 1
            return self.highest
        behind = -ahead & 0xFFFF
        if behind <= MAX_MISORDER:
            bit = 1 << behind
            if self._seen & bit:
                return DUPLICATE
            self._seen |= bit
            self.received += 1
            return self.highest - behind
        if sequence == self._expected_sequence:
            return RESTARTED
        self._expected_sequence = sequence + 1 & 0xFFFF
        return DUPLICATE

    def time(self, timestamp: int, rate: int, now: float) -> None:
        """Take a packet into the interarrival jitter (RFC 3550 A.8).

        Packets that repeat a timestamp (telephone-event, RFC 4733 2.5.1.2) say nothing about transit.
        """
        if timestamp == self.timestamp:
            return
        step = timestamp - self.timestamp & _WORD
        if step >= 1 << 31:
            step -= 1 << 32
        difference = now - self.arrived - step / rate
        self.jitter += ((difference if difference > 0 else -difference) - self.jitter) / 16
        self.timestamp, self.arrived, self.rate = timestamp, now, rate

    @property
    def lost(self) -> int:
        """Packets expected and not received; negative when some came from before the first (RFC 3550 A.3)."""
        return self.highest - self._base + 1 - self.received

    def fraction_lost(self) -> int:
        """Loss since the last time this was asked, in 1/256 (RFC 3550 A.3)."""
        expected = self.highest - self._base + 1
        was_expected, was_received = self._reported
        self._reported = expected, self.received
        interval = expected - was_expected
        lost = interval - (self.received - was_received)
        return min(255, lost * 256 // interval) if interval > 0 and lost > 0 else 0


class Outgoing:
    """The one RTP stream that a port sends for its life, whoever is heard in it.

    Within one :class:`Incoming` run, sequence numbers and timestamps keep their distances, so that loss, reordering
    and pauses of the source stay what they are for the hearer. Each new run continues after the highest number sent,
    with the marker bit, and with the timestamp moved on by the time that passed.
    """

    __slots__ = (
        "_floor",
        "_heard",
        "_sequence",
        "_sequence_shift",
        "_timestamp_shift",
        "octets",
        "packets",
        "rate",
        "sent_at",
        "ssrc",
        "timestamp",
    )

    def __init__(self, ssrc: int, sequence: int, timestamp: int, now: float) -> None:
        self.ssrc = ssrc
        self.timestamp = timestamp
        self.sent_at = now
        self.rate = 8000
        self.packets = self.octets = 0
        self._heard: Incoming | None = None
        self._sequence = sequence
        """Highest sent, extended."""
        self._floor = self._sequence_shift = self._timestamp_shift = 0

    def packet(
        self, heard: Incoming, sequence: int, timestamp: int, rate: int, first: int, second: int, payload: bytes,
        packet_time: float, now: float
    ) -> bytes | None:  # fmt: skip
        """The packet to send for one that was heard, or ``None`` if it belongs before the point of the last switch.

        ``sequence`` is extended, ``first`` and ``second`` are the first two bytes of the header to send.
        """
        if heard is not self._heard:
            self._join(heard, sequence, timestamp, rate, packet_time, now)
            second |= rtp.MARKER
        elif sequence < self._floor:
            return None
        numbered = sequence + self._sequence_shift
        stamped = timestamp + self._timestamp_shift & _WORD
        if numbered > self._sequence:
            self._sequence = numbered
            self.timestamp = stamped
            self.sent_at = now
        self.packets += 1
        self.octets += len(payload)
        return rtp.HEADER.pack(first, second, numbered & 0xFFFF, stamped, self.ssrc) + payload

    def _join(self, heard: Incoming, sequence: int, timestamp: int, rate: int, packet_time: float, now: float) -> None:
        # At least one packet's worth, so that no two packets claim the same moment.
        passed = round(max(now - self.sent_at, packet_time) * rate)
        self._heard = heard
        self._floor = sequence
        self._sequence_shift = self._sequence + 1 - sequence
        self._timestamp_shift = self.timestamp + passed - timestamp
        self.rate = rate

    def withhold(self, heard: Incoming, sequence: int) -> None:
        """Close the gap that a packet which is not for this hearer would leave, so that it is not taken for loss.

        What is late from before that packet has lost its place.
        """
        if heard is self._heard and sequence + self._sequence_shift > self._sequence:
            self._sequence_shift -= 1
            self._floor = sequence + 1

    def inserted(self, second: int, timestamp: int, payload: bytes) -> bytes:
        """A packet of our own between those of whoever is heard; ``second`` is the second byte of its header.

        What is heard moves on by one number, and what is late from before has lost its place.
        """
        self._sequence += 1
        self._sequence_shift += 1
        self._floor = self._sequence - self._sequence_shift + 1
        self.packets += 1
        self.octets += len(payload)
        return rtp.HEADER.pack(rtp.PLAIN, second, self._sequence & 0xFFFF, timestamp, self.ssrc) + payload

    def pause(self) -> None:
        """Treat whatever is heard next as a new run: something in between was not sent on."""
        self._heard = None

    def timestamp_at(self, now: float) -> int:
        """The RTP timestamp that corresponds to ``now``, for sender reports (RFC 3550 6.4.1)."""
        return self.timestamp + round((now - self.sent_at) * self.rate) & _WORD
