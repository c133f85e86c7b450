"""What a configuration may ask for, and its author will hardly have wanted."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence

from pbxd.config.judging import File
from pbxd.config.models.organization import Organization
from pbxd.config.models.server import Server, Trunk
from pbxd.config.source import Path
from pbxd.sip.uri import Uri

ENCRYPTED = frozenset({"tls", "wss"})
"""Transports on which nobody reads the keys of encrypted sound."""


def advice(server: File[Server], organizations: Sequence[File[Organization]]) -> tuple[str, ...]:
    """One line for each, with file and line of the key that it is about."""
    return (*_trunks(server), *_devices(server, organizations))


def _trunks(file: File[Server]) -> Iterator[str]:
    wanted = file.model.media.srtp
    for index, trunk in enumerate(file.model.trunks):
        if (trunk.srtp or wanted) != "off" and not _is_private(trunk):
            path: Path = ("trunks", index, "srtp" if trunk.srtp is not None else "address")
            yield _said(file, path, f"trunk {trunk.name} encrypts sound, and says the keys without TLS")


def _is_private(trunk: Trunk) -> bool:
    """Whether what we tell the trunk can't be read on the way: it goes by TLS, or never leaves this machine."""
    address = Uri.parse(trunk.address)
    if address.scheme == "sips" or address.transport in ENCRYPTED:
        return True
    try:
        return ipaddress.ip_address(address.host).is_loopback
    except ValueError:
        return False


def _devices(server: File[Server], organizations: Sequence[File[Organization]]) -> Iterator[str]:
    """Phones choose their transport themselves, so only a server without any private one is sure to be wrong."""
    if any(
        listen.transport in ENCRYPTED or ipaddress.ip_address(listen.host).is_loopback for listen in server.model.listen
    ):
        return
    words = "no address in `listen` is by TLS"
    if server.model.media.srtp != "off":
        yield _said(server, ("media", "srtp"), f"sound is encrypted, and {words}")
    for file in organizations:
        for user_at, user in enumerate(file.model.users):
            for at, device in enumerate(user.devices):
                if device.srtp not in (None, "off"):
                    path: Path = ("users", user_at, "devices", at)
                    yield _said(file, path, f"{device.name} encrypts sound, and {words}")


def _said(file: File[Server] | File[Organization], path: Path, words: str) -> str:
    return f"{words} ({file.source.name}:{file.source.line(path)})"
