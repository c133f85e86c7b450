"""The composition root: builds the parts, wires them, serves, reloads, stops.

:class:`Server` is one running server as an async context manager, on any network, clock, store and engine;
:mod:`pbxd.process` is the process round it, with signals, control socket and the machine's own network.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from functools import partial
from random import Random
from types import TracebackType
from typing import Any, Self

from pbxd import __version__
from pbxd.calls.admission import Admission
from pbxd.calls.alarm import Alarm
from pbxd.calls.defence import Defence
from pbxd.calls.dialer import Dialer
from pbxd.calls.equipment import Equipment, Perform
from pbxd.calls.exchange import Exchange
from pbxd.calls.formats import offered_codecs
from pbxd.calls.hold_music import HoldMusic
from pbxd.calls.interfaces import embedded_engine
from pbxd.calls.keepalive import KeepAlive
from pbxd.calls.kernel import Kernel
from pbxd.calls.late import LateHours
from pbxd.calls.location import Location
from pbxd.calls.mailboxes import office_of
from pbxd.calls.messages import Messages
from pbxd.calls.orders import Orders
from pbxd.calls.people import People
from pbxd.calls.publications import Publications, Resource
from pbxd.calls.published import PublishedActivities
from pbxd.calls.reception import Reception
from pbxd.calls.recorder import Recorder
from pbxd.calls.recordings import Recordings
from pbxd.calls.states import States
from pbxd.calls.texting import Texting
from pbxd.calls.trunks import Trunks
from pbxd.calls.watchers import Watchers
from pbxd.chance import BlockRandom
from pbxd.clock import Clock
from pbxd.config.snapshot import Configuration
from pbxd.errors import PbxdError
from pbxd.events import Bus, ConfigReloaded, EmergencyCalled, Registered, ServerDraining, ServerStarted, ServerStopped
from pbxd.events.bus import log_failure
from pbxd.mailboxes import Mailroom
from pbxd.media import extra
from pbxd.media.engine import Engine
from pbxd.metrics.figures import Figures
from pbxd.network import Address, Network
from pbxd.notices.desk import Desk
from pbxd.notices.letter import Sender
from pbxd.phones.office import Phones
from pbxd.queues import camp
from pbxd.queues.runner import Distribution
from pbxd.sip.digest import Authenticator
from pbxd.sip.endpoint import Endpoint
from pbxd.sip.registrar import Policy
from pbxd.sip.resolve import DnsResolver, Resolver
from pbxd.sip.transaction import DEFAULT_TIMERS, Timers
from pbxd.sip.transport.certificates import Certificates, CertificateWatch
from pbxd.sip.transport.sockets import Reach
from pbxd.siptrace.tracer import Tracer
from pbxd.speech.voices import RenderedVoices, Voices
from pbxd.store.interface import Storage
from pbxd.treatments import call_back
from pbxd.treatments import perform as perform_treatment

GOODBYE = 3.0
"""Seconds that the phones get to answer their BYE when the server stops."""

_log = logging.getLogger("pbxd.server")


class Server:
    """One running server.

    ``engine``, ``voices``, ``resolver``, ``random`` and ``perform`` have the defaults of a real one.
    """

    # There from ``async with`` on.
    tasks: asyncio.TaskGroup
    """What creates every task."""
    endpoint: Endpoint
    exchange: Exchange
    defence: Defence
    location: Location
    watchers: Watchers
    messages: Messages
    people: People
    late_hours: LateHours
    orders: Orders
    phones: Phones
    trunks: Trunks
    distribution: Distribution
    tracer: Tracer
    notices: Desk
    mailroom: Mailroom
    keep_alive: KeepAlive
    recordings: Recordings

    def __init__(
        self,
        configuration: Configuration,
        *,
        network: Network,
        clock: Clock,
        store: Storage,
        engine: Engine | None = None,
        voices: Voices | None = None,
        resolver: Resolver | None = None,
        random: Random | None = None,
        timers: Timers = DEFAULT_TIMERS,
        perform: Perform = perform_treatment,
        sender: Sender | None = None,
    ) -> None:
        self.configuration = configuration
        self.network = network
        self.clock = clock
        self.store = store
        self.bus = Bus(failed=log_failure)
        self.bus.subscribe(store.ledger.append)
        self.figures = Figures()
        self.bus.subscribe(self.figures)
        self.engine = engine or embedded_engine(configuration, network, clock)
        self.voices = voices or RenderedVoices(configuration.server.data, configuration.server.speech, clock)
        self._random = random or BlockRandom()
        self._resolver = resolver or DnsResolver(
            draw=self._random.random,
            transports=("udp", "tcp", "tls"),
            servers=configuration.server.name_servers,
        )
        self.certificates = Certificates(configuration.server.tls)
        self._timers = timers
        self._perform = perform
        self._sender = sender
        self._stack = AsyncExitStack()
        self.started = 0.0
        self._patience: Callable[[], None] | None = None
        """Takes the limit of a drain back."""

    # Life ----------------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self.tasks = await stack.enter_async_context(asyncio.TaskGroup())
            self.tasks.create_task(self.store.run(), name="store")
            stack.push_async_callback(self.store.close)
            await self.engine.start()
            stack.push_async_callback(self.engine.stop)
            stack.callback(self.voices.stop)
            self._build()
            stack.callback(self.endpoint.close)
            stack.callback(self.tracer.stop_all, "the server stops")
            stack.callback(self.keep_alive.stop)
            await self.location.restore()
            await self.messages.restore()
            await self.late_hours.restore()
            await self.exchange.equipment.usages.restore(self.store.ledger, self.configuration, self.clock.wall())
            await self.people.restore()
            stack.callback(self.people.stop)
            await self.distribution.restore()
            stack.callback(self.distribution.stop)
            await self.recordings.restore()
            stack.callback(self.recordings.stop)
            await self.notices.outbox.restore()
            stack.callback(self.notices.stop)
            await self.mailroom.restore()
            stack.push_async_callback(self.mailroom.stop)
            await self.phones.restore()
            stack.callback(self.phones.stop)
            stack.push_async_callback(self._stop)
            listening = await self._listen()
            stack.callback(CertificateWatch(self.certificates).stop)
            self._stack = stack.pop_all()
        self.trunks.apply()
        self.started = self.clock.monotonic()
        self.bus.emit(
            ServerStarted(
                at=self.clock.wall(),
                version=__version__,
                listen=tuple(listening),
                configuration=self.configuration.content_hash,
            )
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    async def _stop(self) -> None:
        """Running calls get their BYE, and their phones a moment to answer it."""
        if self._patience is not None:
            self._patience()
        self.watchers.stop()
        self.exchange.stop("the server stops")
        self.trunks.stop()
        if not await self.endpoint.idle(GOODBYE):
            _log.warning("%d sessions did not end in time", self.endpoint.sessions)
        self.bus.emit(ServerStopped(at=self.clock.wall(), why="asked to"))

    def _kernel(self) -> Kernel:
        """What everything that has to do with calls is built on."""
        configuration = self.configuration
        self.endpoint = self._endpoint()
        self.tracer = Tracer(self.endpoint, self.bus, self.clock)
        office = office_of(self.store, self.bus, self.clock, self._spawn, self._random, self._configuration)
        self.mailroom = Mailroom(office, configuration.server.data.absolute() / "voicemail")
        directory = configuration.server.data / "recordings"
        self.recordings = Recordings(directory, self.store.recordings, self.clock, self._spawn)
        return Kernel(
            endpoint=self.endpoint,
            engine=self.engine,
            voices=self.voices,
            mailroom=self.mailroom,
            bus=self.bus,
            clock=self.clock,
            codecs=offered_codecs(configuration.server.media.codecs),
            translates=extra.installed(),
            hold_music=HoldMusic(self.engine, self.voices, self._configuration, self._spawn),
            recorder=Recorder(self.recordings),
        )

    def _build(self) -> None:
        kernel = self._kernel()
        self.location = Location(kernel, self.store.bindings, self._policy)
        self.people = People(kernel, self._configuration, self.store.states)
        self.late_hours = LateHours(kernel, self.store.extensions)
        self.orders = Orders(self._configuration, self.people, self.clock.wall)
        self.keep_alive = KeepAlive(kernel, self.location)
        self.trunks = Trunks(kernel, self._configuration, self._random)
        self.phones = Phones(kernel, self._configuration, self.location, self.store, self._spawn)
        authenticator = Authenticator(secrets.token_bytes(32), algorithms=self.configuration.server.digest)
        admission = Admission(
            self._configuration,
            authenticator,
            self.trunks.of_contact,
            self.endpoint.sockets.peer_names,
            self.phones.password_of,
        )
        self.defence = Defence(kernel, self._configuration, self.location.inhabited)
        self.endpoint.guard(self.defence)
        reception = Reception(kernel, admission, self.defence)
        self.exchange = kernel.parts[Exchange] = Exchange(
            kernel=kernel,
            configuration=self._configuration,
            admission=admission,
            reception=reception,
            defence=self.defence,
            location=self.location,
            trunks=self.trunks,
            equipment=Equipment(
                dialer=Dialer(kernel, self.location, self.trunks, self._configuration, self._random),
                people=self.people,
                late_hours=self.late_hours,
                seats=self.phones.seats,
                perform=self._perform,
            ),
            tasks=self.tasks,
            random=self._random,
        )
        self._serve(kernel, reception)
        self.endpoint.user = self.exchange
        self.engine.subscribe(self.exchange.media_event)

    def _endpoint(self) -> Endpoint:
        server = self.configuration.server
        return Endpoint(
            self.network,
            resolver=self._resolver,
            spawn=self._spawn,
            random=self._random,
            reach=Reach(
                external=server.external_address,
                certificates=self.certificates,
                limits=lambda: self.configuration.server.limits.streams,
                large_by_tcp=server.large_requests == "tcp",
            ),
            session_expires=lambda: self.configuration.server.session_expires,
            server=f"pbxd/{__version__}",
            timers=self._timers,
        )

    def _serve(self, kernel: Kernel, reception: Reception) -> None:
        """Have the exchange serve what is no call: who watches whom, what devices publish, short messages."""
        dialogs = self.exchange.dialogs
        publications = Publications(kernel, reception, lambda resource: published(resource))
        said = PublishedActivities(kernel, self._configuration, self.people, publications)
        states = States(
            self._configuration, self.location, dialogs, publications, self.people, self.mailroom, self.clock.wall
        )
        self.watchers = Watchers(
            kernel=kernel, reception=reception, configuration=self._configuration, dialogs=dialogs, states=states
        )

        def published(resource: Resource) -> None:
            said.changed(resource)
            self.watchers.presence_changed(resource)

        self.notices = Desk(kernel, self._configuration, self.store.outbox, self._spawn, self._sender)
        self.messages = Messages(
            kernel=kernel,
            reception=reception,
            location=self.location,
            configuration=self._configuration,
            store=self.store.messages,
            texting=Texting(kernel, reception, self._configuration, self.notices.carrier),
        )
        self.exchange.handlers |= {
            "SUBSCRIBE": self.watchers.subscribed,
            "PUBLISH": publications.published,
            "MESSAGE": self.messages.sent,
        }
        self.bus.subscribe(self.people.reloaded, ConfigReloaded)
        self.watchers.follow(self.bus)
        self.bus.subscribe(self.messages.registered, Registered)
        self.bus.subscribe(self.phones.registered, Registered)
        self.bus.subscribe(self.phones.reloaded, ConfigReloaded)
        self._distribute(kernel)
        self.bus.subscribe(Alarm(self._configuration, self.messages).emergency_called, EmergencyCalled)

    def _distribute(self, kernel: Kernel) -> None:
        """Have calls wait in queues."""
        self.distribution = kernel.parts[Distribution] = Distribution(
            kernel=kernel,
            configuration=self._configuration,
            people=self.people,
            dialogs=self.exchange.dialogs,
            agents=self.store.agents,
            callbacks=self.store.callbacks,
            chance=self._random,
        )
        self.distribution.originate = lambda situation, party, stay: self.exchange.originate(
            situation, party, partial(call_back.begin, stay=stay)
        )
        self.distribution.notify = camp.Reminders(self._configuration, self.messages).send
        self.watchers.followers.append(self.distribution.surroundings.dialogs_changed)
        self.distribution.follow(self.bus)

    async def _listen(self) -> list[str]:
        """Open every listener. Raises :class:`PbxdError` for one that the operating system refuses."""
        listening = []
        sockets = self.endpoint.sockets
        for listen in self.configuration.server.listen:
            try:
                bound = await sockets.listen(listen.transport, Address(listen.host, listen.port), listen.path)
            except OSError as error:
                reason = os.strerror(error.errno) if error.errno else str(error)
                raise PbxdError(f"can't listen on {listen}: {reason}") from error
            listening.append(f"{listen.transport}://{bound}{listen.path}")
        return listening

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self.tasks.create_task(_guarded(coroutine))

    def _configuration(self) -> Configuration:
        return self.configuration

    def _policy(self) -> Policy:
        return Policy(max_bindings=self.configuration.server.limits.registrations_per_user)

    # Commands ------------------------------------------------------------------------------------------------------

    def install(self, configuration: Configuration) -> None:
        """Make a checked configuration the one that counts. Calls that are being connected go by theirs so long."""
        self.configuration = configuration
        self.exchange.reloaded(configuration)
        self.trunks.apply()
        self.certificates.refresh()
        self.bus.emit(ConfigReloaded(at=self.clock.wall(), configuration=configuration.content_hash))

    def drain(self, seconds: float, done: Callable[[], None]) -> int:
        """Take no new calls, and call ``done`` (perhaps more than once) when those that run have ended, and after
        ``seconds`` at the latest; how many run. Said again, the new ``seconds`` count.
        """
        if self._patience is not None:
            self._patience()
        running = len(self.exchange.calls)
        self._patience = self.endpoint.later(seconds, done)
        self.bus.emit(ServerDraining(at=self.clock.wall(), calls=running, seconds=seconds))
        self.exchange.drain(done)
        return running


async def _guarded(coroutine: Coroutine[Any, Any, None]) -> None:
    """What is spawned by the way must not end the server with a bug of its own."""
    try:
        await coroutine
    except Exception:
        _log.exception("a helper task failed")
