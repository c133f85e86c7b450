"""The location service: where each device can be reached, kept in memory and on disk (RFC 3261 10)."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

from pbxd.calls.kernel import Kernel
from pbxd.errors import Refused
from pbxd.events import Registered, Unregistered
from pbxd.sip.flow import Flow
from pbxd.sip.message import Request, Response, response_to
from pbxd.sip.registrar import Binding, IntervalTooBrief, Policy, register
from pbxd.sip.transaction import ServerEntry
from pbxd.sip.uri import Uri
from pbxd.store.interface import BindingStore
from pbxd.store.rows import BindingKey, BindingRow

STORE_PATIENCE = 10.0
"""Seconds that a phone waits for its binding to be on disk before it gets a 500 (its own patience is 32 s)."""
Account = tuple[str, str]
"""Organization and device."""


class Location:
    """Every device's bindings."""

    def __init__(self, kernel: Kernel, store: BindingStore, policy: Callable[[], Policy]) -> None:
        self._kernel = kernel
        self._store = store
        self._policy = policy
        self._bindings: dict[Account, tuple[Binding, ...]] = {}
        self._hosts: Counter[str] = Counter()
        """Bindings by the IP address that they came from."""
        self._over: dict[Flow, dict[Account, None]] = {}
        """Whose bindings a flow leads to."""
        self._expiries: list[tuple[float, Account]] = []
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """Bindings that are in force."""
        return sum(map(len, self._bindings.values()))

    async def restore(self) -> None:
        """Load what was stored. A stream's connection is gone with the last process, and so is its flow."""
        found: dict[Account, list[Binding]] = {}
        for row in await self._store.load():
            found.setdefault((row.organization, row.device), []).append(_binding(row))
        for account, bindings in found.items():
            self._keep(account, tuple(bindings))

    def reachable(self, organization: str, device: str) -> list[Binding]:
        """Where a device can be rung now, the most preferred first.

        A binding whose connection is gone waits for its phone to come back, and is not rung.
        """
        bindings = self._bindings.get((organization, device), ())
        now, alive = self._kernel.wall, self._kernel.endpoint.sockets.alive
        reachable = [binding for binding in bindings if binding.expires > now and alive(binding.flow)]
        return sorted(reachable, key=lambda binding: -binding.q) if len(reachable) > 1 else reachable

    def inhabited(self, host: str) -> bool:
        """Whether a device is registered from this IP address."""
        return host in self._hosts

    def accounts(self) -> dict[Account, tuple[Binding, ...]]:
        """All bindings by account, for people who look."""
        return dict(self._bindings)

    def register(self, request: Request, entry: ServerEntry, account: Account) -> None:
        """Apply an authenticated REGISTER, and answer it once what it changes is on disk."""
        endpoint, now = self._kernel.endpoint, self._kernel.wall
        tag = endpoint.tag()
        current = self._bindings.get(account, ())
        try:
            done = register(request, current, flow=entry.flow, now=now, policy=self._policy())
        except IntervalTooBrief as brief:
            endpoint.respond(entry, response_to(request, 423, to_tag=tag, headers=brief.headers))
            return
        except Refused as refused:
            endpoint.respond(entry, response_to(request, refused.status, refused.reason, to_tag=tag))
            return
        answer = _Answer(self._kernel, request, entry, response_to(request, 200, to_tag=tag, headers=done.headers))
        if not done.saved and not done.removed:
            answer.stored(None)
            return
        self._keep(account, done.bindings)
        answer.waits()

        def stored(error: BaseException | None) -> None:
            answer.stored(error)
            if error is not None:
                return
            for binding in done.added:
                self._say_registered(account, binding, refresh=False)
            for binding in done.refreshed:
                self._say_registered(account, binding, refresh=True)
            for removal in done.removed:
                if removal.why != "replaced":
                    self._say_gone(account, removal.binding, removal.why)

        rows = [_row(account, binding) for binding in done.saved]
        self._store.save(rows, [_key(account, removal.binding) for removal in done.removed], stored)

    def flow_lost(self, flow: Flow) -> None:
        """A connection is gone; say so of every binding that was reached by it."""
        for account in self._over.get(flow, ()):
            for binding in self._bindings[account]:
                if binding.flow == flow:
                    self._say_gone(account, binding, "connection lost")

    def _keep(self, account: Account, bindings: tuple[Binding, ...]) -> None:
        before = {binding.flow for binding in self._bindings.get(account, ())}
        after = {binding.flow for binding in bindings}
        for flow in after - before:
            self._over.setdefault(flow, {})[account] = None
        for flow in before - after:
            accounts = self._over[flow]
            del accounts[account]
            if not accounts:
                del self._over[flow]
        self._hosts.update(binding.flow.remote.host for binding in bindings)
        for binding in self._bindings.get(account, ()):
            host = binding.flow.remote.host
            self._hosts[host] -= 1
            if not self._hosts[host]:
                del self._hosts[host]
        if not bindings:
            self._bindings.pop(account, None)
            return
        self._bindings[account] = bindings
        heapq.heappush(self._expiries, (min(binding.expires for binding in bindings), account))
        if self._expiries[0][1] is account:
            self._arm()

    def _arm(self) -> None:
        """Look again when the first can have expired."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if self._expiries:
            self._timer = self._kernel.later(max(0.0, self._expiries[0][0] - self._kernel.wall), self._expire)

    def _expire(self) -> None:
        """Forget what has expired; each account is looked at once per entry in the heap."""
        now = self._kernel.wall
        while self._expiries and self._expiries[0][0] <= now:
            account = heapq.heappop(self._expiries)[1]
            bindings = self._bindings.get(account, ())
            gone = [binding for binding in bindings if binding.expires <= now]
            if gone:
                left = tuple(binding for binding in bindings if binding.expires > now)
                self._store.save([], [_key(account, binding) for binding in gone], _ignore)
                for binding in gone:
                    self._say_gone(account, binding, "expired")
                self._keep(account, left)
        self._arm()

    def _say_registered(self, account: Account, binding: Binding, *, refresh: bool) -> None:
        now = self._kernel.wall
        self._kernel.bus.emit(
            Registered(
                at=now,
                organization=account[0],
                device=account[1],
                contact=str(binding.contact),
                address=str(binding.flow),
                expires=round(binding.expires - now),
                user_agent=binding.user_agent,
                refresh=refresh,
            )
        )

    def _say_gone(self, account: Account, binding: Binding, why: str) -> None:
        self._kernel.bus.emit(
            Unregistered(
                at=self._kernel.wall,
                organization=account[0],
                device=account[1],
                contact=str(binding.contact),
                why=why,
            )
        )


class _Answer:
    """The response to a REGISTER, given when its bindings are on disk, or when that takes too long."""

    __slots__ = ("_entry", "_granted", "_kernel", "_request", "_timer")

    def __init__(self, kernel: Kernel, request: Request, entry: ServerEntry, granted: Response) -> None:
        self._kernel = kernel
        self._request = request
        self._entry: ServerEntry | None = entry
        """``None`` once it is answered."""
        self._granted = granted
        self._timer: asyncio.TimerHandle | None = None

    def waits(self) -> None:
        """Wait for the disk, and not for ever: a transaction without an answer stays open until there is one."""
        self._timer = self._kernel.later(STORE_PATIENCE, self.stored, TimeoutError())

    def stored(self, error: BaseException | None) -> None:
        """What came of it first counts."""
        entry, self._entry = self._entry, None
        if self._timer is not None:
            self._timer.cancel()
        if entry is None:
            return
        response = self._granted
        if error is not None:
            # In force for calls, but not promised: the phone tries again, and so does its binding's commit.
            retry = ("Retry-After", "10")
            tag = self._granted.to.tag
            response = response_to(self._request, 500, "Binding Not Stored", to_tag=tag, headers=[retry])
        self._kernel.endpoint.respond(entry, response)


def _ignore(error: BaseException | None) -> None:
    """An expired binding that could not be deleted is skipped when it is loaded."""


def _row(account: Account, binding: Binding) -> BindingRow:
    return BindingRow(
        organization=account[0],
        device=account[1],
        contact=str(binding.contact),
        instance=binding.instance,
        reg_id=binding.reg_id,
        transport=binding.flow.transport,
        local=binding.flow.local,
        remote=binding.flow.remote,
        expires=binding.expires,
        q=int(binding.q * 1000),
        call_id=binding.call_id,
        cseq=binding.cseq,
        user_agent=binding.user_agent,
        path=binding.path,
    )


def _key(account: Account, binding: Binding) -> BindingKey:
    return _row(account, binding).key


def _binding(row: BindingRow) -> Binding:
    return Binding(
        contact=Uri.parse(row.contact),
        flow=Flow(row.transport, row.local, row.remote),
        expires=row.expires,
        call_id=row.call_id,
        cseq=row.cseq,
        q=Fraction(row.q, 1000),
        instance=row.instance,
        reg_id=row.reg_id,
        user_agent=row.user_agent,
        path=row.path,
    )
