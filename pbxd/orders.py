"""What operators order of a running server by its control socket, besides how the process itself does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pbxd.calls.sounds import SoundOrders
from pbxd.control import Command
from pbxd.errors import PbxdError
from pbxd.events import CallId
from pbxd.mailboxes import MailboxOrders
from pbxd.notices.orders import NoticeOrders
from pbxd.people.orders import DirectoryOrders
from pbxd.people.plans import PlanOrders
from pbxd.queues.operation import QueueOrders
from pbxd.siptrace.orders import TraceOrders
from pbxd.tools.parties import keys_of
from pbxd.treatments import click_to_dial, dictation

if TYPE_CHECKING:
    from pbxd.server import Server


class Orders:
    """Each looks the server up anew: ``running`` raises :class:`PbxdError` while there is none."""

    def __init__(self, running: Callable[[], Server], line: Callable[..., None]) -> None:
        """``line`` writes a message of a SIP trace into the log."""
        self._running = running
        self._line = line

    def commands(self) -> dict[str, Command]:
        """By the names that the socket knows them by."""
        return {
            "hangup": self.hangup,
            "bans": self.bans,
            "unban": self.unban,
            "set": self.set,
            "clear": self.clear,
            "state": self.state,
            "trace-on": lambda **wanted: self._traces().on(**wanted),
            "trace-off": lambda trace=None: self._traces().off(trace),
            "trace-list": lambda: self._traces().list(),
            "welcome": lambda **wanted: self._running().notices.invitations.invite(**wanted),
            "welcomed": lambda **which: self._running().notices.invitations.states(**which),
            "notices": lambda: self._notices().listed(),
            "notices-retry": lambda notice=None: self._notices().retry(notice),
            "notices-drop": lambda notice=None: self._notices().drop(notice),
            "mailbox-list": lambda **which: self._mailboxes().list(**which),
            "mailbox-show": lambda **which: self._mailboxes().show(**which),
            "mailbox-unlock": lambda **which: self._mailboxes().unlock(**which),
            "mailbox-delete": lambda **which: self._mailboxes().delete(**which),
            "sounds-record": self.record,
            "sounds": lambda organization=None: self._sounds().listed(organization),
            "sound": lambda **which: self._sounds().file(**which),
            "queues-live": lambda **which: self._queues().live(**which),
            "agent": lambda **wanted: self._queues().agent(**wanted),
            "doctor-trunk": self.doctor,
            "dial": self.dial,
            "events": lambda **after: self._running().notices.feed.after(**after),
            "call-end": self.end,
            "plans": lambda **whose: self._plans().show(**whose),
            "plan-add": lambda **new: self._plans().add(**new),
            "plan-remove": lambda **which: self._plans().remove(**which),
            "directory": lambda **wanted: self._directory().search(**wanted),
            "directory-fields": lambda **whose: self._directory().fields(**whose),
            "directory-change": lambda **change: self._directory().change(**change),
            "directory-waiting": lambda **by: self._directory().waiting(**by),
            "directory-decide": lambda **change: self._directory().decide(**change),
            "access": self.access,
            "calls-of": self.calls_of,
        }

    def record(self, **wanted: Any) -> dict[str, Any]:
        """Call somebody, who records a sound of the library."""
        server = self._running()
        return dictation.order(server.exchange, server.configuration, **wanted)

    async def doctor(self, trunk: str) -> dict[str, Any]:
        """Look at a trunk step by step."""
        trunks = self._running().trunks
        return {"steps": await trunks.examined(trunk)}

    def dial(self, **wanted: Any) -> dict[str, Any]:
        """Ring a user's phone, and connect him with a number."""
        server = self._running()
        return click_to_dial.order(server.exchange, server.configuration, **wanted)

    def end(self, call: str, organization: str | None = None, user: str | None = None) -> dict[str, Any]:
        """End a call of an organization, or one that this user has a part in."""
        server = self._running()
        found = server.exchange.calls.get(CallId(call))
        within = found.situation.source.organization if found is not None else ""
        if found is None or organization not in (None, within):
            raise PbxdError(f"no call {call} runs")
        owners = (server.configuration.organizations[within].owner(leg.party) for leg in found.legs)
        if user is not None and user not in [owner.username for owner in owners if owner is not None]:
            raise PbxdError(f"no call {call} runs")
        server.exchange.hangup(found.id, "hung up by a program")
        return {"call": call}

    def hangup(self, call: str) -> dict[str, Any]:
        """End a call; ``found`` says whether there was one."""
        return {"found": self._running().exchange.hangup(CallId(call), "hung up by an operator")}

    async def set(self, user: str, organization: str | None = None, **order: str) -> dict[str, Any]:
        """Set something for a user."""
        return await self._running().orders.set(user, organization, **order)

    async def clear(self, user: str, what: str, value: str = "", organization: str | None = None) -> dict[str, Any]:
        """Take back what is set for a user."""
        return await self._running().orders.clear(user, what, value, organization)

    def state(self, user: str, organization: str | None = None) -> dict[str, Any]:
        """How a user stands."""
        return self._running().orders.show(user, organization)

    def access(self) -> dict[str, Any]:
        """What the HTTP process goes by: who may ask for what, and where call records and recordings are."""
        server = self._running().configuration.server
        tokens = [{**asdict(token), "scopes": sorted(token.scopes)} for token in server.api_tokens]
        recordings = self._running().recordings.directory.absolute()
        return {"tokens": tokens, "database": server.database, "recordings": str(recordings)}

    def calls_of(self, organization: str, user: str) -> dict[str, Any]:
        """By what calls of a user are found among the call records."""
        found = self._running().configuration.organizations.get(organization)
        if found is None or user not in found.users:
            raise PbxdError(f"no user of {organization} is called {user}")
        return {"keys": keys_of(found.users[user])}

    def bans(self) -> dict[str, Any]:
        """Who is not heard, how long yet, and why."""
        return {"bans": self._running().defence.bans()}

    def unban(self, what: str) -> dict[str, Any]:
        """Hear an address or an account again."""
        return {"lifted": self._running().defence.unban(what)}

    def _plans(self) -> PlanOrders:
        server = self._running()
        return PlanOrders(lambda: server.configuration, server.orders)

    def _directory(self) -> DirectoryOrders:
        server = self._running()
        return DirectoryOrders(lambda: server.configuration, server.people, server.bus, server.clock.wall)

    def _traces(self) -> TraceOrders:
        server = self._running()
        return TraceOrders(
            server.tracer,
            configuration=lambda: server.configuration,
            exchange=server.exchange,
            network=server.network,
            line=self._line,
        )

    def _queues(self) -> QueueOrders:
        server = self._running()
        return QueueOrders(server.distribution, lambda: server.configuration)

    def _sounds(self) -> SoundOrders:
        server = self._running()
        return SoundOrders(server.configuration, server.voices)

    def _notices(self) -> NoticeOrders:
        return NoticeOrders(self._running().notices.outbox)

    def _mailboxes(self) -> MailboxOrders:
        return MailboxOrders(self._running().mailroom)
