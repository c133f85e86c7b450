"""Who failed to prove who he is, how often, and whom we don't hear for a while because of it (SEC-2). Pure.

Failures are counted per account at an address first: a phone with an old password loses itself, not its site. An
address is banned as a whole when it fails with, or only asks for, several accounts, and nothing that is ours is behind
it. Accounts that exist and those that don't are counted alike, or the bans themselves would tell which exist.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

FIRST_BAN: Final = 60.0
"""Seconds of the first ban; each further one takes twice as long."""
LONGEST_BAN: Final = 86_400.0
FORGIVEN_AFTER: Final = 86_400.0
"""Seconds without a failure and without a ban after which what was is forgotten."""
SEVERAL: Final = 3
"""From how many accounts on failures are the address's and not an account's."""
PROOF_SECONDS: Final = 3.0
"""How long a phone may take to answer a challenge: those of a whole site may all be doing so at once."""
MAX_RECORDS: Final = 10_000
"""Addresses, and accounts at addresses, that are remembered; beyond it those that were quiet the longest go."""
MAX_NAME: Final = 64
"""Characters of an account's name that count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """Nobody hears ``account`` at ``address`` for a while; the whole address where ``account`` is empty."""

    account: str
    address: str
    until: float
    """Monotonic seconds."""
    seconds: float
    """How long it is in all."""
    failures: int
    """What it took."""
    reason: str


@dataclass(slots=True)
class _Record:
    """What is known of an account at an address, or of an address."""

    failures: int = 0
    strikes: int = 0
    """Bans so far."""
    heard: float = 0.0
    ban: Ban | None = None
    names: dict[str, float] = field(default_factory=dict)
    """Of an address: the accounts that it failed with, or asked for and did not prove, and when it first did."""


_Key = tuple[str, str]
"""Account (empty: the address as a whole) and address."""


class Guard:
    """Counts, bans and forgets. ``now`` is monotonic seconds throughout."""

    def __init__(
        self, limit: Callable[[], int], inhabited: Callable[[str], bool], *, records: int = MAX_RECORDS
    ) -> None:
        """``limit``: failures that are one too many (0: nobody is banned), asked each time so that a reload counts.

        ``inhabited`` says whether a device is registered from an address, which is then never banned as a whole;
        ``records`` are remembered at the most.
        """
        self._limit = limit
        self._inhabited = inhabited
        self._most = records
        self._records: OrderedDict[_Key, _Record] = OrderedDict()
        self._bans: dict[_Key, Ban] = {}

    # What happened -------------------------------------------------------------------------------------------------

    def failed(self, account: str, address: str, now: float) -> Ban | None:
        """Wrong credentials came. Returns the ban that this is the last straw for."""
        limit = self._limit()
        if not limit:
            return None
        account = account[:MAX_NAME]
        site = self._record("", address, now)
        site.failures += 1
        _name(site, account, max(limit, SEVERAL), now)
        if site.failures >= limit and len(site.names) >= SEVERAL and not self._inhabited(address):
            return self._ban("", address, f"wrong credentials for {len(site.names)} accounts or more", now)
        record = self._record(account, address, now)
        record.failures += 1
        if record.failures >= limit:
            return self._ban(account, address, "wrong credentials", now)
        return None

    def asked(self, account: str, address: str, now: float) -> Ban | None:
        """Somebody named an account without credentials, and is challenged; phones do, and answer at once."""
        limit = self._limit()
        if not limit or self._inhabited(address):
            return None
        site, enough = self._record("", address, now), max(limit, SEVERAL)
        _name(site, account[:MAX_NAME], enough, now)
        if len(site.names) < enough or now - next(reversed(site.names.values())) < PROOF_SECONDS:
            return None
        return self._ban("", address, f"asked for {enough} accounts and proved none", now)

    def proved(self, account: str, address: str) -> None:
        """Right credentials came: what failed before was a mistake."""
        self._records.pop((account[:MAX_NAME], address), None)
        site = self._records.get(("", address))
        if site is not None and site.ban is None:
            site.failures = 0
            site.names.clear()

    # Who is banned -------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        """Bans, those included that have run out and were not looked at since. Nothing else is to be asked at 0."""
        return len(self._bans)

    def banned(self, account: str, address: str, now: float) -> bool:
        """Whether an account at an address is not to be heard; with an empty account whether the address is not."""
        key = account[:MAX_NAME], address
        ban = self._bans.get(key)
        if ban is None or (not account and self._inhabited(address)):
            return False
        if ban.until > now:
            return True
        self._release(key)
        return False

    def bans(self, now: float) -> list[Ban]:
        """Those in force, the one that ends first first."""
        for key in [key for key, ban in self._bans.items() if ban.until <= now]:
            self._release(key)
        return sorted(self._bans.values(), key=lambda ban: ban.until)

    def lift(self, what: str, now: float) -> list[Ban]:
        """Forget everything about an address or an account, wherever it is; returns the bans that were lifted."""
        lifted = [ban for ban in self.bans(now) if what in (ban.account, ban.address)]
        for key in [key for key in self._records if what in key]:
            del self._records[key]
            self._bans.pop(key, None)
        return lifted

    # Records -------------------------------------------------------------------------------------------------------

    def _record(self, account: str, address: str, now: float) -> _Record:
        key = account, address
        record = self._records.pop(key, None)
        if record is None or (record.ban is None and now - record.heard > FORGIVEN_AFTER):
            record = _Record()
        record.heard = now
        self._records[key] = record  # at the end again: the first ones are those that were quiet the longest
        while len(self._records) > self._most:
            self._bans.pop(self._records.popitem(last=False)[0], None)
        return record

    def _ban(self, account: str, address: str, reason: str, now: float) -> Ban:
        record = self._record(account, address, now)
        seconds = min(FIRST_BAN * 2.0 ** min(record.strikes, 16), LONGEST_BAN)
        ban = Ban(
            account=account,
            address=address,
            until=now + seconds,
            seconds=seconds,
            failures=record.failures or len(record.names),
            reason=reason,
        )
        record.strikes += 1
        record.ban = self._bans[account, address] = ban
        return ban

    def _release(self, key: _Key) -> None:
        """A ban has run out: counting begins again, and how many there were is kept."""
        ban, record = self._bans.pop(key), self._records[key]
        record.ban, record.failures, record.heard = None, 0, ban.until
        record.names.clear()


def _name(site: _Record, account: str, enough: int, now: float) -> None:
    """Note an account that was named, as many as are needed to decide. Those noted later keep their later time."""
    if account not in site.names and len(site.names) < enough:
        site.names[account] = now
