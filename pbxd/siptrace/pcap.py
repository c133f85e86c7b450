"""A trace into a file that Wireshark, tcpdump and sngrep read."""

from __future__ import annotations

import os
import struct
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from pbxd.siptrace.frames import Frames
from pbxd.siptrace.packet import Failed, Packet

WAITING = 2000
"""Messages that may wait for the disk."""
_MAGIC, _RAW_IP = 0xA1B2C3D4, 101
_HEADER = struct.pack("!IHHiIII", _MAGIC, 2, 4, 0, 0, 262_144, _RAW_IP)

Submit = Callable[[Callable[[], None], Failed], None]
"""Has a function run in a thread, soon, and tells of its failure."""


class PcapFile:
    """A capture file, written behind in a thread: a slow disk costs messages of the trace, and no call."""

    def __init__(self, path: Path, submit: Submit, failed: Failed) -> None:
        """Raises :class:`ValueError` for a file that exists or can't be made; nobody else may read it."""
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ValueError(f"{path} can't be made: {(error.strerror or str(error)).lower()}") from error
        self._path = path
        self._submit = submit
        self._failed = failed
        self._frames = Frames()
        self._lock = threading.Lock()
        self._waiting: deque[bytes] = deque([_HEADER])
        self._asked = False
        self.lost = 0
        """Messages that were not written because the disk was too slow."""

    def write(self, packet: Packet) -> None:
        if len(self._waiting) >= WAITING:
            self.lost += 1
            return
        seconds, microseconds = divmod(round(packet.at * 1e6), 1_000_000)
        for captured in self._frames.of(packet):
            self._waiting.append(struct.pack("!IIII", seconds, microseconds, len(captured), len(captured)) + captured)
        if not self._asked:
            self._asked = True
            self._submit(self._flush, self._failed)

    def close(self) -> None:
        self._submit(self._finish, self._failed)

    def _flush(self) -> None:
        """Runs in a thread: one after the other, each with all that waits."""
        with self._lock:
            self._asked = False
            while self._waiting:
                record = self._waiting.popleft()
                while record:
                    record = record[os.write(self._descriptor, record) :]

    def _finish(self) -> None:
        try:
            self._flush()
        finally:
            os.close(self._descriptor)

    def __str__(self) -> str:
        return f"pcap:{self._path}"
