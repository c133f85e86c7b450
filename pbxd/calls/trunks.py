"""The trunks as they are now: registered or not, answering or not, how many calls they carry, and which to try first.

What the configuration says of a trunk is in the snapshot; here is only what was learned since. Its registration, its
servers and the question whether it is there have modules of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from pbxd.calls.kernel import Kernel
from pbxd.calls.servers import LONGEST_PAUSE, Servers
from pbxd.calls.trunk_doctor import examined
from pbxd.calls.trunk_health import Health
from pbxd.calls.trunk_registration import Registering
from pbxd.config.hints import nearest
from pbxd.config.snapshot import Configuration, Trunk
from pbxd.dialplan.situation import TrunkFact
from pbxd.errors import PbxdError
from pbxd.events import TrunkDown, TrunkUp
from pbxd.sip.digest_client import DigestClient
from pbxd.sip.headers import NameAddr

PAUSE = 30.0
"""Seconds that a trunk is left alone after it failed a call in a way that another trunk may not."""


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

    async def examined(self, name: str) -> list[dict[str, Any]]:
        """A trunk, looked at step by step. Raises :class:`PbxdError` for one that there is not."""
        state = self._states.get(name)
        if state is None:
            hint = nearest(name, self._states)
            raise PbxdError(f"no trunk is called {name}" + (f"; {hint}" if hint else ""))
        return await examined(self._kernel, state)

    def status(self) -> list[dict[str, object]]:
        """For people who look."""
        now = self._kernel.now
        return [
            {
                "trunk": name,
                "calls": state.calls,
                "registered": state.registered,
                "unusable": state.unusable(now),
                "servers_down": state.servers.status(),
            }
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
        self.servers = Servers(kernel, trunk)
        self._registering = self._registers()
        self._health = Health(
            kernel, trunk, self.servers, random, there=lambda: self._is_up("it answers"), absent=self._is_down
        )
        self._down = ""
        """Why it is not used at the moment; empty when it is."""
        self._down_until: float | None = None

    # What calls need to know and tell ------------------------------------------------------------------------------

    def unusable(self, now: float) -> str:
        """Why a call should not go this way now; empty when it may."""
        if self._down and (self._down_until is None or now < self._down_until):
            return self._down
        if self._registering is not None and not self.registered:
            return "is not registered"
        if self.full:
            return f"carries {self.calls} calls, which is its limit"
        return ""

    @property
    def registered(self) -> bool:
        """Whether its registrar has a binding of ours."""
        return self._registering is not None and self._registering.registered

    @property
    def routes(self) -> tuple[NameAddr, ...]:
        """The way of calls to it, as its registrar gave it (RFC 3608)."""
        return self._registering.service_route if self._registering is not None else ()

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

    # Life ----------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Register where an account says so, and begin to ask whether the trunk is there."""
        if self._registering is not None:
            self._registering.start()
        self._health.start()

    def stop(self) -> None:
        """Take our binding away, and be silent."""
        if self._registering is not None:
            self._registering.stop()
        self._health.stop()

    def credentials(self) -> DigestClient | None:
        """What answers the challenges of one call or registration; ``None`` for a trunk that knows us by address.

        Each has its own: proxy and registrar of a carrier challenge apart, and a password refused by one must not
        look refused by the other.
        """
        account = self.trunk.account
        if account is None:
            return None
        return DigestClient(account.username, account.password, cnonce=self._kernel.endpoint.tag)

    def _registers(self) -> Registering | None:
        account, credentials = self.trunk.account, self.credentials()
        if account is None or credentials is None:
            return None
        return Registering(
            self._kernel,
            account,
            self.servers,
            self._random,
            contact_user=self.contact_user,
            credentials=credentials,
            granted=self._granted,
            denied=self._say_down,
        )

    def _granted(self, seconds: int, *, refresh: bool) -> None:
        if not refresh:
            self._say_up(f"registered for {seconds} s")
        self._down = ""

    # Whether it is there -------------------------------------------------------------------------------------------

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
