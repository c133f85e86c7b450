"""The trunks as they are now: registered or not, answering or not, how many calls they carry, and which to try first.

Each trunk has at most one REGISTER and one OPTIONS under way, and one timer. What the configuration says of a trunk is
in the snapshot; here is only what was learned since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from random import Random

from pbxd.calls.formats import offered_codecs
from pbxd.calls.kernel import Kernel
from pbxd.config.snapshot import Configuration, Trunk
from pbxd.dialplan.situation import TrunkFact
from pbxd.events import TrunkDown, TrunkUp
from pbxd.sip.digest_client import DigestClient
from pbxd.sip.flow import Flow
from pbxd.sip.headers import NameAddr
from pbxd.sip.message import Headers, Request, Response
from pbxd.sip.registration import Denied, Effect, Granted, Registration, Send
from pbxd.sip.sdp import Codec
from pbxd.sip.uri import Uri, sip_uri

PAUSE = 30.0
"""Seconds that a trunk is left alone after it failed a call in a way that another trunk may not."""
LONGEST_PAUSE = 3600.0


class Trunks:
    """All trunks of the configuration in force."""

    def __init__(self, kernel: Kernel, configuration: Callable[[], Configuration], random: Random) -> None:
        self._kernel = kernel
        self._configuration = configuration
        self._random = random
        self._states: dict[str, TrunkState] = {}
        self._by_contact: dict[str, TrunkState] = {}

    def apply(self) -> None:
        """Take the trunks of the configuration in force: begin with new ones, let go of those that are gone."""
        trunks = self._configuration().trunks
        for name, state in list(self._states.items()):
            if trunks.get(name) != state.trunk:
                self._drop(state)
        for name, trunk in trunks.items():
            if name not in self._states:
                state = self._states[name] = TrunkState(self._kernel, trunk, self._random)
                self._by_contact[state.contact_user] = state
                state.start()

    def stop(self) -> None:
        """Unregister everywhere."""
        for state in list(self._states.values()):
            self._drop(state)

    def choices(self, organization: str) -> list[TrunkFact]:
        """An organization's trunks by priority, and among equals at random by weight."""
        states = [state for state in self._states.values() if organization in state.trunk.organizations]
        # A draw to the power of 1/weight orders by weighted chance without replacement (Efraimidis and Spirakis).
        draws = {state: self._random.random() ** (1 / max(state.trunk.weight, 1e-9)) for state in states}
        states.sort(key=lambda state: (state.trunk.priority, -draws[state]))
        return [TrunkFact(trunk=state.trunk, unusable=state.unusable(self._kernel.now)) for state in states]

    def of_contact(self, user: str) -> Trunk | None:
        """The trunk that we registered this Contact user at: no other request can know it."""
        state = self._by_contact.get(user)
        return state.trunk if state is not None else None

    def state(self, name: str) -> TrunkState | None:
        """What is known of one trunk."""
        return self._states.get(name)

    def status(self) -> list[dict[str, object]]:
        """For people who look."""
        now = self._kernel.now
        return [
            {"trunk": name, "calls": state.calls, "registered": state.registered, "unusable": state.unusable(now)}
            for name, state in self._states.items()
        ]

    def _drop(self, state: TrunkState) -> None:
        state.stop()
        del self._states[state.trunk.name]
        del self._by_contact[state.contact_user]


class TrunkState:
    """One trunk as it is now."""

    def __init__(self, kernel: Kernel, trunk: Trunk, random: Random) -> None:
        self._kernel = kernel
        self._random = random
        self.trunk = trunk
        self.calls = 0
        """Legs through it, ringing ones included."""
        self.contact_user = f"{trunk.name}-{random.getrandbits(48):012x}"
        """The user part of our Contact there, which nobody else knows."""
        self.registered = False
        self.service_route: tuple[NameAddr, ...] = ()
        """What goes before the number of calls to it as Route (RFC 3608)."""
        self._registration: Registration | None = None
        self._down = ""
        """Why it is not used at the moment; empty when it is."""
        self._down_until: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._asking: asyncio.TimerHandle | None = None

    # What calls need to know and tell ------------------------------------------------------------------------------

    def unusable(self, now: float) -> str:
        """Why a call should not go this way now; empty when it may."""
        if self._down and (self._down_until is None or now < self._down_until):
            return self._down
        if self._registration is not None and not self.registered:
            return "is not registered"
        if self.full:
            return f"carries {self.calls} calls, which is its limit"
        return ""

    @property
    def full(self) -> bool:
        """Whether it carries as many calls as it may."""
        return self.trunk.max_calls is not None and self.calls >= self.trunk.max_calls

    def failed(self, status: int, reason: str, retry_after: float | None) -> None:
        """A call failed for want of the trunk, not of who was called: it gets a pause (RFC 3261 21.5.4)."""
        self._is_down(status, reason, min(PAUSE if retry_after is None else retry_after, LONGEST_PAUSE))

    def answered(self) -> None:
        """The trunk was heard, whatever it said."""
        self._is_up("it answers")

    def routes(self) -> tuple[tuple[str, str], ...]:
        """The way that an INVITE to this trunk takes, as Route headers."""
        return tuple(("Route", str(route)) for route in self.service_route)

    def codecs(self, codecs: Sequence[Codec]) -> Sequence[Codec]:
        """Those of ``codecs`` that the trunk takes, in its order; all of them where it has no wish."""
        if not self.trunk.codecs:
            return codecs
        wanted = [codec.name for codec in offered_codecs(self.trunk.codecs)]
        return sorted((codec for codec in codecs if codec.name in wanted), key=lambda codec: wanted.index(codec.name))

    # Life ----------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Register where an account says so, and begin to ask whether the trunk is there."""
        if self.trunk.account is not None:
            self._kernel.endpoint.sockets.resolve(Uri.parse(self.trunk.address), self._register_over)
        if self.trunk.options_every:
            # Spread out, so that trunks are not all asked in one moment.
            self._ask_after(self.trunk.options_every * (0.5 + 0.5 * self._random.random()))

    def stop(self) -> None:
        """Take our binding away, and be silent."""
        if self._registration is not None:
            self._perform(self._registration.end())
        for timer in (self._timer, self._asking):
            if timer is not None:
                timer.cancel()

    def credentials(self) -> DigestClient | None:
        """What answers the challenges of one call or registration; ``None`` for a trunk that knows us by address.

        Each has its own: proxy and registrar of a carrier challenge apart, and a password refused by one must not
        look refused by the other.
        """
        account = self.trunk.account
        if account is None:
            return None
        return DigestClient(account.username, account.password, cnonce=self._kernel.endpoint.tag)

    # Registration --------------------------------------------------------------------------------------------------

    def _register_over(self, flow: Flow | None) -> None:
        account, endpoint, credentials = self.trunk.account, self._kernel.endpoint, self.credentials()
        if account is None or credentials is None:
            return
        if flow is None:
            self._is_down(503, "its address can't be found", PAUSE)
            self._timer = self._kernel.later(PAUSE, self.start)
            return
        self._registration = Registration(
            registrar=sip_uri("", account.domain),
            address=sip_uri(account.username, account.domain),
            contact=endpoint.sockets.contact(flow, self.contact_user),
            credentials=credentials,
            expires=account.expires,
            call_id=endpoint.call_id(),
            tag=endpoint.tag(),
            jitter=self._random.random,
        )
        self._perform(self._registration.start())

    def response(self, response: Response, now: float) -> None:
        """The registrar answered."""
        if self._registration is not None:
            self._perform(self._registration.response(response, now))

    def failed_request(self, status: int, reason: str, now: float) -> None:
        """The registrar did not answer."""
        if self._registration is not None:
            self._perform(self._registration.failed(status, reason, now))

    def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(request):
                    user = _Asker(self.response, self.failed_request)
                    self._kernel.endpoint.send(request, Uri.parse(self.trunk.address), user)
                case Granted(seconds=seconds, service_route=routes):
                    was, self.registered, self.service_route = self.registered, True, routes
                    if not was:
                        self._say_up(f"registered for {seconds} s")
                    self._down = ""
                case Denied(status=status, reason=reason, retry_after=pause):
                    self.registered = False
                    self._say_down(status, reason, pause)
        registration = self._registration
        if self._timer is not None:
            self._timer.cancel()
        if registration is not None and registration.deadline is not None:
            self._timer = self._kernel.later(max(0.0, registration.deadline - self._kernel.now), self._wake)

    def _wake(self) -> None:
        if self._registration is not None:
            self._perform(self._registration.wake(self._kernel.now))

    # Whether it is there -------------------------------------------------------------------------------------------

    def _ask_after(self, seconds: float) -> None:
        self._asking = self._kernel.later(seconds, self._ask)

    def _ask(self) -> None:
        endpoint, address = self._kernel.endpoint, Uri.parse(self.trunk.address)
        fields = [
            ("Max-Forwards", "70"),
            ("From", f"<{sip_uri('pbxd', address.host)}>;tag={endpoint.tag()}"),
            ("To", f"<{address}>"),
            ("Call-ID", endpoint.call_id()),
            ("CSeq", "1 OPTIONS"),
            ("Accept", "application/sdp"),
        ]
        user = _Asker(lambda response, _now: self._there(response), lambda status, why, _now: self._absent(status, why))
        endpoint.send(Request("OPTIONS", address, Headers(fields)), address, user)

    def _there(self, response: Response) -> None:
        if response.status < 200:
            return
        if response.status == 503:
            self._is_down(503, response.reason, self.trunk.options_every * 2.0)
        else:  # a 404 or 405 to OPTIONS is an answer like any other
            self._is_up("it answers")
        self._ask_after(self.trunk.options_every)

    def _absent(self, status: int, reason: str) -> None:
        self._is_down(status, reason, None)
        self._ask_after(self.trunk.options_every)

    def _is_up(self, why: str) -> None:
        was, self._down = self._down, ""
        if was:
            self._say_up(why)

    def _is_down(self, status: int, reason: str, seconds: float | None) -> None:
        """``seconds`` is ``None`` when only an answer to OPTIONS ends it."""
        was, self._down = self._down, f"is down: {status} {reason}"
        self._down_until = None if seconds is None else self._kernel.now + seconds
        if not was:
            self._say_down(status, reason, seconds if seconds is not None else float(self.trunk.options_every))

    def _say_up(self, why: str) -> None:
        self._kernel.bus.emit(TrunkUp(at=self._kernel.wall, trunk=self.trunk.name, why=why))

    def _say_down(self, status: int, reason: str, pause: float) -> None:
        self._kernel.bus.emit(
            TrunkDown(
                at=self._kernel.wall, trunk=self.trunk.name, status=status, reason=reason, retry_after=round(pause, 1)
            )
        )


class _Asker:
    """The client user of a trunk's own requests."""

    __slots__ = ("failed", "response")

    def __init__(self, response: Callable[[Response, float], None], failed: Callable[[int, str, float], None]) -> None:
        self.response = response
        self.failed = failed
