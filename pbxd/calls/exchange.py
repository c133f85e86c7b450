"""The exchange: all that is live, and the way in for everything new.

It answers requests outside dialogs, lets calls in, starts a task for each, and releases what a call owned when its task
is done, however it was done. That is also the firewall: a bug in one call ends that call only.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

from pbxd.calls import messages, replacing
from pbxd.calls.admission import Admission, Challenge, Device, KnownTrunk
from pbxd.calls.call import Begin, Call
from pbxd.calls.callers import Arrival, arrival, caller_of
from pbxd.calls.defence import Defence
from pbxd.calls.dialogs import LiveDialogs
from pbxd.calls.equipment import Equipment
from pbxd.calls.interrupt import Shutdown
from pbxd.calls.kernel import Kernel
from pbxd.calls.leg import Leg
from pbxd.calls.location import Location
from pbxd.calls.reception import Reception
from pbxd.calls.silence import fell_silent
from pbxd.calls.trunks import Trunks, TrunkState
from pbxd.calls.world import World
from pbxd.config.snapshot import Configuration
from pbxd.dialplan.situation import FromTrunk, Situation
from pbxd.events import CallArrived, CallCrashed, CallId, LegId, current_call
from pbxd.media.engine import (
    HeardAgain,
    KeyPressed,
    MediaEvent,
    MediaFailed,
    Played,
    Recorded,
    Silent,
    Translated,
)
from pbxd.sip.flow import Flow
from pbxd.sip.message import Request, response_to
from pbxd.sip.packages import PACKAGES, presence
from pbxd.sip.session.base import ALLOW, SDP_TYPE, SUPPORTED
from pbxd.sip.session.timer import too_short
from pbxd.sip.transaction import ServerEntry

Handler = Callable[[Request, ServerEntry], None]
ACCEPT = ", ".join((SDP_TYPE, presence.CONTENT_TYPE, messages.CONTENT_TYPE))
ALLOW_EVENTS = ", ".join(PACKAGES)
MAX_DIALLED = 128
"""Characters of what is dialled."""
DIALOG_ONLY = frozenset({"BYE", "UPDATE", "INFO", "PRACK", "NOTIFY"})
"""Methods that outside a dialog belong to one that we don't know."""
UNDERSTOOD: Mapping[str, frozenset[str]] = {"REGISTER": frozenset({"path", "outbound"}), "OPTIONS": SUPPORTED}
"""Option tags that a request outside a dialog may Require, by method; none for other methods."""


class Exchange:
    """Everything that is live."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        configuration: Callable[[], Configuration],
        admission: Admission,
        reception: Reception,
        defence: Defence,
        location: Location,
        trunks: Trunks,
        equipment: Equipment,
        tasks: asyncio.TaskGroup,
        random: Random,
    ) -> None:
        self._kernel = kernel
        self._configuration = configuration
        self._admission = admission
        self._reception = reception
        self._defence = defence
        self._location = location
        self._trunks = trunks
        self.equipment = equipment
        """What calls are carried out with."""
        self._tasks = tasks
        self._random = random
        self.calls: dict[CallId, Call] = {}
        self.dialogs = LiveDialogs(self.calls)
        self.handlers: dict[str, Handler] = {"REGISTER": self._register, "OPTIONS": self._options}
        """Who takes requests outside dialogs, by method; INVITE is :meth:`invited`'s."""
        self.accepting = True
        """``False`` once the server stops: new calls are sent elsewhere with a 503."""
        self.draining = False
        """Whether only calls for help, and those that take over one that runs, are let in."""
        self._emptied: Callable[[], None] | None = None

    # Requests outside dialogs --------------------------------------------------------------------------------------

    def invited(self, request: Request, transaction: ServerEntry, now: float) -> None:
        """A new call: find out who it is, or challenge him, and start its task."""
        admitted = self._admission.of_call(request, transaction, self._kernel.wall)
        if isinstance(admitted, Challenge):
            self._reception.challenge(request, transaction, admitted)
            return
        if isinstance(admitted, Device):
            self._reception.proved(admitted, transaction)
        problem = self._problem(request)
        if problem is not None:
            status, header = problem
            self._reception.refuse(request, transaction, status, (header,) if header is not None else ())
            return
        came = arrival(request, admitted, self._configuration())
        trunk = self._trunks.state(admitted.trunk.name) if isinstance(admitted, KnownTrunk) else None
        if trunk is not None and trunk.full:
            self._reception.refuse(request, transaction, 480)
            return
        organization = self._configuration().organizations[came.source.organization]
        replaces = replacing.wanted(request, self._kernel.legs, came.source, organization)
        if isinstance(replaces, int):
            self._reception.refuse(request, transaction, replaces)
        else:
            self._start(request, transaction, replace(came, replaces=replaces), trunk)

    def asked(self, request: Request, transaction: ServerEntry, now: float) -> None:
        """Any other request outside a dialog."""
        handler = self.handlers.get(request.method)
        unknown = request.require - UNDERSTOOD.get(request.method, frozenset())
        if handler is not None and unknown:
            self._reception.refuse(request, transaction, 420, (("Unsupported", ", ".join(sorted(unknown))),))
        elif handler is not None:
            handler(request, transaction)
        elif request.method == "REFER":
            self._answer(request, transaction, 403)  # RFC 3515 2.4.2 leaves it to us: only who is in a call transfers
        elif request.method in DIALOG_ONLY:
            self._answer(request, transaction, 481)
        else:
            self._answer(request, transaction, 405, self._allow())

    def _answer(self, request: Request, transaction: ServerEntry, status: int, *headers: tuple[str, str]) -> None:
        endpoint = self._kernel.endpoint
        endpoint.respond(transaction, response_to(request, status, to_tag=endpoint.tag(), headers=headers))

    def flow_lost(self, flow: Flow, reason: str) -> None:
        """A connection is gone, and with it the way to the phones that registered over it."""
        self._location.flow_lost(flow)

    def _register(self, request: Request, transaction: ServerEntry) -> None:
        account = request.to.uri
        device = self._reception.device(request, transaction, account)
        if device is None:
            return
        if account.user != device.name:
            self._reception.refuse(request, transaction, 403)  # nobody registers for somebody else
        else:
            self._location.register(request, transaction, (device.organization.name, device.name))

    def _options(self, request: Request, transaction: ServerEntry) -> None:
        if self.draining or not self.accepting:  # whoever shares calls out between servers has to go by this one
            self._answer(request, transaction, 503, ("Retry-After", "5"))
            return
        self._answer(request, transaction, 200, self._allow(), ("Accept", ACCEPT), ("Allow-Events", ALLOW_EVENTS))

    def _allow(self) -> tuple[str, str]:
        return "Allow", ", ".join(dict.fromkeys((*ALLOW.split(", "), *self.handlers)))

    def _problem(self, request: Request) -> tuple[int, tuple[str, str] | None] | None:
        """Why a call that may be placed can't be served, and the header that says what could be."""
        if not self.accepting or (self.draining and not self._goes_on(request)):
            return 503, ("Retry-After", "5")
        if self._defence.too_fast(request):
            return 503, ("Retry-After", "2")
        if len(request.uri.user) > MAX_DIALLED:
            return 414, None
        if request.max_forwards == 0:
            return 483, None
        unknown = request.require - SUPPORTED
        if unknown:
            return 420, ("Unsupported", ", ".join(sorted(unknown)))
        short = too_short(request)
        if short is not None:
            return 422, short
        if request.body and request.content_type != SDP_TYPE:
            return 415, ("Accept", SDP_TYPE)
        full = len(self.calls) >= self._configuration().server.limits.calls
        if full and not self._defence.urgent(request.uri.user):
            return 480, None
        return None

    def _goes_on(self, request: Request) -> bool:
        """Whether a call is let in while draining: one for help, or one that takes the place of another (RFC 3891)."""
        return self._defence.urgent(request.uri.user) or "Replaces" in request.headers

    # Calls ---------------------------------------------------------------------------------------------------------

    def _start(self, request: Request, transaction: ServerEntry, came: Arrival, trunk: TrunkState | None) -> None:
        kernel = self._kernel
        situation = Situation(source=came.source, dialled=came.dialled, replaces=came.replaces)
        call = self._new_call(situation, withheld=came.withheld)
        subject = Leg(
            kernel=kernel,
            owner=call,
            id=LegId(call.next_leg()),
            party=came.party,
            source=came.source,
            stream=self.equipment.dialer.stream(came.source),
            inbound=True,
        )
        arrived = self._arrived(call, subject, came, request, transaction)
        credentials = trunk.credentials() if trunk is not None else None
        subject.connect(kernel.endpoint.answer_call(request, transaction, subject.reported, credentials))
        if trunk is not None:  # only now: a malformed INVITE has ended above, and would count for ever
            subject.goes_by(trunk)
        call.subject = subject
        call.adopt(subject)
        self._run(call, arrived)

    def originate(self, situation: Situation, party: str, begin: Begin) -> Call | None:
        """Start a call of our own, on whose behalf ``party`` says; ``begin`` finds its subject.

        ``None`` when no calls are let in any more.
        """
        if self.draining or not self.accepting:
            return None
        call = self._new_call(situation)
        organization = self._configuration().organizations[situation.source.organization]
        number, name = caller_of(situation.source, organization)
        self._run(
            call,
            CallArrived(
                at=self._kernel.wall,
                call=call.id,
                leg=LegId(call.next_leg()),
                party=party,
                organization=organization.name,
                caller=number,
                caller_name=name,
                called=situation.dialled,
                sip_call_id="",
                address="",
            ),
            begin,
        )
        return call

    def _run(self, call: Call, arrived: CallArrived, begin: Begin | None = None) -> None:
        self.calls[call.id] = call
        self._kernel.bus.emit(arrived)
        token = current_call.set(call.id)  # the task inherits it, and with it every log line of the call
        try:
            task = self._tasks.create_task(self._guarded(call, begin), name=f"call {call.id}")
        finally:
            current_call.reset(token)
        task.add_done_callback(lambda _: self._done(call))

    def world(self, call: CallId) -> World:
        """What decisions of a call look at, from now on."""
        return World(
            call=call,
            configuration=self._configuration(),
            location=self._location,
            live_trunks=self._trunks,
            live_dialogs=self.dialogs,
            people=self.equipment.people,
            late_hours=self.equipment.late_hours,
            usages=self.equipment.usages,
            wall=self._kernel.clock.wall,
        )

    def _new_call(self, situation: Situation, *, withheld: str = "") -> Call:
        """A call that has nobody in it yet."""
        call_id = self._call_id()
        return Call(
            id=call_id,
            kernel=self._kernel,
            equipment=self.equipment,
            facts=self.world(call_id),
            situation=situation,
            withheld=withheld,
            crashed=self._crashed,
        )

    def _arrived(
        self, call: Call, subject: Leg, came: Arrival, request: Request, transaction: ServerEntry
    ) -> CallArrived:
        source = came.source
        number, name = caller_of(source, self._configuration().organizations[source.organization])
        return CallArrived(
            at=self._kernel.wall,
            call=call.id,
            leg=subject.id,
            party=came.party,
            organization=source.organization,
            caller=number,
            caller_name=name,
            called=came.dialled,
            sip_call_id=request.call_id,
            address=str(transaction.flow),
            diverted=tuple(map(str, source.diverted)) if isinstance(source, FromTrunk) else (),
        )

    async def _guarded(self, call: Call, begin: Begin | None) -> None:
        """The call's task. What a bug raises must not reach the task group, which would end every other call."""
        try:
            await call.run(begin)
        except Exception as error:  # the firewall round one call
            call.crashed(error)

    def _done(self, call: Call) -> None:
        call.release()
        self.calls.pop(call.id, None)
        if self._emptied is not None and not self.calls:
            self._emptied()

    def _crashed(self, call: CallId, error: BaseException) -> None:
        trace = "".join(traceback.format_exception(error))
        self._kernel.bus.emit(CallCrashed(at=self._kernel.wall, call=call, error=trace))

    def _call_id(self) -> CallId:
        """Seconds since 1970 and 40 random bits, so that ids sort by time and never repeat."""
        return CallId(f"{int(self._kernel.wall):x}-{self._random.getrandbits(40):010x}")

    def reloaded(self, newest: Configuration) -> None:
        """There is another configuration."""
        for call in self.calls.values():
            call.reloaded(newest)

    def hangup(self, call: CallId, why: str) -> bool:
        """End a call from outside; ``False`` when there is none of that id."""
        found = self.calls.get(call)
        if found is not None:
            found.interrupt(Shutdown(reason=why))
        return found is not None

    def media_event(self, event: MediaEvent) -> None:
        """What the engine tells of a port, for the call that talks through it. A failure ends that call."""
        if isinstance(event, Recorded) and self._kernel.recorder.told(self._kernel, event):
            return
        leg = self._kernel.legs.at.get(event.port)
        if leg is None or leg.owner is None:
            return
        match event:
            case MediaFailed(reason=reason):
                leg.media_problem(reason)
                leg.owner.interrupt(Shutdown(reason=f"no sound: {reason}"))
            case Silent(seconds=seconds):
                fell_silent(self._kernel, leg.owner, leg, seconds)
            case HeardAgain():
                leg.silent = False
            case KeyPressed(key=key, milliseconds=milliseconds):
                leg.pressed(key, milliseconds)
            case Translated(heard=heard, made=made):
                leg.translated(heard, made)
            case Played() | Recorded():
                leg.told(event)

    def drain(self, emptied: Callable[[], None]) -> None:
        """Take no new calls, and say when none is left, which may be at once."""
        self.draining, self._emptied = True, emptied
        if not self.calls:
            emptied()

    def stop(self, why: str) -> None:
        """Take no more calls, and end those that run."""
        self.accepting = False
        for call in list(self.calls.values()):
            call.interrupt(Shutdown(reason=why))

    def crashed(self, error: Exception, what: str) -> None:
        """A bug met the firewall round a message that belongs to no call."""
        trace = "".join(traceback.format_exception(error))
        self._kernel.bus.emit(CallCrashed(at=self._kernel.wall, call=CallId(""), error=f"{what}: {trace}"))
