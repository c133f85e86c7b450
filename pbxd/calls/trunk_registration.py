"""Our registration at a trunk's carrier: the machine's REGISTERs sent, to the next server where one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Protocol

from pbxd.calls.asking import Asker
from pbxd.calls.kernel import Kernel
from pbxd.calls.servers import Servers
from pbxd.config.snapshot import Account
from pbxd.sip.digest_client import DigestClient
from pbxd.sip.flow import Flow
from pbxd.sip.headers import NameAddr
from pbxd.sip.message import Request, Response
from pbxd.sip.registration import Denied, Effect, Granted, Registration, Send
from pbxd.sip.uri import sip_uri

PAUSE = 30.0
"""Seconds until an address that can't be found is looked up again."""
NOT_FOUND = "its address can't be found"


class Granting(Protocol):
    """Who is told of each grant: its seconds, and whether we were registered before."""

    def __call__(self, seconds: int, *, refresh: bool) -> None: ...


class Registering:
    """Keeps one account registered. Refreshes go to the server that granted it, as long as that is there."""

    def __init__(
        self,
        kernel: Kernel,
        account: Account,
        servers: Servers,
        random: Random,
        *,
        contact_user: str,
        credentials: DigestClient,
        granted: Granting,
        denied: Callable[[int, str, float], None],
    ) -> None:
        """``denied`` is given status, reason and seconds until the next try."""
        self._kernel = kernel
        self._account = account
        self._servers = servers
        self._random = random
        self._contact_user = contact_user
        self._credentials = credentials
        self._on_granted = granted
        self._on_denied = denied
        self.registered = False
        self.service_route: tuple[NameAddr, ...] = ()
        """What goes before the number of calls to it as Route (RFC 3608)."""
        self._flow: Flow | None = None
        """Where the newest REGISTER went."""
        self._machine: Registration | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False
        self._unfound = False

    def start(self) -> None:
        """Register, when the carrier's address is known."""
        self._servers.find(self._begin)

    def stop(self) -> None:
        """Take our binding away, and be silent."""
        self._stopped = True
        if self._machine is not None:
            self._perform(self._machine.end())
        if self._timer is not None:
            self._timer.cancel()

    def _begin(self, flows: list[Flow]) -> None:
        if self._stopped:
            return
        ways = self._servers.ways(flows)
        if ways is None:
            if not self._unfound:  # said once, looked up again and again
                self._on_denied(503, NOT_FOUND, PAUSE)
            self._unfound = True
            self._timer = self._kernel.later(PAUSE, self.start)
            return
        account, endpoint = self._account, self._kernel.endpoint
        self._flow = ways.first
        self._machine = Registration(
            registrar=sip_uri("", account.domain),
            address=sip_uri(account.username, account.domain),
            contact=endpoint.sockets.contact(self._flow, self._contact_user),
            credentials=self._credentials,
            expires=account.expires,
            call_id=endpoint.call_id(),
            tag=endpoint.tag(),
            jitter=self._random.random,
        )
        self._perform(self._machine.start())

    def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(request) if self._stopped and self._flow is not None:
                    self._kernel.endpoint.send(request, self._flow, self._user())
                case Send(request):
                    self._servers.find(partial(self._send, request))
                case Granted(seconds=seconds, service_route=routes):
                    was, self.registered, self.service_route = self.registered, True, routes
                    self._on_granted(seconds, refresh=was)
                case Denied(status=status, reason=reason, retry_after=pause):
                    self.registered = False
                    self._on_denied(status, reason, pause)
        machine = self._machine
        if self._timer is not None:
            self._timer.cancel()
        if machine is not None and machine.deadline is not None:
            self._timer = self._kernel.later(max(0.0, machine.deadline - self._kernel.now), self._wake)

    def _send(self, request: Request, flows: list[Flow]) -> None:
        ways = self._servers.ways(flows, first=self._flow)
        if ways is None:
            self._failed(503, NOT_FOUND, self._kernel.now)
            return
        if str(ways.first) != str(self._flow):
            request = self._moved(request, ways.first)
        self._kernel.endpoint.send_to_one_of(ways, request, self._user(), partial(self._moved, request))

    def _moved(self, request: Request, flow: Flow) -> Request:
        """``request`` as it goes to another server of the carrier's."""
        self._flow = flow
        contact = self._kernel.endpoint.sockets.contact(flow, self._contact_user)
        return self._machine.moved(request, contact) if self._machine is not None else request

    def _user(self) -> Asker:
        return Asker(self._answered, self._failed)

    def _answered(self, response: Response, now: float) -> None:
        if self._machine is not None:
            self._perform(self._machine.response(response, now))

    def _failed(self, status: int, reason: str, now: float) -> None:
        if self._machine is not None:
            self._perform(self._machine.failed(status, reason, now))

    def _wake(self) -> None:
        if self._machine is not None:
            self._perform(self._machine.wake(self._kernel.now))
