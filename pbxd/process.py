"""The process round a server: event loop, signals, store, log, control socket, reload."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any
from weakref import ref

import pbxd.store.database  # noqa: F401 - what Store.open takes longest for: loaded while the files are read
from pbxd import cdr
from pbxd.calendars.children import Children
from pbxd.calendars.minder import Calendars
from pbxd.calls.interfaces import interfaces
from pbxd.calls.voice_messages import VoiceMessages
from pbxd.chance import BlockRandom
from pbxd.clock import Clock, SystemClock
from pbxd.config.place import control_socket
from pbxd.config.snapshot import Configuration, ServerConfig
from pbxd.control import Command, ControlServer
from pbxd.ending import Ending
from pbxd.errors import ConfigError, PbxdError
from pbxd.events import ReloadRefused
from pbxd.journal import Journal, Level
from pbxd.journal.forms import form_named
from pbxd.journal.output import Output
from pbxd.load import Load
from pbxd.media.engine import Engine
from pbxd.media.remote import ChildEngine
from pbxd.metrics.families import as_data, families
from pbxd.network import RealNetwork
from pbxd.orders import Orders
from pbxd.server import Server
from pbxd.standing import bindings, problems, standing
from pbxd.store import Store
from pbxd.systemd import ServiceManager
from pbxd.tools import handover
from pbxd.tools.reader import Reader
from pbxd.webprocess import WebProcess

SWITCH_INTERVAL = 0.0002
"""Seconds that another thread may hold Python's lock: the default of 5 ms would be heard."""
COLLECTOR = (20_000, 20, 100)
"""Thresholds of the garbage collector. What a call leaves is mostly gone by reference count, and the rest can wait some
hundred calls; with the default thresholds the collector looked for it every four."""
CALL_DESCRIPTORS = 4
"""Descriptors of a call: two media ports of two sockets each."""
OTHER_DESCRIPTORS = 256
"""Listeners, database, log, and some connections."""
PREPARE_AFTER = 20.0
"""Seconds after a start or reload in which calls have the machine for themselves, before prompts are made ahead."""
LET_GO_EVERY = 10.0
"""Seconds after which it is looked again whether a configuration that was replaced is still followed by a call."""
RELOADED = frozenset({"limits", "drain", "smtp", "sms", "webhooks", "api_tokens"})
"""What of the server's own file is looked up whenever it counts; the rest is read at start."""

_log = logging.getLogger("pbxd.process")


class StartError(PbxdError):
    """The server can't start, in one line for whoever started it."""


def run(configuration: Configuration, started: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; ``started`` is called when the server answers.

    Raises :class:`StartError`.
    """
    import uvloop  # the commands that only ask a running server don't need it

    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_logged(configuration, started))
    except (PbxdError, OSError, ExceptionGroup) as error:
        causes = list(_causes(error))
        if all(isinstance(cause, PbxdError | OSError) for cause in causes):
            raise StartError(str(causes[0])) from error
        raise


def _causes(error: BaseException) -> Iterator[BaseException]:
    """What task groups have wrapped."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _causes(inner)
    else:
        yield error


async def _logged(configuration: Configuration, started: Callable[[], None]) -> None:
    clock, log = SystemClock(), configuration.server.log
    output = Output(sys.stderr.fileno())
    form = form_named(log.format, sys.stderr.fileno())
    journal = Journal(output.write, form, clock, level=Level[log.level.upper()])
    output.attach(asyncio.get_running_loop())
    try:
        with journal.libraries():
            await Process(configuration, clock, journal, output).serve(started)
    finally:
        output.detach()


class Process:
    """One server on the machine's own network, and the ways in which an operator reaches it."""

    def __init__(self, configuration: Configuration, clock: Clock, journal: Journal, output: Output) -> None:
        self._configuration = configuration
        self._clock = clock
        self._journal = journal
        self._output = output
        self._loop = asyncio.get_running_loop()
        self._manager = ServiceManager(os.environ, os.getpid(), clock.monotonic)
        self._load = Load(self._loop)
        self._ending = Ending(self._manager, last_words=output.detach)
        self._server: Server | None = None
        self._commands: dict[str, Command] = {}
        """Of the control socket; those about phones and voice messages once there is a server."""
        self._reloading = asyncio.Lock()
        self._reader: Reader | None = None
        self._reloaded = asyncio.Event()

    async def serve(self, started: Callable[[], None]) -> None:
        """Start, serve until told to stop, and stop."""
        path = control_socket(_make_directory(self._configuration.server.data))
        _check_directory(self._configuration.server.database)
        async with asyncio.TaskGroup() as tasks:
            self._ending.heed_signals()
            self._loop.add_signal_handler(signal.SIGHUP, lambda: tasks.create_task(self._reload_on_signal()))
            # Before the store is opened: whoever holds the control socket is the one server of this directory.
            self._commands |= {
                "status": self.status,
                "health": self.health,
                "metrics": self.metrics,
                "reload": self.reload,
                "drain": self.drain,
                "stop": self.stop,
                **Orders(self._running, partial(self._journal.line, Level.INFO, "sip-message")).commands(),
            }
            control = ControlServer(path, self._commands, tasks=tasks)
            await control.start()
            try:
                await self._serve(started, tasks)
            finally:
                control.close()
                self._load.stop()
                if self._reader is not None:
                    self._reader.kill()

    async def _serve(self, started: Callable[[], None], tasks: asyncio.TaskGroup) -> None:
        configuration = self._configuration
        _raise_descriptor_limit(configuration.server.limits.calls)
        for line in configuration.warnings:
            _log.warning(line)
        for line in configuration.inactive:
            _log.info(line)
        settings = configuration.server
        store = await Store.open(
            settings.database, self._clock, record_of=cdr.call_record, ledger_days=settings.ledger_days
        )
        engine = _engine(configuration)
        server = Server(configuration, network=RealNetwork(), clock=self._clock, store=store, engine=engine)
        server.bus.subscribe(self._journal)
        async with server:
            self._server = self._ending.server = server
            self._commands |= server.phones.commands()
            self._commands |= VoiceMessages(lambda: server.configuration, server.mailroom).commands()
            calendars = self._calendars(server)
            self._commands |= calendars.commands()
            self._ending.patience = lambda: server.configuration.server.drain
            started()
            self._manager.ready()
            self._manager.keep_watched(self._loop.call_later)
            # What was built so far lives as long as the process; the collector need not look at it again.
            gc.collect()
            gc.freeze()
            gc.set_threshold(*COLLECTOR)
            beside = [
                tasks.create_task(self._serve_http(), name="web"),
                tasks.create_task(self._keep_prompts(server), name="prompts"),
                tasks.create_task(calendars.run(), name="calendars"),
            ]
            await self._ending.wait()
            for task in beside:
                task.cancel()

    def _calendars(self, server: Server) -> Calendars:
        return Calendars(
            configuration=lambda: server.configuration,
            people=server.people,
            bus=server.bus,
            clock=self._clock,
            fetcher=Children(),
            random=BlockRandom(),
        )

    async def _serve_http(self) -> None:
        server = self._configuration.server
        if server.http is not None:
            await WebProcess(server.http, server.tls, control_socket(server.data), server.log).run()

    async def _keep_prompts(self, server: Server) -> None:
        """Have what callers will hear be there before they call."""
        while True:
            await asyncio.sleep(PREPARE_AFTER)
            await server.voices.prepare(server.configuration.organizations.values())
            self._reloaded.clear()
            await self._reloaded.wait()

    # Signals -------------------------------------------------------------------------------------------------------

    async def _reload_on_signal(self) -> None:
        with contextlib.suppress(PbxdError):  # the log has it
            await self.reload()

    # Commands ------------------------------------------------------------------------------------------------------

    def _running(self) -> Server:
        if self._server is None:
            raise PbxdError("pbxd is starting")
        return self._server

    def status(self) -> dict[str, Any]:
        """What lives now, and what it takes."""
        server = self._running()
        return {**self._standing(server), "bindings": bindings(server)}

    def metrics(self) -> dict[str, Any]:
        """Every figure, for whoever watches from outside."""
        server = self._running()
        return {"families": as_data(families(server.figures, self._standing(server)))}

    def _standing(self, server: Server) -> dict[str, Any]:
        return standing(server, load=self._load.status(), lost_lines=self._output.lost)

    def health(self) -> dict[str, Any]:
        """Whether calls should be sent here, and why not."""
        found = problems(self._server) if self._server is not None else ["pbxd is starting"]
        return {"ready": not found, "problems": found}

    async def reload(self) -> dict[str, Any]:
        """Read the configuration again and put it in force; with any problem nothing changes.

        One after the other: who asks while another reload runs gets the files as they are after that.
        """
        server = self._running()
        async with self._reloading:
            with self._manager.reloading():
                return await self._reload(server)

    async def _reload(self, server: Server) -> dict[str, Any]:
        try:
            configuration = await self._read(server.configuration.path)
        except (PbxdError, OSError) as error:
            if self._ending.stopping:
                raise PbxdError("pbxd stops") from error
            problems = list(map(str, error.problems if isinstance(error, ConfigError) else [error]))
            server.bus.emit(ReloadRefused(at=self._clock.wall(), problems=tuple(problems)))
            return {"problems": problems}
        self._let_go_of(server.configuration)
        server.install(configuration)
        self._reloaded.set()
        gc.freeze()  # a snapshot of 10,000 users is not for the collector to walk through
        waiting = _waiting_for_restart(self._configuration.server, configuration.server)
        if waiting:
            _log.warning("changed, and in force only after a restart: %s", ", ".join(waiting))
        return {"problems": [], "configuration": configuration.content_hash, "needs_restart": waiting}

    async def _read(self, path: Path) -> Configuration:
        self._reader = Reader(path)
        try:
            # A thread: unpickling many users gives Python's lock away every now and then, a callback would not.
            return await self._loop.run_in_executor(None, self._reader.result)
        finally:
            self._reader = None

    def drain(self, limit: float | None = None) -> dict[str, Any]:
        """Stop when the calls that run have ended, and after ``limit`` seconds at the latest."""
        seconds = float(self._running().configuration.server.drain if limit is None else limit)
        return {"calls": self._ending.drain(seconds), "seconds": seconds}

    def stop(self) -> dict[str, Any]:
        """End calls, keep what is to be kept, and go."""
        self._ending.stop()
        return {}

    def _let_go_of(self, configuration: Configuration) -> None:
        """Forget a configuration in slices, once the last call that follows it is over."""
        if configuration is self._configuration:
            return  # which stays as long as the process does
        parts, alive = handover.parts(configuration), ref(configuration)

        def some(steps: Iterator[None]) -> None:
            if alive() is not None:
                self._loop.call_later(LET_GO_EVERY, some, steps)
            elif next(steps, steps) is not steps:
                self._loop.call_soon(some, steps)

        self._loop.call_later(LET_GO_EVERY, some, handover.forget(parts))


def _engine(configuration: Configuration) -> Engine | None:
    """The engine that the configuration names; ``None`` for the one in this process."""
    media = configuration.server.media
    if media.engine != "child":
        return None
    ports = range(media.rtp_ports.first, media.rtp_ports.last + 1)
    return ChildEngine(interfaces=interfaces(configuration), ports=ports, silence=media.timeout)


def _waiting_for_restart(running: ServerConfig, wanted: ServerConfig) -> list[str]:
    """The keys of the server's file that differ and are read at start only."""
    names = [field.name for field in fields(ServerConfig) if field.name not in RELOADED]
    return [name for name in names if getattr(running, name) != getattr(wanted, name)]


def _make_directory(data: Path) -> Path:
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StartError(f"the data directory {data} can't be made: {reason}") from error
    return data


def _check_directory(database: str) -> None:
    """SQLite says of a directory that is missing only that it is unable to open the file."""
    if database.startswith("sqlite:///"):
        directory = Path(database.removeprefix("sqlite:///")).parent
        if not directory.is_dir():
            raise StartError(f"the database's directory {directory} does not exist")


def _raise_descriptor_limit(calls: int) -> None:
    """Take as many file descriptors as the system gives, and say so if they are too few for the configured calls."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # macOS gives less than it says
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    needed = calls * CALL_DESCRIPTORS + OTHER_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < needed:
        _log.warning("limits.calls needs %d file descriptors, and the system gives %d (ulimit -n)", needed, soft)
