"""Who takes the server's mails and SMS in tests: at once, or as a test wants it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from pbxd.notices.letter import Channel, Letter, Mail, Outcome, Sent, Sms, channel_of


class Postman:
    """A :class:`pbxd.notices.letter.Sender` that keeps what it is given."""

    def __init__(self) -> None:
        self.channels: set[Channel] = {"email", "sms"}
        """For which a way is configured."""
        self.outcomes: deque[Outcome] = deque()
        """Of the next attempts; after them all is well."""
        self.always: Outcome = Sent()
        self.seconds = 0.0
        """That an attempt takes."""
        self.attempts: list[tuple[float, Letter]] = []
        """Each with the loop's time."""
        self.taken: list[Letter] = []
        self.under_way = 0
        self.most = 0
        """How many were under way at once, at the most."""
        self.stopped = False
        self.report: Callable[[int, str], None]

    @property
    def mails(self) -> list[Mail]:
        return [letter for letter in self.taken if isinstance(letter, Mail)]

    @property
    def texts(self) -> list[Sms]:
        return [letter for letter in self.taken if isinstance(letter, Sms)]

    def can(self, channel: Channel) -> bool:
        return channel in self.channels

    def subscribe(self, reported: Callable[[int, str], None]) -> None:
        self.report = reported

    async def send(self, notice: int, letter: Letter) -> Outcome:
        self.attempts.append((asyncio.get_running_loop().time(), letter))
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.under_way -= 1
        outcome = self.outcomes.popleft() if self.outcomes else self.always
        if isinstance(outcome, Sent):
            self.taken.append(letter)
        return outcome

    def attempts_of(self, channel: Channel) -> list[float]:
        """Times at which letters of a channel were tried."""
        return [at for at, letter in self.attempts if channel_of(letter) == channel]

    def stop(self) -> None:
        self.stopped = True
