"""Thousands of phones at one UDP socket, that register and refresh, and do nothing else."""

from __future__ import annotations

import itertools
import re
import socket
from collections import deque
from collections.abc import Iterable, Sequence
from random import Random
from types import TracebackType
from typing import Self

from tests.interop.handset import field, fields
from tests.interop.part import DOMAIN
from tests.interop.server import User, secret
from tests.support.credentials import Credentials

AT_ONCE = 40
"""Phones that wait for an answer at any moment."""
PATIENCE = 2.0
"""Seconds without any answer, after which what is under way is sent again."""
DEVICES = 10
"""Of each user."""


def users(count: int) -> Sequence[User]:
    """Users with ``count`` devices between them."""
    return [
        User(
            username=f"user{number}",
            number=f"+45777{number:05d}",
            alias=f"7{number:04d}",
            devices=tuple(f"crowd-{number * DEVICES + device}" for device in range(DEVICES)),
        )
        for number in range(count // DEVICES)
    ]


class Crowd:
    """Phones by the names of their devices, all at one address."""

    def __init__(self, devices: Iterable[str], host: str, server: tuple[str, int], *, seed: int) -> None:
        self._devices = list(devices)
        self._host = host
        self._server = server
        self._random = Random(seed)
        self._serial = itertools.count(1)
        self._under_way: dict[str, tuple[str, bytes]] = {}
        """By Call-ID and CSeq: who sent what."""
        self.promised: set[str] = set()
        """Devices whose last REGISTER was answered with 200."""
        self._going = True
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 5060))
        self._socket.settimeout(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def stops(self) -> None:
        """Wait for no more answers, in whichever thread that is."""
        self._going = False

    def registers(self) -> None:
        """Register every phone once."""
        self._play(self._devices)

    def refreshes(self, count: int) -> None:
        """Refresh phones picked at random."""
        self._play(self._random.choices(self._devices, k=count))

    def _play(self, devices: Iterable[str]) -> None:
        waiting = deque(devices)
        while self._going and (waiting or self._under_way):
            while waiting and len(self._under_way) < AT_ONCE:
                self._register(waiting.popleft(), "")
            try:
                self._heard(self._socket.recv(65_535).decode())
            except TimeoutError:
                for _, data in self._under_way.values():
                    self._socket.sendto(data, self._server)

    def _register(self, device: str, credentials: str) -> None:
        number = next(self._serial)
        text = (
            f"REGISTER sip:{DOMAIN} SIP/2.0\nVia: SIP/2.0/UDP {self._host}:5060;branch=z9hG4bK{number}\n"
            f"From: <sip:{device}@{DOMAIN}>;tag={device}\nTo: <sip:{device}@{DOMAIN}>\nCall-ID: {device}\n"
            f"CSeq: {number} REGISTER\nMax-Forwards: 70\nContact: <sip:{device}@{self._host}:5060>\nExpires: 3600\n"
            f"{credentials}Content-Length: 0\n\n"
        )
        data = text.replace("\n", "\r\n").encode()
        self._under_way[f"{device} {number} REGISTER"] = (device, data)
        self._socket.sendto(data, self._server)

    def _heard(self, message: str) -> None:
        known = self._under_way.pop(f"{field(message, 'Call-ID')} {field(message, 'CSeq')}", None)
        if known is None:
            return  # an answer to what was sent twice
        device, _ = known
        status = re.match(r"SIP/2\.0 (\d+)", message)
        assert status is not None, message
        if status[1] == "401":
            credentials = Credentials(device, secret(device), ("MD5",))
            chosen = credentials.choose(fields(message, "WWW-Authenticate"))
            self._register(device, f"Authorization: {credentials.answer(chosen, 'REGISTER', f'sip:{DOMAIN}')}\n")
        else:
            assert status[1] == "200", message
            self.promised.add(device)
