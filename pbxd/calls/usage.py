"""How much of their barring groups' limits users and service numbers use (NUM-6)."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from pbxd.dialplan.situation import Hop, Usage
from pbxd.dialplan.treatment import Ring, Treatment, TrunkTarget
from pbxd.events import CallId, LimitedCallBegan

if TYPE_CHECKING:
    from pbxd.config.snapshot import Configuration
    from pbxd.store.interface import Ledger

HOUR = 3600.0

Key: TypeAlias = tuple[str, str, str]
"""Organization, user or service number, barring group."""


class Held:
    """What one treatment counts for, until the last that holds it lets go."""

    __slots__ = ("_holders", "_keys", "_running")

    def __init__(self, running: Counter[Key], keys: frozenset[Key]) -> None:
        self._running = running
        self._keys = keys
        self._holders = 1
        self._running.update(keys)

    def began(self, call: CallId, at: float) -> Iterator[LimitedCallBegan]:
        """What there is to tell of a call that began ``at``."""
        for (organization, account), keys in groupby(sorted(self._keys), key=lambda key: key[:2]):
            groups = tuple(group for _, _, group in keys)
            yield LimitedCallBegan(at=at, call=call, organization=organization, account=account, groups=groups)

    def hold(self) -> Held:
        """One holder more."""
        self._holders += 1
        return self

    def release(self) -> None:
        """One holder fewer."""
        self._holders -= 1
        if self._holders:
            return
        for key in self._keys:
            self._running[key] -= 1
            if not self._running[key]:
                del self._running[key]


class Usages:
    """Calls that count towards limits: those that run, and those that began within the last hour.

    A call counts from the moment in which it is decided, so that no burst of calls gets past a limit.
    """

    def __init__(self) -> None:
        self._running: Counter[Key] = Counter()
        self._begun: dict[Key, deque[float]] = {}

    async def restore(self, ledger: Ledger, configuration: Configuration, now: float) -> None:
        """Count what began in the hour before the server started; none of it runs any more.

        The ledger is long: where nothing is limited it is not read. Raises
        :class:`pbxd.store.interface.StoreError`.
        """
        groups = (group for one in configuration.organizations.values() for group in one.barring.values())
        if all(group.limit is None for group in groups):
            return
        for event in await ledger.events(since=now - HOUR, kind=LimitedCallBegan):
            assert isinstance(event, LimitedCallBegan)
            for name in event.groups:
                self._begun.setdefault((event.organization, event.account, name), deque()).append(event.at)

    def usage(self, organization: str, account: str, barring: str, now: float) -> Usage:
        """What counts at ``now`` (seconds since 1970)."""
        key = organization, account, barring
        begun = self._begun.get(key)
        if begun is None:
            return Usage()
        while begun and begun[0] <= now - HOUR:
            begun.popleft()
        used = Usage(simultaneous=self._running[key], last_hour=len(begun))
        if used == Usage():
            del self._begun[key]
        return used

    @contextmanager
    def held(self, treatment: Treatment, hops: Sequence[Hop], now: float) -> Iterator[Held]:
        """Count a call as long as the block lasts, or any leg that holds on to it: one may go on in another call.

        The call came here by ``hops``, and its treatment begins at ``now``.
        """
        keys = _keys(treatment, hops)
        for key in keys:
            self._begun.setdefault(key, deque()).append(now)
        held = Held(self._running, keys)
        try:
            yield held
        finally:
            held.release()


def _keys(treatment: Treatment, hops: Sequence[Hop]) -> frozenset[Key]:
    """Whose limits the treatment's legs count towards; they belong to the organization that the call came to last."""
    if not isinstance(treatment, Ring) or not hops:
        return frozenset()
    outside = (target for target in treatment.targets if isinstance(target, TrunkTarget))
    organization = hops[-1].organization
    return frozenset((organization, target.account, barring) for target in outside for barring in target.counts)
