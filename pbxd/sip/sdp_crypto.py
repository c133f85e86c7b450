"""Keys for SRTP in session descriptions: a=crypto (RFC 4568), and what of it an offer or an answer settles. Pure.

Where encryption is wanted and not required, we offer RTP/AVP with a=crypto (RFC 8643), which a peer that knows nothing
of it answers as plain RTP; where it is required, RTP/SAVP. Of an offer we take the keys under either name.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from pbxd.sip.sdp_fields import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbxd.sip.sdp import Media

PLAIN = frozenset({"RTP/AVP", "RTP/AVPF"})
SECURE = frozenset({"RTP/SAVP", "RTP/SAVPF"})
"""What a stream may be carried by; an answer repeats the offer's (RFC 3264 6)."""
LEAST_LIFETIME = 1 << 24
"""Packets that a key must be good for, since we don't change it by ourselves: 93 hours at 50 a second."""
_INLINE = re.compile(r"inline:([A-Za-z0-9+/]{4,128}={0,2})(?:\|(?:2\^([0-9]{1,2})|([0-9]{1,20})))?")
"""One key, perhaps with a lifetime. What else RFC 4568 6.1 allows (several keys, an MKI) is not ours to speak."""
_HARMLESS = re.compile(r"WSH=[0-9]+|-.*")
"""Session parameters that ask nothing of us: a hint, and those marked as optional (RFC 4568 6.3.7, 6.3.8)."""


class Suite(Enum):
    """A crypto suite by its name (RFC 4568 6.2, RFC 7714 14.2)."""

    AES_CM_128_HMAC_SHA1_80 = "AES_CM_128_HMAC_SHA1_80"
    AES_CM_128_HMAC_SHA1_32 = "AES_CM_128_HMAC_SHA1_32"
    AEAD_AES_128_GCM = "AEAD_AES_128_GCM"
    AEAD_AES_256_GCM = "AEAD_AES_256_GCM"

    @property
    def key_length(self) -> int:
        """Octets of master key and master salt together."""
        return _KEY_LENGTHS[self]


_KEY_LENGTHS = {
    Suite.AES_CM_128_HMAC_SHA1_80: 16 + 14,
    Suite.AES_CM_128_HMAC_SHA1_32: 16 + 14,
    Suite.AEAD_AES_128_GCM: 16 + 12,
    Suite.AEAD_AES_256_GCM: 32 + 12,
}
_SUITES = {suite.value: suite for suite in Suite}
OFFERED = (Suite.AES_CM_128_HMAC_SHA1_80, Suite.AES_CM_128_HMAC_SHA1_32)
"""What we offer: every phone with SRTP has one of these. More lines would only make the INVITE longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crypto:
    """One a=crypto: the key that protects what its writer sends."""

    tag: int
    suite: Suite
    key: bytes = field(repr=False)
    """Master key and master salt, :attr:`Suite.key_length` octets."""

    @classmethod
    def parse(cls, value: str) -> Crypto | None:
        """Read what follows ``a=crypto:``; ``None`` for a suite, a lifetime, an MKI or a parameter that is not for us.

        Such a line counts as absent (RFC 4568 7.1.2 lets the answerer choose).
        """
        fields = value.split()
        if len(fields) < 3:
            return None
        tag, suite, inline = number(fields[0], 999_999_999), _SUITES.get(fields[1]), _INLINE.fullmatch(fields[2])
        if tag is None or suite is None or inline is None or not all(map(_HARMLESS.fullmatch, fields[3:])):
            return None
        key = _decoded(inline[1])
        if len(key) != suite.key_length or _lifetime(inline) < LEAST_LIFETIME:
            return None
        return cls(tag=tag, suite=suite, key=key)

    @property
    def line(self) -> str:
        return f"a=crypto:{self.tag} {self.suite.value} inline:{base64.b64encode(self.key).decode()}"


def _decoded(text: str) -> bytes:
    """Padded base64; what is none has no length."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _lifetime(inline: re.Match[str]) -> int:
    """Packets; without a word about it, as many as SRTP can have (RFC 3711 9.2)."""
    power, count = inline[2], inline[3]
    if power is not None:
        return 1 << int(power)
    return int(count) if count is not None else 1 << 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """What we are willing to do about encryption in one session."""

    keys: tuple[Crypto, ...] = ()
    """Our own keys, at most one for a suite, in order of preference; empty: plain RTP only."""
    plain: bool = True
    """Whether plain RTP will do."""

    @property
    def protocol(self) -> str:
        """What our first offer says."""
        return "RTP/AVP" if self.plain else "RTP/SAVP"

    def lines(self) -> tuple[str, ...]:
        """The a=crypto lines of an offer of ours: what we prefer (it may be in use), and what every phone has."""
        return tuple(crypto.line for crypto in self.keys if crypto.suite in OFFERED or crypto is self.keys[0])


PLAIN_ONLY = Security()


@dataclass(frozen=True, slots=True)
class Clear:
    """Plain RTP."""

    suite = ""
    """For people: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """SRTP, of the same suite in both directions."""

    received: Crypto
    """The peer's: protects what it sends."""
    sent: Crypto
    """Ours: protects what we send."""

    @property
    def suite(self) -> str:
        """For people: the suite's name."""
        return self.sent.suite.value


Terms: TypeAlias = Clear | Keys
"""How the packets of a stream are protected."""


def of_offer(offered: Media, security: Security) -> Terms | None:
    """How we would answer an offered stream; ``None``: not at all.

    The first of its keys that we have a suite for is taken, because the offerer prefers it (RFC 4568 7.1.2).
    """
    ours = {crypto.suite: crypto for crypto in security.keys}
    if ours and (offered.protocol in PLAIN or offered.protocol in SECURE):
        for theirs in _cryptos(offered):
            if theirs is not None and theirs.suite in ours:
                sent = Crypto(tag=theirs.tag, suite=theirs.suite, key=ours[theirs.suite].key)
                return Keys(received=theirs, sent=sent)
    return Clear() if offered.protocol in PLAIN and security.plain else None


def of_answer(offered: Media, answered: Media, *, plain: bool) -> Terms | None:
    """What an answer to our offer settles; ``None``: nothing that we can do.

    The answer names one of our keys by its tag and gives one of the same suite (RFC 4568 7.1.3). Where it gives none
    the stream is plain, if ``plain`` will do and our offer could be understood so. Keys that we did not ask for mean
    nothing.
    """
    ours, answers = tuple(_cryptos(offered)), tuple(_cryptos(answered))
    if not ours or not answers:
        understood = offered.protocol in PLAIN and answered.protocol in PLAIN
        return Clear() if plain and understood else None
    theirs = answers[0]
    for sent in ours:
        if sent is not None and theirs is not None and (sent.tag, sent.suite) == (theirs.tag, theirs.suite):
            return Keys(received=theirs, sent=sent)
    return None


def _cryptos(media: Media) -> Iterator[Crypto | None]:
    """Each a=crypto in order, ``None`` for one that is not for us."""
    for line in media.lines:
        if line.startswith("a=crypto:"):
            yield Crypto.parse(line[9:])
