"""Addresses of single messages, which open without a token: signed, and good until a moment (VM-4).

``ID.EXPIRES.SIGNATURE``: the message's id, wall-clock seconds in hexadecimal, and 128 bits of an HMAC over both, which
nobody guesses. Nothing is kept of a link; who has the key can tell a good one from all others.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from pbxd.errors import PbxdError

KEY_BYTES: Final = 32
_PURPOSE: Final = b"voice message "
"""Goes before what is signed, so that a signature is good for nothing else."""
_SIGNATURE_BYTES: Final = 16


class Links:
    """Makes links and reads them. Pure."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, message: str, expires: float) -> str:
        """A link to a message by its id, good until ``expires``, wall-clock seconds."""
        signed = f"{message}.{int(expires):x}"
        return f"{signed}.{self._signature(signed)}"

    def message(self, link: str, now: float) -> str | None:
        """The id that a link is for; ``None`` for one that is over, and for what we never made."""
        signed, _, signature = link.rpartition(".")
        if not hmac.compare_digest(self._signature(signed).encode(), signature.encode("utf-8", "surrogatepass")):
            return None
        message, _, expires = signed.rpartition(".")
        return message if now < int(expires, 16) else None

    def _signature(self, signed: str) -> str:
        digest = hmac.digest(self._key, _PURPOSE + signed.encode("utf-8", "surrogatepass"), "sha256")
        return base64.urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).rstrip(b"=").decode()


def key_in(path: Path) -> bytes:
    """The key in a file, which is made where there is none; only its owner may read it.

    It lies beside the messages, and not in the database, because links are good for as long as the messages are there.
    Raises :class:`OSError`, and :class:`PbxdError` for a file that holds no key.
    """
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        return _new_key(path)
    if len(key) != KEY_BYTES:
        raise PbxdError(f"{path} holds no key; delete it, and links in mails that were sent open nothing any more")
    return key


def _new_key(path: Path) -> bytes:
    """A key that is kept; whatever happens, the file holds a whole one or is not there."""
    key, partial = secrets.token_bytes(KEY_BYTES), path.with_suffix(".part")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600, exist_ok=False)
    with partial.open("wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    return key
