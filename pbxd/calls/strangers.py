"""How much those may ask of us who have proved nothing yet (SEC-3). Pure; ``now`` is monotonic seconds."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

REQUESTS_PER_SECOND: Final = 50.0
"""Requests outside dialogs that one address may go on sending."""
BURST: Final = 200.0
"""Those it may send at once: the phones of a site that come back after a power cut, with two requests each."""
TRANSACTIONS_PER_ADDRESS: Final = 1_000
"""Server transactions of one address, those included that only linger (32 s by UDP)."""
TRANSACTIONS: Final = 100_000
"""All server transactions: where there are more, strangers are not heard. A thousand calls a second leave 96,000."""
MAX_ADDRESSES: Final = 10_000
"""Addresses whose pace is remembered; beyond it those that were quiet the longest begin anew."""


class Bucket:
    """Holds tokens that come back at a rate, and gives one for each thing that is to happen."""

    __slots__ = ("_at", "_tokens")

    def __init__(self, burst: float, now: float) -> None:
        self._tokens = burst
        self._at = now

    def take(self, rate: float, burst: float, now: float) -> bool:
        """Take a token; ``False`` when there is none."""
        self._tokens = min(burst, self._tokens + (now - self._at) * rate)
        self._at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


class Strangers:
    """Counts everybody's transactions, and keeps those of strangers within bounds."""

    def __init__(self, *, transactions: int = TRANSACTIONS, addresses: int = MAX_ADDRESSES) -> None:
        """Of all ``transactions`` together are served, and the pace of ``addresses`` is remembered."""
        self._transactions = transactions
        self._addresses = addresses
        self._inside: dict[str, int] = {}
        self._all = 0
        self._paces: OrderedDict[str, Bucket] = OrderedDict()

    @property
    def transactions(self) -> int:
        """Server transactions, those included that linger."""
        return self._all

    def refused(self, host: str, now: float, *, outside: bool) -> str:
        """Why a request of a stranger is dropped, as a word to count it by; empty when it is not.

        ``outside`` says that it belongs to no dialog.
        """
        if self._all >= self._transactions:
            return "all_transactions"
        if self._inside.get(host, 0) >= TRANSACTIONS_PER_ADDRESS:
            return "transactions"
        if outside and not self._pace(host, now).take(REQUESTS_PER_SECOND, BURST, now):
            return "pace"
        return ""

    def entered(self, host: str) -> None:
        """A transaction of anybody began."""
        self._all += 1
        self._inside[host] = self._inside.get(host, 0) + 1

    def left(self, host: str) -> None:
        """It is over, and forgotten."""
        self._all -= 1
        left = self._inside[host] - 1
        if left:
            self._inside[host] = left
        else:
            del self._inside[host]

    def _pace(self, host: str, now: float) -> Bucket:
        bucket = self._paces.pop(host, None) or Bucket(BURST, now)
        self._paces[host] = bucket
        if len(self._paces) > self._addresses:
            self._paces.popitem(last=False)
        return bucket
