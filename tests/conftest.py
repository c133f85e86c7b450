"""What every test may use. Virtual time and the network in memory are in tests/support; real peers in tests/interop."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

LOCK_PORT = 65_535
"""Bound by the owner of a loopback address for as long as it is his; nothing else listens there."""


def _take(address: str) -> socket.socket | None:
    lock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        lock.bind((address, LOCK_PORT))
    except OSError:
        lock.close()
        return None
    return lock


@pytest.fixture
def loopback() -> Iterator[Callable[[], str]]:
    """Hand out addresses 127.x.y.z that nobody else on this machine uses until the test ends, however many run."""
    with ExitStack() as locks:

        def take() -> str:
            while True:
                address = f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
                if (lock := _take(address)) is not None:
                    locks.enter_context(lock)
                    return address

        yield take
