"""Our own SRTP keys of one leg: one for each suite, fresh for each leg, and none used for two crypto contexts."""

from __future__ import annotations

import os
from collections.abc import Callable

from pbxd.org.users import Srtp
from pbxd.sip.sdp_crypto import PLAIN_ONLY, Crypto, Keys, Security, Suite, Terms


class OwnKeys:
    """What we encrypt with toward one party, and whether plain sound will do for it."""

    __slots__ = ("_draw", "_keys", "_plain")

    def __init__(self, srtp: Srtp, draw: Callable[[int], bytes] = os.urandom) -> None:
        """``draw`` gives as many octets as it is asked for, which nobody can foretell."""
        self._draw = draw
        self._plain = srtp != "require"
        self._keys = {suite: draw(suite.key_length) for suite in Suite} if srtp != "off" else {}

    @property
    def security(self) -> Security:
        """As negotiation wants it."""
        if not self._keys:
            return PLAIN_ONLY
        numbered = enumerate(self._keys.items(), start=1)
        keys = tuple(Crypto(tag=tag, suite=suite, key=key) for tag, (suite, key) in numbered)
        return Security(keys=keys, plain=self._plain)

    def renewed(self, before: Terms, after: Terms) -> bool:
        """Whether the party's offer, answered with ``after``, made us change our key, so that the answer is outdated.

        A party with a new key begins anew, or is another party. What we send must begin anew for it then, too: it does
        not know how often our sequence numbers have rolled over.
        """
        if not isinstance(before, Keys) or not isinstance(after, Keys):
            return False
        if before.sent.key != after.sent.key or before.received.key == after.received.key:
            return False
        self._retire(before.sent)
        return True

    def settled(self, before: Terms, after: Terms) -> None:
        """Take note of what is in force now, and was in force before."""
        if isinstance(before, Keys) and not (isinstance(after, Keys) and after.sent.key == before.sent.key):
            self._retire(before.sent)
        if isinstance(after, Keys):  # offered first from now on, so that the party need not change it
            suite = after.sent.suite
            self._keys = {suite: self._keys[suite]} | self._keys

    def _retire(self, crypto: Crypto) -> None:
        """Never use this key again: its context ends, and another one would begin to count anew (RFC 3711 9.1)."""
        if self._keys[crypto.suite] == crypto.key:
            self._keys[crypto.suite] = self._draw(crypto.suite.key_length)
