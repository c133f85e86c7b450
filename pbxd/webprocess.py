"""The HTTP process: started with the server, started again when it ends by itself, ended with the server.

It is a child and nothing more. Calls don't notice whether it runs.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path

from pbxd.config.snapshot import HttpConfig, LogConfig
from pbxd.sip.transport.certificates import TlsFiles

MODULE = "pbxd.api"
MISSING = 4
"""Its exit status where its packages are not installed: it has said so, and to start it again changes nothing."""
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before it is started again, longer each time; the last one stays."""
END_WITHIN = 1.5
"""Seconds that it gets to end what it answers."""

_log = logging.getLogger("pbxd.process")


class WebProcess:
    """Minds the child for as long as :meth:`run` runs."""

    def __init__(self, http: HttpConfig, tls: TlsFiles | None, control: Path, log: LogConfig) -> None:
        """``tls`` has the certificate of an address that begins with https."""
        address = http.listen.address
        self._arguments = [address.host, str(address.port), str(control), "--format", log.format, "--level", log.level]
        if http.listen.tls:
            assert tls is not None, "the configuration is checked"
            certificate, key = tls.pairs[0]
            self._arguments += ["--certificate", str(certificate), "--key", str(key)]

    async def run(self) -> None:
        """Until cancelled, which ends the child."""
        ended = 0
        while True:
            process = await self._start()
            if process is not None:
                status = await self._watch(process)
                if status == MISSING:
                    return
                _log.warning("the HTTP process ended with %d", status)
            await asyncio.sleep(PAUSES[min(ended, len(PAUSES) - 1)])
            ended += 1

    async def _start(self) -> asyncio.subprocess.Process | None:
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                MODULE,
                *self._arguments,
                stdin=asyncio.subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(entry or os.curdir for entry in sys.path)},
                # Signals from the terminal are for the server, which then ends its child.
                start_new_session=True,
            )
        except OSError as error:
            _log.warning("the HTTP process can't be started: %s", error.strerror)
            return None

    async def _watch(self, process: asyncio.subprocess.Process) -> int:
        try:
            return await process.wait()
        finally:
            if process.returncode is None:
                process.terminate()
                patience = asyncio.get_running_loop().call_later(END_WITHIN, process.kill)
                await process.wait()
                patience.cancel()
