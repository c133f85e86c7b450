"""Who gets what a party sends: relayed where a hearer has its formats, by an interpreter where it lacks one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from pbxd.media.embedded import formats
from pbxd.media.embedded.hearer import Hearer
from pbxd.media.embedded.interpreter import Interpreter

if TYPE_CHECKING:
    from pbxd.media.embedded.port import Port

Route: TypeAlias = tuple[Hearer, bytes]
"""A hearer, and the party's payload numbers by what they are for it."""

DEAF: Final = bytes((formats.NONE,)) * 128
"""A table for who is to hear nothing."""


def routes(port: Port) -> tuple[tuple[Route, ...], tuple[Port, ...]]:
    """The routes from a port's party, and the ports that they lead to."""
    remote = port.remote
    if remote is None or not remote.speaks:
        return (), ()
    found: list[Route] = []
    reached: list[Port] = []
    if port.ear is not None:
        found.append((port.ear, formats.payload_map(remote.sends_as, remote.sends_as)))
    for hearer in port.hearers:
        if hearer.listens and hearer.talker is not None:
            found.append((hearer, DEAF))  # what it can't be told now that is a key must be told to the kernel
        elif hearer.listens:
            found.append(_route(port, hearer))
            reached.append(hearer)
    return tuple(found), tuple(reached)


def _route(port: Port, hearer: Port) -> Route:
    """The interpreter stays as it is where it is needed still, and goes where it is not."""
    assert port.remote is not None
    assert hearer.remote is not None
    sends, receives = port.remote.sends_as, hearer.remote.receives_as
    table = formats.payload_map(sends, receives)
    if hearer.extracts or not formats.fits(sends, receives):
        if hearer.interpreter is None:
            hearer.interpreter = Interpreter(port, hearer)
        hearer.interpreter.configure(table, formats.sounds(sends), keys=hearer.extracts)
        return hearer.interpreter, formats.payload_map(sends, sends)
    hearer.uninterpreted()
    return hearer, table
