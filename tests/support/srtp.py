"""SRTP of a scripted phone, by libsrtp: its own key, the peer's from a=crypto, and packets in both directions."""

from __future__ import annotations

import base64
import itertools

from pylibsrtp import Error, Policy, Session

SUITE = "AES_CM_128_HMAC_SHA1_80"
_serial = itertools.count(1)


def key_of(crypto: str) -> bytes:
    """Key and salt of what follows ``a=crypto:``."""
    return base64.b64decode(crypto.split("inline:")[1].split("|")[0].split(" ")[0])


class Cipher:
    """Nothing is encrypted until the peer's key is known; then everything is, both ways."""

    def __init__(self) -> None:
        self.undecipherable = 0
        """Packets that came and could not be opened."""
        self._sealing: Session | None = None
        self._opening: Session | None = None
        self._remote = b""
        self.rekeys()

    def rekeys(self) -> None:
        """Take another key, to be told in the next description."""
        self.key = next(_serial).to_bytes(30, "big")
        self._sealing = None

    def line(self, tag: str = "1") -> str:
        """Our a=crypto."""
        return f"a=crypto:{tag} {SUITE} inline:{base64.b64encode(self.key).decode()}"

    def learn(self, crypto: str) -> None:
        """Take in the peer's a=crypto, "" for none. Unchanged keys go on; a new one begins both directions anew."""
        remote = key_of(crypto) if crypto else b""
        if not remote:
            self._sealing = self._opening = None
        elif remote != self._remote or self._sealing is None:
            self._opening = Session(Policy(remote, Policy.SSRC_ANY_INBOUND))
            self._sealing = Session(Policy(self.key, Policy.SSRC_ANY_OUTBOUND))
        self._remote = remote

    @property
    def active(self) -> bool:
        """Whether sound is encrypted."""
        return self._opening is not None

    def seal(self, packet: bytes) -> bytes:
        """A packet as it goes on the wire."""
        return packet if self._sealing is None else self._sealing.protect(packet)

    def open(self, data: bytes) -> bytes:
        """A packet as it was meant; empty if it could not be opened."""
        if self._opening is None:
            return data
        try:
            opened: bytes = self._opening.unprotect(data)
        except Error:
            self.undecipherable += 1
            return b""
        return opened
