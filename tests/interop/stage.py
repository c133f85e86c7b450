"""Where an interop test takes place: one server, and peers that appear as the test asks for them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.interop.part import DOMAIN, Part
from tests.interop.server import House, Server, secret
from tests.interop.sipp import SIPP, Account, Sipp

SIP_PORT = 5060


class Stage:
    """Makes the server and SIPp peers of one test, and clears them away.

    The server is started by the first use of :attr:`server`, after which :attr:`house` must not be changed. Unless
    :attr:`forked` is made false it is a fork of a process that has done its imports (:mod:`tests.interop.nursery`).
    """

    def __init__(self, loopback: Callable[[], str], directory: Path) -> None:
        self.place = loopback
        self.directory = directory
        self.house = House(address=loopback())
        self.forked = True
        self._server: Server | None = None
        self._playing: list[Sipp] = []
        self._serial = itertools.count(1)

    @property
    def server(self) -> Server:
        """The running server."""
        if self._server is None:
            self._server = Server(self.house, self.directory / "server", forked=self.forked)
            self._server.start()
        return self._server

    def phone(self, device: str, *, expires: int = 600) -> SippPhone:
        """A phone of the house that has registered over UDP."""
        phone = SippPhone(self, device, self.place())
        phone.registers(expires=expires)
        return phone

    def stranger(self, name: str = "stranger") -> SippPhone:
        """A peer that does not register: a carrier, or somebody the server does not know."""
        return SippPhone(self, name, self.place())

    def plays(self, *only: Sipp) -> None:
        """Wait until all peers (or ``only`` some) have played their parts to the end; one that failed ends the play."""
        playing = list(only) or self._playing
        self._playing = [sipp for sipp in self._playing if sipp not in playing]
        while any(sipp.status is None for sipp in playing) and not any(sipp.status for sipp in playing):
            time.sleep(0.02)
        failed = [sipp for sipp in playing if sipp.status]
        for sipp in playing:
            sipp.stop()
        if failed:
            stories = [sipp.story() for sipp in (failed[0], *(other for other in playing if other is not failed[0]))]
            pytest.fail("\n\n".join([*stories, self._server.story() if self._server else ""]))

    def sipp(self, name: str, part: Part, local: tuple[str, int], *, waiting: bool, **more: Any) -> Sipp:
        """Start a SIPp on the stage."""
        if SIPP is None:
            pytest.skip("SIPp (Debian package sip-tester) is not installed")
        directory = self.directory / f"{next(self._serial):02d}-{name}"
        sipp = Sipp(part, directory=directory, local=local, **more)
        self._playing.append(sipp)
        sipp.start(waiting=waiting)
        return sipp

    def clear(self) -> None:
        """Stop what still runs; the server has to end well."""
        for sipp in self._playing:
            sipp.stop()
        if self._server is not None:
            self._server.stop()


class SippPhone:
    """A phone (or carrier) at an address, played by SIPp: one process for each part."""

    def __init__(self, stage: Stage, name: str, host: str) -> None:
        self.name = name
        self.host = host
        self._stage = stage

    @property
    def local(self) -> tuple[str, int]:
        return self.host, SIP_PORT

    def registers(self, *, expires: int = 600, password: str | None = None, part: Part | None = None) -> None:
        """Register over UDP (or play another part with the registrar) and see it done."""
        usual = Part.registering(self.name).registers(expires=expires).challenged().registers(expires=expires).gets(200)
        account = Account(user=self.name, password=secret(self.name) if password is None else password)
        remote = self._stage.server.address
        sipp = self._stage.sipp(
            f"{self.name}-registers", part or usual, self.local, waiting=False, remote=remote, account=account
        )
        self._stage.plays(sipp)

    def waits(self, part: Part, *, transport: str = "u1", calls: int = 1, options: Sequence[str] = ()) -> Sipp:
        """Be ready for calls."""
        name = f"{self.name}-called"
        return self._stage.sipp(name, part, self.local, waiting=True, transport=transport, calls=calls, options=options)

    def calls(
        self,
        number: str,
        part: Part,
        *,
        transport: str = "u1",
        calls: int = 1,
        password: str | None = None,
        options: Sequence[str] = (),
    ) -> Sipp:
        """Call (or send whatever the part begins with) through the server."""
        account = Account(
            user=self.name, password=secret(self.name) if password is None else password, uri=f"{number}@{DOMAIN}"
        )
        return self._stage.sipp(
            f"{self.name}-calls",
            part,
            self.local,
            waiting=False,
            remote=self._stage.server.address,
            account=account,
            transport=transport,
            calls=calls,
            options=options,
        )
