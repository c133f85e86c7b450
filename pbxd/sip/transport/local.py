"""From which of our addresses somebody is spoken to. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pbxd.address import Address

UNSPECIFIED = frozenset({"0.0.0.0", "::", ""})  # noqa: S104  compared, not bound


def local_toward(remote: Address, ours: Iterable[Address]) -> Address | None:
    """The first of ``ours`` of the right IP version, one on loopback for loopback only where there is a choice."""
    same = [each for each in ours if (":" in each.host) == (":" in remote.host)]
    suited = (each for each in same if is_loopback(each.host) == is_loopback(remote.host))
    return next(suited, same[0] if same else None)


def source_toward(remote: Address, local: Address) -> str:
    """What a connection to ``remote`` is to be made from, so that who knows us by address knows it; "" for anything.

    Where we listen on all addresses, the system chooses; and loopback leads nowhere else.
    """
    if local.host in UNSPECIFIED or is_loopback(local.host) != is_loopback(remote.host):
        return ""
    return local.host


def is_loopback(host: str) -> bool:
    """Whether an IP address is this machine's to itself."""
    return host.startswith("127.") or host == "::1"
