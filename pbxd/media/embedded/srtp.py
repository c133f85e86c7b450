"""SRTP and SRTCP between a port and its sockets (RFC 3711), by libsrtp.

It stands in the port's place as the sockets' owner, so that a port without encryption pays nothing for it. What it
can't open is dropped and counted. SSRCs come and go: libsrtp makes a stream, with a rollover counter and a replay list
of its own, for each SSRC whose packets prove to know the key.
"""

from __future__ import annotations

from typing import Protocol

from pylibsrtp import Error, Policy, Session

from pbxd.media import rtp
from pbxd.media.embedded.drops import Drop
from pbxd.media.engine import Sdes, Suite
from pbxd.network import Address, DatagramSocket

_PROFILES = {
    Suite.AES_CM_128_HMAC_SHA1_80: Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    Suite.AES_CM_128_HMAC_SHA1_32: Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    Suite.AEAD_AES_128_GCM: Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    Suite.AEAD_AES_256_GCM: Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
}


class Inside(Protocol):
    """The port: takes what is in the clear."""

    def rtp_received(self, data: bytes, source: Address) -> None: ...

    def rtcp_received(self, data: bytes, source: Address) -> None: ...

    def drop(self, why: Drop) -> None: ...


class Srtp:
    """Both directions of one port; good for use once :meth:`rekey` has been called."""

    __slots__ = ("_former", "_inbound", "_keys", "_outbound", "_port", "_socket")

    _inbound: Session
    _outbound: Session

    def __init__(self, port: Inside, socket: DatagramSocket) -> None:
        self._port = port
        self._socket = socket
        self._keys: Sdes | None = None
        self._former: Session | None = None
        """Opens packets that were under way when the party's key changed, until the first one under the new key."""

    def rekey(self, keys: Sdes) -> None:
        """Use these keys. A direction whose key is the one of before goes on as it was.

        That is no economy: a counter that began again under the same key would use the same key stream twice
        (RFC 3711 9.1). Raises ``ValueError``, and changes nothing, for a key that is too short for its suite.
        """
        before = self._keys
        same_suite = before is not None and before.suite is keys.suite
        outbound = inbound = None
        if not (same_suite and before is not None and before.receives_with == keys.receives_with):
            outbound = _session(keys.suite, keys.receives_with, Policy.SSRC_ANY_OUTBOUND)
        if not (same_suite and before is not None and before.sends_with == keys.sends_with):
            inbound = _session(keys.suite, keys.sends_with, Policy.SSRC_ANY_INBOUND)
        self._keys = keys
        if outbound is not None:
            self._outbound = outbound
        if inbound is not None:
            self._former = self._inbound if before is not None else None
            self._inbound = inbound

    # The way in (pbxd.media.embedded.sockets.Owner) ----------------------------------------------------------------

    def rtp_received(self, data: bytes, source: Address) -> None:
        """Take a datagram from the RTP socket."""
        kind = rtp.classify(data)
        try:
            if kind is rtp.Kind.RTP:
                data = self._opened(data)
            elif kind is rtp.Kind.RTCP:
                data = self._inbound.unprotect_rtcp(data)
        except (Error, ValueError) as error:
            self._port.drop(_why(error))
        else:
            self._port.rtp_received(data, source)

    def rtcp_received(self, data: bytes, source: Address) -> None:
        """Take a datagram from the RTCP socket."""
        try:
            data = self._inbound.unprotect_rtcp(data)
        except (Error, ValueError) as error:
            self._port.drop(_why(error))
        else:
            self._port.rtcp_received(data, source)

    def _opened(self, data: bytes) -> bytes:
        try:
            opened: bytes = self._inbound.unprotect(data)
        except Error:
            if self._former is None:
                raise
            opened = self._former.unprotect(data)
        else:
            self._former = None
        return opened

    # The way out ---------------------------------------------------------------------------------------------------

    def send(self, packet: bytes, to: Address) -> None:
        """Send RTP to the party; what can't be protected is not sent at all."""
        try:
            protected = self._outbound.protect(packet)
        except (Error, ValueError):
            self._port.drop(Drop.LATE)  # older than the replay list reaches back (RFC 3711 3.3.2), or over-long
        else:
            self._socket.send(protected, to)

    def protect_report(self, packet: bytes) -> bytes:
        """An RTCP packet as it goes on the wire."""
        protected: bytes = self._outbound.protect_rtcp(packet)
        return protected


def _session(suite: Suite, key: bytes, direction: int) -> Session:
    return Session(Policy(key=key, ssrc_type=direction, srtp_profile=_PROFILES[suite]))


def _why(error: Exception) -> Drop:
    """libsrtp's binding tells what was wrong in words only."""
    return Drop.DUPLICATE if "replay" in str(error) else Drop.UNAUTHENTIC
