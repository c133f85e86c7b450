"""SMS by SMPP 3.4: one session with the operator's message centre, opened when it is needed."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from pbxd.config.gateways import SmppGateway
from pbxd.notices.channels import pdu
from pbxd.notices.channels.pdu import ANSWER, INVALID_COMMAND, OK, Command, Pdu
from pbxd.notices.gsm import MAX_PARTS, encoded, header
from pbxd.notices.letter import Delayed, Outcome, Refused, Sent, Sms, Unreachable

ANSWER_WITHIN: Final = 20.0
"""Seconds for each answer of the centre."""
ASK_EVERY: Final = 30.0
"""Seconds of silence after which it is asked whether it is there."""
MAX_TRACKED: Final = 10_000
"""Parts whose receipts are awaited."""
FOR_NOW: Final = frozenset({0x08, 0x14, 0x45, 0x58})
"""System error, queue full, submitting failed, throttled (section 5.1.3)."""
NOT_OF_THE_SMS: Final = frozenset({0x04, 0x05, 0x0D, 0x0E, 0x0F})
"""What is wrong with the session or with who we are."""
VENDORS: Final = 0x400
"""Statuses from here on mean what the operator says."""

Reported = Callable[[int, str], None]


class Lost(Exception):
    """The session is over."""


@dataclass(slots=True)
class _Tracked:
    """An SMS whose parts have not all been told of."""

    notice: int
    left: int


class Smpp:
    """A message centre. Sessions are opened when there is something to send, and kept for receipts."""

    def __init__(self, gateway: SmppGateway, reported: Reported) -> None:
        self._gateway = gateway
        self._reported = reported
        self._opening = asyncio.Lock()
        self._session: _Session | None = None
        self._reference = random.randrange(256)  # noqa: S311  tells apart what one phone gets at a time
        self._tracked: dict[str, _Tracked] = {}

    async def send(self, notice: int, sms: Sms) -> Outcome:
        """Hand in all parts. Raises :class:`OSError` where the centre can't be reached."""
        text = encoded(sms.text)
        if len(text.parts) > MAX_PARTS:
            return Refused(reason=f"the text takes {len(text.parts)} SMS, and {MAX_PARTS} are the most")
        try:
            async with self._opening:
                session = self._session
                if session is None or session.closed:
                    session = self._session = await _open(self._gateway, self._receipt)
            return await self._submit(session, notice, sms, unicode=text.unicode, parts=text.parts)
        except Lost as error:
            return Unreachable(reason=str(error))
        except TimeoutError:
            return Unreachable(reason=f"the message centre did not answer within {ANSWER_WITHIN:g} s")

    async def _submit(
        self, session: _Session, notice: int, sms: Sms, *, unicode: bool, parts: tuple[bytes, ...]
    ) -> Outcome:
        tracked = _Tracked(notice, len(parts))
        reference = self._reference = (self._reference + 1) % 256
        several = len(parts) > 1
        for number, part in enumerate(parts, 1):
            start = header(reference, number, len(parts)) if several else b""
            answer = await session.ask(
                lambda sequence, text=start + part: pdu.submit(  # type: ignore[misc]
                    sequence, sender=sms.sender, to=sms.to, unicode=unicode, text=text, concatenated=several
                )
            )
            if answer.status != OK:
                return outcome(answer.status)
            self._track(pdu.message_id(answer.body), tracked)
        return Sent()

    def _track(self, message: str, tracked: _Tracked) -> None:
        self._tracked[message] = tracked
        if len(self._tracked) > MAX_TRACKED:
            del self._tracked[next(iter(self._tracked))]

    def _receipt(self, receipt: pdu.Receipt) -> None:
        """An SMS is delivered when all of its parts are, and is not as soon as one is not."""
        tracked = self._tracked.pop(receipt.message, None)
        if tracked is None or not tracked.left:
            return
        tracked.left = tracked.left - 1 if receipt.state == "delivered" else 0
        if not tracked.left:
            self._reported(tracked.notice, receipt.state)

    async def close(self) -> None:
        if self._session is not None:
            self._session.leave()


def outcome(status: int) -> Outcome:
    """What a status says: of this SMS, or of the way that all of them go."""
    reason = f"the message centre says {status:#010x}"
    if status in NOT_OF_THE_SMS:
        return Unreachable(reason=reason)
    return Delayed(reason=reason) if status in FOR_NOW or status >= VENDORS else Refused(reason=reason)


async def _open(gateway: SmppGateway, receipt: Callable[[pdu.Receipt], None]) -> _Session:
    """A bound session. Raises :class:`OSError`, :class:`Lost`."""
    context = ssl.create_default_context(cafile=gateway.ca) if gateway.security == "tls" else None
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(ANSWER_WITHIN):
        _, session = await loop.create_connection(lambda: _Session(receipt), gateway.host, gateway.port, ssl=context)
    try:
        answer = await session.ask(
            lambda sequence: pdu.bind(sequence, gateway.system_id, gateway.password, gateway.system_type)
        )
    except TimeoutError:
        session.abort()
        raise
    if answer.status != OK:
        session.abort()
        raise Lost(f"the message centre does not let us in: {answer.status:#010x}")
    return session


class _Session(asyncio.Protocol):
    """One connection: requests by their sequence numbers, and what the centre says on its own."""

    _transport: asyncio.Transport

    def __init__(self, receipt: Callable[[pdu.Receipt], None]) -> None:
        self._receipt = receipt
        self._received = bytearray()
        self._asked: dict[int, asyncio.Future[Pdu]] = {}
        self._sequence = 0
        self._loop = asyncio.get_running_loop()
        self._silence = self._loop.call_later(ASK_EVERY, self._silent)
        self._waits = False
        """Whether it was asked if it is there, and has said nothing since."""
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._silence.cancel()
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(Lost(f"the connection to the message centre is gone{f': {exc}' if exc else ''}"))

    async def ask(self, request: Callable[[int], Pdu]) -> Pdu:
        """The answer to a request, which is made for its sequence number. Raises :class:`Lost`, ``TimeoutError``."""
        if self.closed:
            raise Lost("the connection to the message centre is gone")
        sequence = self._next()
        answer: asyncio.Future[Pdu] = self._loop.create_future()
        self._asked[sequence] = answer
        self._transport.write(bytes(request(sequence)))
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                return await answer
        finally:
            del self._asked[sequence]

    def _next(self) -> int:
        self._sequence = self._sequence % 0x7FFFFFFF + 1
        return self._sequence

    def data_received(self, data: bytes) -> None:
        self._waits = False
        self._silence.cancel()
        self._silence = self._loop.call_later(ASK_EVERY, self._silent)
        self._received += data
        try:
            for found in pdu.take(self._received):
                self._heard(found)
        except ValueError:
            self.abort()

    def _heard(self, found: Pdu) -> None:
        if found.command & ANSWER:
            answer = self._asked.get(found.sequence)
            if answer is not None and not answer.done():
                answer.set_result(found)
            return
        match found.command:
            case Command.DELIVER_SM:
                self._answer(found, body=b"\0")
                receipt = pdu.receipt(found.body)
                if receipt is not None:
                    self._receipt(receipt)
            case Command.ENQUIRE_LINK:
                self._answer(found)
            case Command.UNBIND:
                self._answer(found)
                self.closed = True
                self._transport.close()
            case _:
                nack = Pdu(command=Command.GENERIC_NACK, status=INVALID_COMMAND, sequence=found.sequence)
                self._transport.write(bytes(nack))

    def _answer(self, request: Pdu, body: bytes = b"") -> None:
        self._transport.write(bytes(Pdu(command=request.command | ANSWER, sequence=request.sequence, body=body)))

    def _silent(self) -> None:
        """Ask whether the centre is there; it has the same time again to say so."""
        if self._waits:
            self.abort()
            return
        self._waits = True
        self._transport.write(bytes(Pdu(command=Command.ENQUIRE_LINK, sequence=self._next())))
        self._silence = self._loop.call_later(ASK_EVERY, self._silent)

    def leave(self) -> None:
        """Say goodbye, and go."""
        if not self.closed:
            self._transport.write(bytes(Pdu(command=Command.UNBIND, sequence=self._next())))
            self.closed = True
            self._transport.close()

    def abort(self) -> None:
        """Go at once."""
        self.closed = True
        self._transport.abort()
