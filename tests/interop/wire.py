"""A bad wire with address translation in it, between phones and the server: datagrams get lost, addresses change."""

from __future__ import annotations

import random
import select
import socket
import threading
from types import TracebackType
from typing import Self

Address = tuple[str, int]


class BadWire:
    """Passes datagrams between phones, which send to :attr:`address`, and a server, which sees other addresses.

    ``lost`` is the share of datagrams lost, each way; the choice follows ``seed``. Every phone has a port of its own
    toward the server, as behind a router.
    """

    def __init__(self, host: str, server: Address, *, lost: float, seed: int) -> None:
        self._random = random.Random(seed)
        self._lost = lost
        self._server = server
        self._host = host
        self._inside = self._socket(5060)
        self._outside: dict[Address, socket.socket] = {}
        self._phones: dict[socket.socket, Address] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="bad wire", daemon=True)

    @property
    def address(self) -> Address:
        return self._host, 5060

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()
        for each in (self._inside, *self._phones):
            each.close()

    def _work(self) -> None:
        while not self._ending.is_set():
            ready, _, _ = select.select([self._inside, *self._phones], [], [], 0.1)
            for each in ready:
                data, source = each.recvfrom(65_535)
                if self._random.random() < self._lost:
                    continue
                if each is self._inside:
                    self._toward_server(source).sendto(data, self._server)
                else:
                    self._inside.sendto(data, self._phones[each])

    def _toward_server(self, phone: Address) -> socket.socket:
        if phone not in self._outside:
            self._outside[phone] = self._socket(0)
            self._phones[self._outside[phone]] = phone
        return self._outside[phone]

    def _socket(self, port: int) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((self._host, port))
        return made
