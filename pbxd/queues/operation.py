"""What operators, programs and supervisors ask of queues: how they stand, and who serves them (QUE-2, QUE-12)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from pbxd.errors import PbxdError
from pbxd.org.supervision import serves, supervises

if TYPE_CHECKING:
    from pbxd.config.snapshot import Configuration
    from pbxd.org.organization import Organization
    from pbxd.org.services import Queue
    from pbxd.org.users import User
    from pbxd.queues.runner import Distribution

Act: TypeAlias = Literal["log-in", "log-out", "pause", "resume"]
GATHER: Final = 0.5
"""Seconds in which changes are brought together, so that a busy hour is not told one by one."""
AT_MOST: Final = 2.0
"""Seconds that somebody waits for a change; then he is told how everything stands all the same."""


class NotAllowed(PbxdError):
    """Whoever asks may not, in words."""


class QueueOrders:
    """For the control socket. Where ``by`` is given, it is that user who asks, and not an operator."""

    def __init__(self, distribution: Distribution, configuration: Callable[[], Configuration]) -> None:
        self._distribution = distribution
        self._configuration = configuration

    async def live(self, organization: str | None = None, after: int | None = None, by: str = "") -> dict[str, Any]:
        """How the queues stand that one may see; with ``after``, the version that one knows, when that has changed."""
        if after is not None and after == self._distribution.version:
            await self._change()
        found = [
            {"organization": within.name, **queue}
            for within in self._organizations(organization)
            for queue in self._distribution.sight(within.name)
            if self._sees(by, within, queue["queue"])
        ]
        return {"version": self._distribution.version, "queues": found}

    async def _change(self) -> None:
        """Wait for a change and a little longer, or until the time is over."""
        changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        timer = asyncio.get_running_loop().call_later(AT_MOST, _done, changed)
        self._distribution.watching.append(partial(_done, changed))
        try:
            await changed
            if timer.when() > asyncio.get_running_loop().time():
                await asyncio.sleep(GATHER)
        finally:
            timer.cancel()

    def _sees(self, by: str, within: Organization, name: str) -> bool:
        user, queue = within.users.get(by), within.queue(name)
        return not by or (
            user is not None and queue is not None and (serves(user, queue) or supervises(user, queue, within))
        )

    async def agent(
        self, user: str, do: Act, queues: list[str] | None = None, organization: str | None = None, by: str = ""
    ) -> dict[str, Any]:
        """Log an agent in or out, have him pause or work again; on disk when this returns.

        ``queues`` are names, ``None``: all that he may serve. Raises :class:`PbxdError` and ``StoreError``.
        """
        within, found = self._find(user, organization)
        meant = self._queues(within, found, queues)
        self._check(by, within, found, meant)
        why = f"{by} by the API" if by else "an operator"
        distribution, names = self._distribution, [queue.name for queue in meant]
        match do:
            case "log-in":
                await distribution.log_in(within.name, user, names, why)
            case "log-out":
                await distribution.log_out(within.name, user, names, why)
            case "pause" | "resume":
                await distribution.pause(within.name, user, do == "pause", why)
            case _:
                raise PbxdError(f"{do} is nothing that an agent does: log-in, log-out, pause, resume")
        return {"organization": within.name, "user": user, **self._distribution.agent(within.name, user)}

    def _queues(self, within: Organization, user: User, names: list[str] | None) -> list[Queue]:
        every = [*within.queues.values(), *within.attendant_groups.values()]
        if names is None:
            found = [queue for queue in every if serves(user, queue)]
            if not found:
                raise PbxdError(f"{user.username} may serve no queue")
            return found
        found = [queue for name in names if (queue := within.queue(name)) is not None]
        if len(found) < len(names):
            raise PbxdError(f"no queue is called {next(name for name in names if within.queue(name) is None)}")
        if (other := next((queue for queue in found if not serves(user, queue)), None)) is not None:
            raise PbxdError(f"{user.username} may not serve {other.name}")
        return found

    def _check(self, by: str, within: Organization, user: User, queues: list[Queue]) -> None:
        """Whether a user may do it to another one: he supervises all the queues that it is about."""
        asking = within.users.get(by)
        if not by or by == user.username:
            return
        if asking is None or not all(supervises(asking, queue, within) for queue in queues):
            raise NotAllowed(f"{by} does not supervise {user.username} there")

    def _organizations(self, name: str | None) -> list[Organization]:
        known = self._configuration().organizations
        if name is None:
            return [*known.values()]
        if name not in known:
            raise PbxdError(f"no organization is called {name}")
        return [known[name]]

    def _find(self, user: str, name: str | None) -> tuple[Organization, User]:
        found = [one for one in self._organizations(name) if user in one.users]
        if not found:
            raise PbxdError(f"no user is called {user}")
        if len(found) > 1:
            raise PbxdError(f"several organizations have a user {user}: {', '.join(one.name for one in found)}")
        return found[0], found[0].users[user]


def _done(changed: asyncio.Future[None]) -> None:
    if not changed.done():
        changed.set_result(None)
