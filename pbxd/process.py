"""The process round a server: event loop, signals, store, log, control socket, reload."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pbxd import cdr
from pbxd.clock import Clock, SystemClock
from pbxd.config import Configuration, load
from pbxd.control import ControlServer
from pbxd.errors import ConfigError, PbxdError
from pbxd.events import CallId, ReloadRefused
from pbxd.journal import Journal, Level
from pbxd.journal.forms import form_named
from pbxd.journal.output import Output
from pbxd.media.engine import Engine
from pbxd.media.remote import ChildEngine
from pbxd.network import Network, RealNetwork
from pbxd.server import Server, interfaces
from pbxd.store import Store

SWITCH_INTERVAL = 0.0002
"""Seconds that another thread may hold Python's lock: the default of 5 ms would be heard."""

_log = logging.getLogger("pbxd.process")


def control_path(configuration: Configuration) -> Path:
    """Where the running server's control socket is."""
    return configuration.server.data / "control.sock"


def run(configuration: Configuration) -> None:
    """Serve until SIGTERM or SIGINT. Raises :class:`PbxdError` or :class:`OSError` when it can't start."""
    import uvloop  # the commands that only look at files don't need it

    sys.setswitchinterval(SWITCH_INTERVAL)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(configuration))


async def serve(configuration: Configuration) -> None:
    """One server on the machine's own network, until a signal ends it."""
    configuration.server.data.mkdir(parents=True, exist_ok=True)
    clock, network = SystemClock(), RealNetwork()
    log = configuration.server.log
    output = Output(sys.stdout.fileno())
    journal = Journal(
        output.write, form_named(log.format, sys.stdout.fileno()), clock, level=Level[log.level.upper()]
    )
    output.attach(asyncio.get_running_loop())
    try:
        with journal.libraries():
            await _serve(configuration, clock, network, journal)
    finally:
        output.detach()


async def _serve(configuration: Configuration, clock: Clock, network: Network, journal: Journal) -> None:
    store = await Store.open(configuration.server.database, clock, record_of=cdr.call_record)
    server = Server(configuration, network=network, clock=clock, store=store, engine=_engine(configuration))
    server.bus.subscribe(journal)
    stop = asyncio.Event()
    async with server:
        control = ControlServer(control_path(configuration), _Commands(server, stop).table(), tasks=server.tasks)
        await control.start()
        try:
            for line in configuration.inactive:
                _log.info(line)
            _on_signals(server, stop)
            # What was built so far lives as long as the process; the collector need not look at it again.
            gc.collect()
            gc.freeze()
            gc.set_threshold(20_000, 20, 100)
            await stop.wait()
        finally:
            control.close()


def _engine(configuration: Configuration) -> Engine | None:
    """The engine that the configuration names; ``None`` for the one in this process."""
    media = configuration.server.media
    if media.engine != "child":
        return None
    ports = range(media.rtp_ports.first, media.rtp_ports.last + 1)
    return ChildEngine(interfaces=interfaces(configuration), ports=ports)


def _on_signals(server: Server, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def hangup() -> None:
        server.tasks.create_task(_reload_on_signal(server), name="reload")

    loop.add_signal_handler(signal.SIGHUP, hangup)


async def _reload_on_signal(server: Server) -> None:
    with contextlib.suppress(PbxdError):  # refused, which the journal has said
        await reload(server)


async def reload(server: Server) -> Configuration:
    """Read the configuration again and put it in force; on any error nothing changes.

    The files are read in a child process, so that sound is not disturbed. Raises :class:`ConfigError`.
    """
    loop = asyncio.get_running_loop()
    try:
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
            configuration = await loop.run_in_executor(pool, load, server.configuration.path)
    except ConfigError as error:
        problems = tuple(map(str, error.problems))
        server.bus.emit(ReloadRefused(at=server.clock.wall(), problems=problems))
        raise
    server.install(configuration)
    return configuration


class _Commands:
    """What the control socket answers."""

    def __init__(self, server: Server, stop: asyncio.Event) -> None:
        self._server = server
        self._stop = stop

    def table(self) -> dict[str, Any]:
        return {"status": self.status, "reload": self.reload, "hangup": self.hangup, "stop": self.stop}

    def status(self) -> dict[str, Any]:
        return self._server.status()

    async def reload(self) -> dict[str, Any]:
        configuration = await reload(self._server)
        return {"configuration": configuration.content_hash}

    def hangup(self, call: str) -> dict[str, Any]:
        if not self._server.exchange.hangup(CallId(call), "hung up by an operator"):
            raise ValueError(f"there is no call {call}; pbxd status lists those that run")
        return {"call": call}

    def stop(self) -> dict[str, Any]:
        self._stop.set()
        return {}
