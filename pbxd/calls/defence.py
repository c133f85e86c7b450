"""The door of the server: who is not heard, counted and told of (SEC-2, SEC-3). :mod:`pbxd.calls.guard` decides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from pbxd.calls.admission import Challenge
from pbxd.calls.emergency import EmergencyNumbers
from pbxd.calls.guard import Ban, Guard
from pbxd.calls.kernel import Kernel
from pbxd.calls.strangers import Bucket, Strangers
from pbxd.config.snapshot import Configuration
from pbxd.events import Banned, Unbanned
from pbxd.sip.flow import Flow
from pbxd.sip.message import Request

_USERNAME = re.compile(r'\busername\s*=\s*"?([^",]*)', re.IGNORECASE)
LIFTED = "lifted by an operator"


class Defence:
    """Lets requests in, or not, and hears who proved who he is, and who did not."""

    def __init__(
        self, kernel: Kernel, configuration: Callable[[], Configuration], inhabited: Callable[[str], bool]
    ) -> None:
        """``inhabited`` says whether a device is registered from an IP address."""
        self._kernel = kernel
        self._configuration = configuration
        self._inhabited = inhabited
        self._strangers = Strangers()
        self._emergencies = EmergencyNumbers(configuration)
        self._calls = Bucket(float(configuration().server.limits.calls_per_second), kernel.now)
        self._guard = Guard(lambda: configuration().server.limits.ban_after, inhabited)
        self._counters: Counter[str] = Counter()

    # At the door ---------------------------------------------------------------------------------------------------

    def hears(self, flow: Flow, now: float) -> bool:
        """See :class:`pbxd.sip.transaction.door.Door`."""
        if not len(self._guard) or not self._guard.banned("", flow.remote.host, now) or self._is_trunk(flow):
            return True
        self._counters["banned"] += 1
        return False

    def urgent(self, dialled: str) -> bool:
        """See :class:`pbxd.sip.transaction.door.Door`."""
        return dialled in self._emergencies

    def enter(self, request: Request, flow: Flow, now: float) -> bool:
        """See :class:`pbxd.sip.transaction.door.Door`."""
        host, outside = flow.remote.host, request.to.tag is None
        if outside and len(self._guard) and self._guard.banned(_claimed(request), host, now):
            self._counters["banned"] += 1
            return False
        if not self._inhabited(host) and not self._is_trunk(flow):
            refused = self._strangers.refused(host, now, outside=outside)
            if refused:
                self._counters[refused] += 1
                return False
        self._strangers.entered(host)
        return True

    def leave(self, flow: Flow) -> None:
        """See :class:`pbxd.sip.transaction.door.Door`."""
        self._strangers.left(flow.remote.host)

    def too_fast(self, request: Request) -> bool:
        """Whether there are more new calls than ``limits.calls_per_second``; emergency calls don't count."""
        rate, now = float(self._configuration().server.limits.calls_per_second), self._kernel.now
        if request.uri.user in self._emergencies or self._calls.take(rate, rate, now):
            return False
        self._counters["calls_per_second"] += 1
        return True

    # Who proved what -----------------------------------------------------------------------------------------------

    def challenged(self, challenge: Challenge, flow: Flow) -> None:
        """A request came without credentials, or with wrong ones."""
        if self._is_trunk(flow) or challenge.stale:
            return
        happened = self._guard.failed if challenge.failed else self._guard.asked
        ban = happened(challenge.account, flow.remote.host, self._kernel.now)
        if ban is not None:
            self._kernel.bus.emit(
                Banned(
                    at=self._kernel.wall,
                    account=ban.account,
                    address=ban.address,
                    seconds=ban.seconds,
                    failures=ban.failures,
                    reason=ban.reason,
                )
            )

    def proved(self, device: str, flow: Flow) -> None:
        """A request came with the right credentials of a device."""
        self._guard.proved(device, flow.remote.host)

    def _is_trunk(self, flow: Flow) -> bool:
        host, port = flow.remote
        return self._configuration().trunk_at(host, port if flow.transport == "udp" else None) is not None

    # For operators -------------------------------------------------------------------------------------------------

    def bans(self) -> list[dict[str, Any]]:
        """The bans in force, the one that ends first first."""
        now = self._kernel.now
        return [_shown(ban, now) for ban in self._guard.bans(now)]

    def unban(self, what: str) -> list[dict[str, Any]]:
        """Lift all bans of an address or an account, and forget its failures."""
        now = self._kernel.now
        lifted = self._guard.lift(what, now)
        for ban in lifted:
            self._kernel.bus.emit(Unbanned(at=self._kernel.wall, account=ban.account, address=ban.address, why=LIFTED))
        return [_shown(ban, now) for ban in lifted]

    def status(self) -> dict[str, Any]:
        """Counters for ``pbxd status --json``."""
        return {
            "bans": len(self._guard.bans(self._kernel.now)),
            "server_transactions": self._strangers.transactions,
            "turned_away": dict(self._counters),
        }


def _claimed(request: Request) -> str:
    """The account that a request says it is: that of its credentials, or else of its To (REGISTER) or From."""
    written = request.headers.get("Authorization")
    found = _USERNAME.search(written) if written else None
    if found is not None:
        return found[1]
    return request.to.uri.user if request.method == "REGISTER" else request.from_.uri.user


def _shown(ban: Ban, now: float) -> dict[str, Any]:
    return {
        "address": ban.address,
        "account": ban.account,
        "seconds_left": round(ban.until - now),
        "failures": ban.failures,
        "reason": ban.reason,
    }
