"""A trunk, looked at step by step: its address, its servers, whether they answer, and whether they take our account.

What is sent changes nothing there: OPTIONS, and a REGISTER that only asks for our bindings (RFC 3261 10.2.3). It goes
by the server's own sockets, past whatever it believes of the trunk at the moment.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from pbxd.calls.asking import Asker
from pbxd.sip.message import Headers, Request
from pbxd.sip.uri import Uri, sip_uri

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.trunks import TrunkState
    from pbxd.sip.digest_client import Answered
    from pbxd.sip.flow import Flow
    from pbxd.sip.message import Response

WITHIN: Final = 6.0
"""Seconds for each answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was looked at."""

    step: str
    """``dns``, ``options``, ``register`` or ``state``."""
    server: str
    """Empty: the trunk as a whole."""
    ok: bool
    words: str


@dataclass(frozen=True, slots=True)
class _Said:
    """What came of a request."""

    status: int
    reason: str
    response: Response | None
    """``None``: nobody answered."""

    @property
    def words(self) -> str:
        """As the server has put it: the status, and what it says of it (RFC 3261 20.43, RFC 3326)."""
        if self.response is None:
            return f"no answer: {self.reason}"
        more = [f"{name}: {value}" for name in ("Warning", "Reason", "Server") for value in self._all(name)]
        return " ".join([f"{self.status} {self.reason}", *(f"({one})" for one in more)])[:400]

    def _all(self, name: str) -> tuple[str, ...]:
        return tuple(self.response.headers.all(name)) if self.response is not None else ()


async def examined(kernel: Kernel, state: TrunkState) -> list[dict[str, Any]]:
    """All steps, in order; those that can't be taken are left out."""
    return [asdict(step) for step in await _Examination(kernel, state).steps()]


class _Examination:
    def __init__(self, kernel: Kernel, state: TrunkState) -> None:
        self._kernel = kernel
        self._state = state
        self._trunk = state.trunk
        self._address = Uri.parse(state.trunk.address)

    async def steps(self) -> list[Step]:
        flows = await self._state.servers.look_up()
        found = [self._dns(flows)]
        answering = []
        for flow in flows:
            said = await self._asked("OPTIONS", self._address, flow)
            there = said.response is not None and said.status != 503
            words = f"{said.words}: it is there" if there and said.status >= 300 else said.words
            found.append(Step(step="options", server=str(flow), ok=there, words=words))
            if there:
                answering.append(flow)
        if self._trunk.account is not None:
            found += [await self._register(flow) for flow in answering]
        unusable = self._state.unusable(self._kernel.now)
        words = f"calls are not sent there: it {unusable}" if unusable else "calls are sent there"
        return [*found, Step(step="state", server="", ok=not unusable, words=words)]

    def _dns(self, flows: list[Flow]) -> Step:
        if not flows:
            words = f"{self._address.host} is not found, or no listener of ours has its transport"
        else:
            words = f"{self._address.host} is {', '.join(map(str, flows))}"
        return Step(step="dns", server="", ok=bool(flows), words=words)

    async def _register(self, flow: Flow) -> Step:
        account, credentials = self._trunk.account, self._state.credentials()
        assert account is not None, "the caller has looked"
        assert credentials is not None, "they are the account's"
        registrar, address = sip_uri("", account.domain), sip_uri(account.username, account.domain)
        answered: Answered = ()
        while True:
            said = await self._asked("REGISTER", registrar, flow, of=address, prepared=credentials.prepared)
            answers = credentials.challenged(said.response, answered) if said.response is not None else ()
            if not answers:
                break
            answered = (*answered, *answers)
        ok = 200 <= said.status < 300 and said.response is not None
        match said.status:
            case _ if ok and said.response is not None:
                contacts = said.response.contacts
                words = f"{said.words}: it takes our account, and has {len(contacts)} bindings of it"
            case 401 | 407 if answered:
                words = f"{said.words}: it does not take the password of {account.username}"
            case 401 | 407:
                words = f"{said.words}: it asks for a password in a way that we don't know"
            case 403 | 404:
                words = f"{said.words}: it does not know {account.username}@{account.domain}, or lets it in no more"
            case _:
                words = said.words
        return Step(step="register", server=str(flow), ok=ok, words=words)

    async def _asked(self, method: str, uri: Uri, flow: Flow, *, of: Uri | None = None, prepared: Any = None) -> _Said:
        endpoint = self._kernel.endpoint
        whom = of or self._address
        fields = [
            ("Max-Forwards", "70"),
            ("From", f"<{of or sip_uri('pbxd', self._address.host)}>;tag={endpoint.tag()}"),
            ("To", f"<{whom}>"),
            ("Call-ID", endpoint.call_id()),
            ("CSeq", f"1 {method}"),
        ]
        request = Request(method, uri, Headers(fields))
        came: asyncio.Future[_Said] = asyncio.get_running_loop().create_future()

        def answered(response: Response, _now: float) -> None:
            if response.status >= 200 and not came.done():
                came.set_result(_Said(response.status, response.reason, response))

        def failed(status: int, reason: str, _now: float) -> None:
            if not came.done():
                came.set_result(_Said(status, reason, None))

        endpoint.send(prepared(request) if prepared is not None else request, flow, Asker(answered, failed))
        try:
            async with asyncio.timeout(WITHIN):
                return await came
        except TimeoutError:
            return _Said(408, f"nothing within {WITHIN:g} s", None)
