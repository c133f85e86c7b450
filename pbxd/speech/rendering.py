"""Files that are made when they are needed first: texts by an engine, music by our own instruments."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from pbxd.clock import Clock
from pbxd.speech.engines.engine import SpeechConfig, SpeechError
from pbxd.speech.music import EDITION
from pbxd.speech.narrator import Narrator, environment
from pbxd.speech.wording import Words

IDLE: Final = 120.0
"""Seconds without work after which the process that speaks is let go."""
RETRY: Final = 5.0
"""Seconds that an engine which failed is left alone."""
FRESH: Final = 86_400.0
"""Seconds after which it is noted again that a file is in use."""
MOST: Final = 256 << 20
"""Bytes of files that are kept."""
PRUNED_EVERY: Final = 500
"""How many files are made between two looks at how much there is."""
COMPOSED_WITHIN: Final = 300.0
"""Seconds that the making of a piece of music may take."""
LONGEST: Final = 2_000
"""Characters of a text that are said: some two minutes."""
VERSION: Final = 1
"""Of what is made of a text: a new one makes everything anew."""

_log = logging.getLogger("pbxd.speech")


class Renderings:
    """The files under ``directory``, each named after what is in it. Used on the event loop, which it never blocks."""

    def __init__(self, directory: Path, configured: SpeechConfig, clock: Clock, *, most: int = MOST) -> None:
        self.directory = directory
        self.configured = configured
        self._clock = clock
        self._most = most
        self._narrator = Narrator(configured)
        self._narrating = ThreadPoolExecutor(1, thread_name_prefix="speech")
        self._making: dict[Path, asyncio.Future[bool]] = {}
        self._letting_go: asyncio.TimerHandle | None = None
        self._rests_until = 0.0
        self._composing: set[subprocess.Popen[bytes]] = set()
        self._made = 0
        self._stopped = False

    def stop(self) -> None:
        """Let go of every process, whatever it is at."""
        self._stopped = True
        if self._letting_go is not None:
            self._letting_go.cancel()
        self._narrator.end()
        for process in tuple(self._composing):
            process.kill()
        self._narrating.submit(self._narrator.stop)
        self._narrating.shutdown(wait=True)

    def has(self, words: Words) -> bool:
        """Whether the file that says it is there."""
        return self._is_there(self._place(words))

    def wake(self) -> None:
        """Have the process that speaks be there soon: somebody listens, and may be told what nobody could foresee."""
        loop = asyncio.get_running_loop()
        if not self.configured.speaks or self._stopped or self._narrator.pid is not None or self._making:
            return
        if loop.time() >= self._rests_until:
            loop.run_in_executor(self._narrating, self._attempt, self._narrator.wake)
            self._let_go_later()

    def words(self, words: Words) -> Path:
        """The file that says it; it is begun to be made where it is missing."""
        path = self._place(words)
        if not self._is_there(path):
            resting = asyncio.get_running_loop().time() < self._rests_until
            self._begin(path, self._narrating, partial(self._narrate, path, words), unless=resting)
        return path

    def _place(self, words: Words) -> Path:
        key = "\0".join((str(VERSION), self.configured.voice(words.language), words.language, words.text[:LONGEST]))
        return self.directory / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.wav"

    def piece(self, name: str) -> Path:
        """The file of one of our pieces of music; it is begun to be made where it is missing."""
        path = self.directory / f"music-{name}-{EDITION}.wav"
        if not self._is_there(path):
            self._begin(path, None, partial(self._compose, path, name))
        return path

    async def ready(self, path: Path) -> bool:
        """Wait for a file that is being made; whether it is there then."""
        making = self._making.get(path)
        if making is not None:
            await asyncio.shield(making)  # others may wait for it, too
        return self._is_there(path)

    def prune(self) -> None:
        """Remove what was not used for longest, until ``most`` bytes are kept. For a thread."""
        with suppress(OSError):
            found = [(path, path.stat()) for path in self.directory.glob("*.wav")]
            held = sum(status.st_size for _, status in found)
            for path, status in sorted(found, key=lambda one: one[1].st_atime):
                if held <= self._most:
                    break
                path.unlink(missing_ok=True)
                held -= status.st_size

    def _is_there(self, path: Path) -> bool:
        if path in self._making:
            return True
        try:
            status = path.stat()
        except OSError:
            return False
        if not status.st_size:
            return False  # the machine went down before the disk had it
        now = self._clock.wall()
        if status.st_atime + FRESH < now:
            with suppress(OSError):  # the time of its making stays: players know by it that a file is the same
                os.utime(path, ns=(round(now * 1e9), status.st_mtime_ns))
        return True

    def _begin(self, path: Path, where: Executor | None, make: Callable[[], None], *, unless: bool = False) -> None:
        if unless or self._stopped:
            return
        loop = asyncio.get_running_loop()
        making = self._making[path] = loop.run_in_executor(where, self._attempt, make)
        making.add_done_callback(lambda made: self._done(path, made))

    def _attempt(self, make: Callable[[], None]) -> bool:
        """In a thread: whether it could be made."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            make()
            self._made += 1
            if self._made % PRUNED_EVERY == 0:
                self.prune()
        except (SpeechError, OSError) as error:
            if not self._stopped:
                _log.error("%s", error)
            return False
        return True

    def _narrate(self, path: Path, words: Words) -> None:
        try:
            self._narrator.make(path, words.text[:LONGEST], words.language)
        except SpeechError as error:
            raise SpeechError(f"nobody hears `{words.text}` ({words.language}): {error}") from error

    def _compose(self, path: Path, name: str) -> None:
        process = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", "pbxd.speech.music", name, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(),
            start_new_session=True,
        )
        self._composing.add(process)
        try:
            _, told = process.communicate(timeout=COMPOSED_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            _, told = process.communicate()
        finally:
            self._composing.discard(process)
        if process.returncode:
            reason = told.decode(errors="replace").strip().splitlines()[-1:] or [f"it ended with {process.returncode}"]
            raise SpeechError(f"nobody hears the music {name}: {reason[0]}")

    def _done(self, path: Path, made: asyncio.Future[bool]) -> None:
        del self._making[path]
        loop = asyncio.get_running_loop()
        if not made.cancelled() and not made.result():
            self._rests_until = loop.time() + RETRY
        if not self._stopped:
            self._let_go_later()

    def _let_go_later(self) -> None:
        if self._letting_go is not None:
            self._letting_go.cancel()
        loop = asyncio.get_running_loop()
        self._letting_go = loop.call_later(IDLE, self._narrating.submit, self._narrator.stop)
