"""A scripted phone's sound: SDP written and read by its own few lines, and RTP packets with numbered payloads."""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pbxd.media.engine import Format
from pbxd.media.sound import codecs, tones
from pbxd.media.sound.pcm import FRAME
from pbxd.network import Address
from tests.support.network import MemoryNetwork
from tests.support.srtp import SUITE, Cipher

_MEDIA = re.compile(r"m=(\S+) (\d+)(?:/\d+)? (\S+) (.*)")
STATIC = {0: "PCMU/8000", 8: "PCMA/8000", 9: "G722/8000", 18: "G729/8000"}
"""The numbers of RFC 3551 table 4 that need no rtpmap."""
G711: Mapping[int, str] = {8: "PCMA/8000", 0: "PCMU/8000", 101: "telephone-event/8000"}
PACKET = 0.02
"""Seconds of sound in one packet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One m-line of a description, as far as a phone cares."""

    kind: str
    port: int
    protocol: str
    formats: Mapping[int, str]
    """Encoding name and clock rate by payload number, best first."""
    host: str
    direction: str
    cryptos: tuple[str, ...] = ()
    """What follows each a=crypto."""

    @property
    def address(self) -> Address:
        return Address(self.host, self.port)


def read(body: bytes) -> list[Line]:
    """The m-lines of a session description."""
    host, direction, lines = "", "sendrecv", list[Line]()
    for text in body.decode().split("\r\n"):
        if media := _MEDIA.fullmatch(text):
            kind, port, protocol, formats = media.groups()
            numbers = {int(n): STATIC.get(int(n), "") for n in formats.split() if n.isdigit()}
            lines.append(
                Line(kind=kind, port=int(port), protocol=protocol, formats=numbers, host=host, direction=direction)
            )
        elif text.startswith("c=IN "):
            host = text.split()[2]
            lines[-1:] = [replace(line, host=host) for line in lines[-1:]]
        elif text in ("a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"):
            direction = text[2:] if not lines else direction
            lines[-1:] = [replace(line, direction=text[2:]) for line in lines[-1:]]
        elif text.startswith("a=crypto:") and lines:
            lines[-1] = replace(lines[-1], cryptos=(*lines[-1].cryptos, text[9:]))
        elif text.startswith("a=rtpmap:") and lines:
            number, name = text[9:].split(" ", 1)
            lines[-1:] = [replace(line, formats={**line.formats, int(number): name}) for line in lines[-1:]]
    return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One RTP packet that a phone received."""

    at: float
    source: Address
    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


@dataclass(slots=True, kw_only=True)
class Style:
    """How a phone describes its sound; a test changes what it is about."""

    formats: Mapping[int, str] = field(default_factory=lambda: dict(G711))
    before: Sequence[str] = ()
    """m-lines (with their attributes) to offer in front of the audio, such as ``m=video 4000 RTP/AVP 96``."""
    after: Sequence[str] = ()
    attributes: Sequence[str] = ()
    """More attributes of the audio line."""
    own_numbers: bool = False
    """Answer with our own payload numbers where they differ from the offer's (RFC 3264 6.1 lets us)."""
    agreeable: bool = False
    """Answer 200 to what we have nothing of, and not 488."""
    faxes: bool = False
    """Take a fax (T.38) instead of sound where one is offered."""
    encrypts: str = ""
    """Protocol to offer keys under, ``RTP/SAVP`` or ``RTP/AVP``; with either, keys of an offer are taken. Else none."""


class Sound:
    """One RTP socket, what is sent from it, and what it heard."""

    def __init__(
        self, network: MemoryNetwork, host: str, style: Style, speaker: str, changed: Callable[[], None]
    ) -> None:
        self._socket = network.datagram(Address(host, 0), self._received)
        self.local = self._socket.local
        self.style = style
        self.speaker = speaker
        self.direction = "sendrecv"
        self.cipher = Cipher()
        self.heard: list[Packet] = []
        self.remote: Line | None = None
        """The peer's audio, by its last description."""
        self.fax: Line | None = None
        """The peer's fax, while there is one instead of sound."""
        self.faxed: list[bytes] = []
        """Datagrams that came during a fax."""
        self._changed = changed
        self._version = 0
        self._spoken = 0
        self._ssrc = 0xA0_0000 + self.local.port

    def close(self) -> None:
        self._socket.close()

    # -- descriptions ----------------------------------------------------------------------------------------------

    def offer(self, direction: str = "sendrecv") -> bytes:
        """Our description as an offer."""
        self.direction = direction
        cryptos = [self.cipher.line()] if self.style.encrypts else []
        audio = self._audio(self.style.formats, direction, self.style.encrypts or "RTP/AVP", cryptos)
        return self._describe([*self.style.before, *audio, *self.style.after])

    def answer(self, offer: bytes) -> bytes:
        """Our answer to an offer: its first audio line accepted, every other one refused; or a fax, if we take one."""
        image = next((line for line in read(offer) if line.kind == "image" and line.port), None)
        if image is not None and self.style.faxes:
            self.fax = image
            return self.fax_offer()
        self.fax = None
        lines: list[str] = []
        accepted = False
        for line in read(offer):
            wanted = self._wanted(line)
            if line.kind != "audio" or accepted or not wanted:
                lines.append(f"m={line.kind} 0 {line.protocol} {' '.join(map(str, line.formats)) or '0'}")
                continue
            accepted = True
            self.remote = replace(line, formats=wanted)
            if self.style.own_numbers:
                wanted = {n: name for n, name in self.style.formats.items() if name in wanted.values()}
            reply = {"sendonly": "recvonly", "recvonly": "sendonly"}.get(line.direction, line.direction)
            self.direction = reply
            taken = [one for one in line.cryptos if SUITE in one][:1] if self.style.encrypts else []
            self.cipher.learn("".join(taken))
            lines += self._audio(wanted, reply, line.protocol, [self.cipher.line(one.split()[0]) for one in taken])
        return self._describe(lines)

    def understands(self, offer: bytes) -> bool:
        """Whether an offer has something that we can talk with; some phones say yes, and take nothing of it."""
        return self.style.agreeable or any(
            line.kind != "audio" or self._wanted(line) for line in read(offer) if line.port
        )

    def _wanted(self, line: Line) -> Mapping[int, str]:
        """What we have of an m-line; nothing where that is keys alone."""
        wanted = {n: name for n, name in line.formats.items() if name in self.style.formats.values()}
        return wanted if any("event" not in name for name in wanted.values()) else {}

    def learn(self, answer: bytes) -> None:
        """Take in the peer's answer."""
        self.fax = next((line for line in read(answer) if line.kind == "image" and line.port), None)
        if self.fax is not None:
            return
        self.remote = line = next(line for line in read(answer) if line.kind == "audio" and line.port)
        self.cipher.learn("".join(line.cryptos[:1]))

    def fax_offer(self) -> bytes:
        """Our description of a fax instead of sound."""
        image = f"m=image {self.local.port} udptl t38"
        return self._describe([image, "a=T38FaxVersion:0", "a=T38MaxBitRate:14400", f"a=T38Vendor:{self.speaker}"])

    def faxes(self, datagram: bytes) -> None:
        """Send a datagram of a fax."""
        assert self.fax is not None
        self._socket.send(datagram, self.fax.address)

    def _audio(self, formats: Mapping[int, str], direction: str, protocol: str, cryptos: Sequence[str]) -> list[str]:
        return [
            f"m=audio {self.local.port} {protocol} {' '.join(map(str, formats))}",
            *(f"a=rtpmap:{number} {name}" for number, name in formats.items()),
            *cryptos,
            *self.style.attributes,
            f"a={direction}",
        ]

    def _describe(self, lines: Iterable[str]) -> bytes:
        self._version += 1
        head = [
            "v=0",
            f"o={self.speaker} {self.local.port} {self._version} IN IP4 {self.local.host}",
            "s=-",
            f"c=IN IP4 {self.local.host}",
            "t=0 0",
        ]
        return "\r\n".join([*head, *lines, ""]).encode()

    # -- packets ---------------------------------------------------------------------------------------------------

    def speak(self, packets: int, *, encoding: str | None = None, to: Address | None = None) -> list[bytes]:
        """Send packets at 50 a second from now on; returns their payloads, each numbered and never used twice."""
        loop = asyncio.get_running_loop()
        payloads = []
        for i in range(packets):
            payload = f"{self.speaker} {self._spoken:06d} ".encode().ljust(160, b".")
            self._spoken += 1
            payloads.append(payload)
            loop.call_later(i * PACKET, self._send, self._spoken, payload, i == 0, encoding, to)
        return payloads

    def sings(self, seconds: float, frequency: float = 400.0) -> None:
        """Send a tone from now on, loud enough to be somebody who speaks."""
        self.plays(tones.tone((frequency,), round(seconds * 1000)))

    def plays(self, samples: bytes) -> None:
        """Send samples of 16 kHz in PCMA from now on."""
        loop = asyncio.get_running_loop()
        encoder = codecs.encoder(Format(payload_type=8, encoding="PCMA", clock_rate=8000))
        for i in range(0, len(samples), FRAME):
            self._spoken += 1
            payload = encoder.encode(samples[i : i + FRAME].ljust(FRAME, b"\0"))
            loop.call_later(i / FRAME * PACKET, self._send, self._spoken, payload, i == 0, "PCMA/8000", None)

    def says(self, payloads: Sequence[bytes]) -> None:
        """Send these as packets of 20 ms from now on."""
        loop = asyncio.get_running_loop()
        for i, payload in enumerate(payloads):
            self._spoken += 1
            loop.call_later(i * PACKET, self._send, self._spoken, payload, i == 0, None, None)

    def presses(self, key: str) -> None:
        """A key of 100 ms by events of RFC 4733, in the middle of whatever is said."""
        assert self.remote is not None
        number = next(n for n, name in self.remote.formats.items() if name == "telephone-event/8000")
        start = self._spoken * 160
        for duration, end in ((160, 0), (480, 0), (800, 0x80), (800, 0x80), (800, 0x80)):
            self._spoken += 1
            header = struct.pack("!BBHII", 0x80, number, self._spoken & 0xFFFF, start & 0xFFFFFFFF, self._ssrc)
            event = struct.pack("!BBH", "0123456789*#ABCD".index(key), end | 10, duration)
            self._socket.send(self.cipher.seal(header + event), self.remote.address)

    def keys(self) -> str:
        """The keys that were heard as events, each once."""
        found = {}
        for packet in self.heard:
            if len(packet.payload) == 4:
                found[packet.timestamp] = "0123456789*#ABCD"[packet.payload[0]]
        return "".join(found.values())

    def payloads(self) -> list[bytes]:
        """What was heard, in order of arrival."""
        return [packet.payload for packet in self.heard]

    def samples(self) -> bytes:
        """What was heard in PCMA, at 16 kHz."""
        decoder = codecs.decoder(Format(payload_type=8, encoding="PCMA", clock_rate=8000))
        return b"".join(decoder.decode(packet.payload) for packet in self.heard if packet.payload_type == 8)

    def _send(self, serial: int, payload: bytes, first: bool, encoding: str | None, to: Address | None) -> None:
        if self.remote is None or not self.remote.port:
            return
        number = next(
            n for n, name in self.remote.formats.items() if (name == encoding if encoding else "event" not in name)
        )
        header = struct.pack(
            "!BBHII", 0x80, number | (0x80 if first else 0), serial & 0xFFFF, (serial * 160) & 0xFFFFFFFF, self._ssrc
        )
        self._socket.send(self.cipher.seal(header + payload), to or self.remote.address)

    def _received(self, data: bytes, source: Address) -> None:
        if self.fax is not None:
            self.faxed.append(data)
            self._changed()
            return
        if len(data) < 12 or 200 <= data[1] <= 207:  # RTCP on the same port, RFC 5761 4
            return
        data = self.cipher.open(data)
        if not data:
            return
        _, second, sequence, timestamp, ssrc = struct.unpack("!BBHII", data[:12])
        self.heard.append(
            Packet(
                at=asyncio.get_running_loop().time(),
                source=source,
                payload_type=second & 0x7F,
                marker=bool(second & 0x80),
                sequence=sequence,
                timestamp=timestamp,
                ssrc=ssrc,
                payload=data[12:],
            )
        )
        self._changed()
