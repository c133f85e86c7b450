"""Which address a port believes: symmetric RTP (RFC 4961) without letting a stranger take the call over."""

from __future__ import annotations

from pbxd.network import Address

SILENCE = 2.0
"""Seconds of silence after which the party may come from somewhere else."""
INSISTENCE = 3
"""Packets in a row that a new address must send to be believed."""


class SourceLock:
    """Learns where the party sends from, and holds on to it.

    The first valid packet is believed, wherever it comes from: behind NAT the address in SDP is not the one that
    arrives. From then on another address is believed only if

    - it is the one that SDP announced: nobody is better placed to know, and a stranger who was first loses to it; or
    - the believed one has been silent for :data:`SILENCE`, and :data:`INSISTENCE` packets in a row come from the new
      one with the SSRC that was heard before (a NAT binding or a mobile's network changed, the party did not); or
    - the believed one is where the party was before SDP announced a new address: a straggler from there is heard, but
      gives way to anybody.
    """

    __slots__ = ("_announced", "_candidate", "_former", "_insisted", "address")

    def __init__(self) -> None:
        self.address: Address | None = None
        """Where the party was heard; ``None`` until it was."""
        self._announced: Address | None = None
        self._former: Address | None = None
        self._candidate: Address | None = None
        self._insisted = 0

    def announce(self, address: Address | None) -> None:
        """Take the address from SDP; a changed one forgets what was learned."""
        if address != self._announced:
            self._announced = address
            self._former = self.address
            self.address = self._candidate = None

    def believes(self, source: Address, *, same_ssrc: bool, silence: float) -> bool:
        """Whether a packet from ``source``, which is not :attr:`address`, is the party's; if so it is the new address.

        ``silence`` is how long ago (seconds) the party was heard.
        """
        if self.address not in (None, self._former) and source != self._announced:
            if silence < SILENCE or not same_ssrc:
                return False
            self._insisted = self._insisted + 1 if source == self._candidate else 1
            self._candidate = source
            if self._insisted < INSISTENCE:
                return False
        self.address = source
        self._candidate = None
        return True
