"""An IP address and a port: the one thing that every world here says in the same way."""

from __future__ import annotations

from typing import NamedTuple


class Address(NamedTuple):
    """An IP address as text (never a name, IPv6 without brackets) and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
