"""A baresip with a buddy list: its ``presence`` and ``mwi`` modules watch, and it writes and takes short messages."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tests.interop.baresip import PATIENCE, Baresip
from tests.interop.part import DOMAIN
from tests.interop.tones import BOS

MODULES = "module_app contact.so\nmodule_app presence.so\n"
MAILBOX = "module_app mwi.so\n"


class Buddies(Baresip):
    """One baresip that watches one colleague."""

    def __init__(
        self,
        device: str,
        colleague: str,
        *,
        host: str,
        registrar: tuple[str, int],
        directory: Path,
        mailbox: bool = True,
    ) -> None:
        """``mailbox``: it watches that as well, by a module that now and then keeps baresip 1.0 too busy to answer."""
        super().__init__(device, BOS, host=host, registrar=registrar, directory=directory)
        with (directory / "config").open("a") as config:
            config.write(MODULES + (MAILBOX if mailbox else ""))
        if mailbox:
            accounts = directory / "accounts"
            accounts.write_text(accounts.read_text().rstrip("\n") + ";mwi=yes\n")
        (directory / "contacts").write_text(f'"Colleague" <sip:{colleague}@{DOMAIN}>;presence=p2p\n')

    def sees(self, state: str) -> None:
        """Wait until the colleague is shown as ``Online``, ``Busy``, ``Offline`` ..."""
        self.until(lambda: state in self._command("contacts"), f"does not see {state}")

    def is_told(self, text: str) -> None:
        """Wait until its log says something, for one what waits in the mailbox."""
        self.until(lambda: text in self._story(), f"was not told {text!r}")

    def writes(self, text: str) -> None:
        """Send the colleague a short message."""
        self._command("message", text)

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Wait until something is true of it."""
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < deadline, f"{what}\n{self._story()}"
            time.sleep(0.1)
