"""The process that sends letters, from outside: started for the first, ended when there have been none for a while.

The child is ``python -m pbxd.notices.channels``. One line of JSON each way for a letter and what came of it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Final, TypeAlias

from pbxd.config.gateways import SmppGateway, SmsConfig, SmtpConfig, WebhookConfig
from pbxd.notices.letter import Channel, Delayed, Letter, Outcome, Refused, Sent, Unreachable, as_data

MODULE: Final = "pbxd.notices.channels"
SEND_WITHIN: Final = 150.0
"""Seconds after which a child that has not answered is ended; it gives up by itself well before."""
IDLE: Final = 300.0
"""Seconds for which a child waits for another letter."""
MAX_LINE: Final = 1 << 20
END_WITHIN: Final = 5.0
"""Seconds that a child may take to end after it has said so."""

Settings: TypeAlias = tuple[SmtpConfig | None, SmsConfig | None, tuple[WebhookConfig, ...]]
_OUTCOMES: Final[dict[str, Callable[..., Outcome]]] = {
    "refused": Refused,
    "delayed": Delayed,
    "unreachable": Unreachable,
}
_log = logging.getLogger("pbxd.notices")


class Post:
    """A :class:`pbxd.notices.letter.Sender` by mail server and SMS gateway, as they are configured at the moment."""

    def __init__(self, settings: Callable[[], Settings], spawn: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._settings = settings
        self._spawn = spawn
        self._reported: Callable[[int, str], None] = _ignored
        self._starting = asyncio.Lock()
        self._child: _Child | None = None
        self._children: set[_Child] = set()
        """With those that were told to end, and may have something to answer yet."""

    @property
    def child(self) -> int | None:
        """Process id of the child that runs now."""
        return self._child.pid if self._child is not None and self._child.alive else None

    def can(self, channel: Channel) -> bool:
        smtp, sms, webhooks = self._settings()
        return bool({"email": smtp, "sms": sms, "webhook": webhooks}[channel])

    def subscribe(self, reported: Callable[[int, str], None]) -> None:
        self._reported = reported

    async def send(self, notice: int, letter: Letter) -> Outcome:
        try:
            child = await self._running()
        except OSError as error:
            return Unreachable(reason=f"no process for it: {error.strerror}")
        try:
            async with asyncio.timeout(SEND_WITHIN):
                return await child.ask(notice, letter)
        except TimeoutError:
            child.end()
            return Delayed(reason=f"nothing was heard of it for {SEND_WITHIN:g} s")

    async def _running(self) -> _Child:
        """The child with the settings that count now."""
        async with self._starting:
            settings = self._settings()
            if self._child is not None and (not self._child.alive or self._child.settings != settings):
                self._child.retire()
                self._child = None
            if self._child is None:
                self._child = await _Child.start(settings, self._reported)
                self._spawn(self._mind(self._child))
            return self._child

    async def _mind(self, child: _Child) -> None:
        self._children.add(child)
        try:
            await child.read()
        finally:
            self._children.discard(child)

    def stop(self) -> None:
        for child in self._children:
            child.end()


class _Child:
    """One process. Made by :meth:`start` only."""

    def __init__(
        self, process: asyncio.subprocess.Process, settings: Settings, reported: Callable[[int, str], None]
    ) -> None:
        self._process = process
        self.settings = settings
        self._reported = reported
        self._asked: dict[int, asyncio.Future[Outcome]] = {}
        self._idle: asyncio.TimerHandle | None = None
        self._ended = False
        self.alive = True
        """Whether it takes letters; one that was told to end does not."""

    @classmethod
    async def start(cls, settings: Settings, reported: Callable[[int, str], None]) -> _Child:
        """Start a process and tell it what is configured. Raises :class:`OSError`."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            MODULE,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=MAX_LINE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(entry or os.curdir for entry in sys.path)},
            # Signals from the terminal are for the server, which then ends its child.
            start_new_session=True,
        )
        child = cls(process, settings, reported)
        smtp, sms, webhooks = settings
        secrets = {webhook.url: webhook.secret for webhook in webhooks}
        child._write({"smtp": _plain(smtp), "sms": _plain(sms), "webhooks": secrets})
        return child

    @property
    def pid(self) -> int:
        return self._process.pid

    def _write(self, data: dict[str, Any]) -> None:
        assert self._process.stdin is not None, "it was made with a pipe"
        self._process.stdin.write(json.dumps(data).encode() + b"\n")

    async def ask(self, notice: int, letter: Letter) -> Outcome:
        """What came of sending it."""
        if self._idle is not None:
            self._idle.cancel()
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._asked[notice] = answer
        self._write({"notice": notice, "letter": as_data(letter)})
        try:
            return await answer
        finally:
            self._asked.pop(notice, None)
            self._rest()

    def _rest(self) -> None:
        """Let the process go that nobody wants anything from; one that listens for reports stays."""
        listens = self.settings[1] is not None and isinstance(self.settings[1].gateway, SmppGateway)
        if self.alive and not self._asked and not listens:
            self._idle = asyncio.get_running_loop().call_later(IDLE, self.retire)

    async def read(self) -> None:
        """Hear what the child says, until it is gone."""
        assert self._process.stdout is not None, "it was made with a pipe"
        try:
            while line := await self._process.stdout.readline():
                self._heard(json.loads(line))
        finally:
            self._forget()
            # One that closed its output has ended or is about to. To signal it now could take its status from asyncio.
            with suppress(TimeoutError):
                async with asyncio.timeout(END_WITHIN):
                    await self._process.wait()
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()

    def _heard(self, said: dict[str, Any]) -> None:
        match said:
            case {"notice": int(notice), "outcome": str(outcome), "reason": str(reason)}:
                answer = self._asked.get(notice)
                if answer is not None and not answer.done():
                    made = _OUTCOMES.get(outcome)
                    answer.set_result(Sent() if made is None else made(reason=reason))
            case {"report": int(notice), "state": str(state)}:
                self._reported(notice, state)
            case _:
                _log.error("the process that sends mails and SMS said what it should not")

    def retire(self) -> None:
        """Have it end when it has answered what it was asked."""
        self.alive = False
        if self._process.stdin is not None:
            self._process.stdin.close()

    def end(self) -> None:
        """End it at once; what it was asked is not answered any more."""
        if not self._ended and self._process.returncode is None:
            self._process.kill()
        self._forget()

    def _forget(self) -> None:
        self.alive = False
        self._ended = True
        if self._idle is not None:
            self._idle.cancel()
        for answer in self._asked.values():
            if not answer.done():
                answer.set_result(Delayed(reason="the process that sends it has ended"))


def _ignored(notice: int, state: str) -> None:
    """Nobody wants to know."""


def _plain(settings: SmtpConfig | SmsConfig | None) -> dict[str, Any] | None:
    """The settings as JSON can hold them."""
    if settings is None:
        return None
    found = asdict(settings)
    if isinstance(settings, SmsConfig):
        found["kind"] = "smpp" if isinstance(settings.gateway, SmppGateway) else "http"
        found["gateway"]["ca"] = _path(settings.gateway.ca)
    else:
        found["ca"] = _path(settings.ca)
    return found


def _path(path: object) -> str | None:
    return str(path) if path is not None else None
