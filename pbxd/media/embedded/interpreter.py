"""Between a party and a hearer that lacks some of its formats: relayed while that can be, and otherwise decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pbxd.media import rtp
from pbxd.media.embedded import formats
from pbxd.media.embedded.drops import Drop
from pbxd.media.embedded.streams import Incoming

if TYPE_CHECKING:
    from pbxd.media.embedded.port import Port


class Translation(Protocol):
    """What decodes the party's sound and makes it anew, until it is told to stop."""

    def stop(self) -> None: ...


class Interpreter:
    """A :class:`pbxd.media.embedded.hearer.Hearer` on the way from ``source`` to ``hearer``.

    Which way sound goes is decided by each packet's format: a party that may send what the other lacks, and does not,
    costs nothing. While sound is decoded, named events are told to the kernel, which has the hearer told of the keys:
    relayed among sound that is made anew, the packets of one event would have a time stamp each.
    """

    __slots__ = ("_hearer", "_keys", "_sounds", "_source", "_table", "_translation")

    def __init__(self, source: Port, hearer: Port) -> None:
        self._source = source
        self._hearer = hearer
        self._table = b""
        self._sounds: frozenset[int] = frozenset()
        self._keys = False
        self._translation: Translation | None = None

    def configure(self, table: bytes, sounds: frozenset[int], *, keys: bool) -> None:
        """``table`` has the hearer's payload numbers, ``sounds`` are the party's that are sound, and not events.

        With ``keys`` the party's sound is always decoded, and keys in it are told and cut out.
        """
        if keys != self._keys:
            self.stop()
        self._table, self._sounds, self._keys = table, sounds, keys

    def stop(self) -> None:
        """Decode no more."""
        translation, self._translation = self._translation, None
        if translation is not None:
            translation.stop()

    @property
    def outgoing(self) -> Interpreter:
        return self

    @property
    def packet_time(self) -> float:
        return self._hearer.packet_time

    def packet(
        self, heard: Incoming, sequence: int, timestamp: int, rate: int, first: int, second: int, payload: bytes,
        packet_time: float, now: float
    ) -> bytes | None:  # fmt: skip
        number = second & 0x7F
        mapped = self._table[number]
        if number in self._sounds:
            self._choose(decoded=self._keys or mapped == formats.NONE)
        if self._translation is not None:
            self._source.key_heard(number, rate, heard.ssrc, timestamp, payload)
            return b""
        if mapped == formats.NONE:
            self._hearer.outgoing.withhold(heard, sequence)
            self._source.drop(Drop.UNHEARABLE)
            self._source.key_heard(number, rate, heard.ssrc, timestamp, payload)
            return b""
        return self._hearer.outgoing.packet(
            heard, sequence, timestamp, rate, first, second & rtp.MARKER | mapped, payload, packet_time, now
        )

    def withhold(self, heard: Incoming, sequence: int) -> None:
        """Nothing that a party may send is kept from an interpreter."""

    def transmit(self, packet: bytes) -> None:
        if packet:
            self._hearer.transmit(packet)

    def _choose(self, *, decoded: bool) -> None:
        if decoded and self._translation is None:  # the first packets may come before there is anything that decodes
            self._translation = self._source.translate(self._source, self._hearer, self._keys)
        elif not decoded:
            self.stop()
