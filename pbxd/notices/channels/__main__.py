"""``python -m pbxd.notices.channels``: reads letters, sends them, says what came of each."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pbxd.clock import SystemClock
from pbxd.config.gateways import HttpGateway, SmppGateway, SmtpConfig
from pbxd.notices.channels.bodies import MailTooOdd
from pbxd.notices.letter import Delayed, Hook, Letter, Mail, Outcome, Refused, Sent, Sms, Unreachable, from_data

if TYPE_CHECKING:
    from pbxd.notices.channels.webhook import Webhook

MAX_LINE = 1 << 20
AT_THE_END = 60.0
"""Seconds that what is under way gets when there is nothing more to do."""


class Gateway(Protocol):
    """Where SMS go."""

    async def send(self, notice: int, sms: Sms) -> Outcome: ...

    async def close(self) -> None: ...


class Office:
    """Sends letters by what is configured; libraries are imported for the first that needs them."""

    def __init__(self, smtp: dict[str, Any] | None, sms: dict[str, Any] | None, webhooks: dict[str, Any]) -> None:
        self._smtp = SmtpConfig(**{**smtp, "ca": _path(smtp["ca"])}) if smtp is not None else None
        self._sms = sms
        self._gateway: Gateway | None = None
        self._webhooks = webhooks
        self._webhook: Webhook | None = None

    async def send(self, notice: int, letter: Letter) -> Outcome:
        """Try once."""
        try:
            match letter:
                case Mail():
                    return await self._mail(letter)
                case Sms():
                    return await self._text(notice, letter)
                case Hook():
                    return await self._hook(letter)
        except MailTooOdd as error:
            return Refused(reason=str(error))
        except (OSError, TimeoutError) as error:
            return Unreachable(reason=str(error) or type(error).__name__)
        except ImportError as error:
            return Unreachable(reason=f"{error.name} is not installed")

    async def _mail(self, mail: Mail) -> Outcome:
        if self._smtp is None:
            return Delayed(reason="no mail server is configured")
        from pbxd.notices.channels.mail import send

        return await send(mail, self._smtp)

    async def _text(self, notice: int, sms: Sms) -> Outcome:
        if self._sms is None:
            return Delayed(reason="no SMS gateway is configured")
        if self._gateway is None:
            self._gateway = _gateway(self._sms)
        return await self._gateway.send(notice, sms)

    async def _hook(self, hook: Hook) -> Outcome:
        if self._webhook is None:
            from pbxd.notices.channels.webhook import Webhook

            self._webhook = Webhook(self._webhooks, SystemClock().wall)
        return await self._webhook.send(hook)

    async def close(self) -> None:
        if self._gateway is not None:
            await self._gateway.close()
        if self._webhook is not None:
            await self._webhook.close()


def _gateway(sms: dict[str, Any]) -> Gateway:
    settings = {**sms["gateway"], "ca": _path(sms["gateway"]["ca"])}
    if sms["kind"] == "smpp":
        from pbxd.notices.channels.smpp import Smpp

        return Smpp(SmppGateway(**settings), reported=lambda notice, state: say({"report": notice, "state": state}))
    from pbxd.notices.channels.http import Http

    return Http(HttpGateway(**settings))


def _path(text: str | None) -> Path | None:
    return Path(text) if text is not None else None


def say(data: dict[str, Any]) -> None:
    """One line to the server, which may be gone: then its next run sends again what it does not know was sent."""
    with suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), json.dumps(data).encode() + b"\n")


async def _work(office: Office, order: dict[str, Any]) -> None:
    notice = order["notice"]
    try:
        outcome = await office.send(notice, from_data(order["letter"]))
    except Exception as error:
        outcome = Refused(reason=f"a bug in pbxd: {error!r}")
    reason = "" if isinstance(outcome, Sent) else outcome.reason
    say({"notice": notice, "outcome": type(outcome).__name__.lower(), "reason": " ".join(reason.split())[:500]})


async def main() -> None:
    """Until there is nothing more to read."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MAX_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    first = json.loads(await reader.readline())
    office = Office(first["smtp"], first["sms"], first["webhooks"])
    try:
        async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as tasks:
            while line := await reader.readline():
                tasks.create_task(_work(office, json.loads(line)))
            limit.reschedule(loop.time() + AT_THE_END)
    finally:
        await office.close()


if __name__ == "__main__":
    asyncio.run(main())
