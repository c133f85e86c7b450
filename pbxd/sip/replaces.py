"""INVITEs that mean a dialog there already is: Replaces (RFC 3891) and Join (RFC 3911). Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pbxd.errors import MalformedMessage
from pbxd.sip.grammar import find_param, parse_params
from pbxd.sip.message import Request


@dataclass(frozen=True, slots=True)
class Meant:
    """The dialog that such a header names, as its recipient knows it."""

    call_id: str
    local_tag: str
    remote_tag: str

    @classmethod
    def parse(cls, text: str) -> Meant:
        """Raises :class:`MalformedMessage` (400) where one of the three is missing (RFC 3891 6.1)."""
        call_id, semicolon, rest = text.partition(";")
        params = parse_params(semicolon + rest)
        to_tag, from_tag = find_param(params, "to-tag"), find_param(params, "from-tag")
        if not call_id.strip() or not to_tag or not from_tag:
            raise MalformedMessage("not a Call-ID with to-tag and from-tag")
        return cls(call_id.strip(), to_tag, from_tag)


def refusal(invite: Request, known: Callable[[str, str], bool]) -> int | None:
    """The status that an INVITE with Replaces or Join is refused with, ``None`` for one without.

    ``known`` says whether there is a dialog of this Call-ID and local tag. Raises :class:`MalformedMessage`: two such
    headers, or both of them, mean nothing (RFC 3891 3, RFC 3911 4).
    """
    values = [(name, value) for name in ("Replaces", "Join") for value in invite.headers.all(name)]
    if not values:
        return None
    name, value = values[0]
    if len(values) > 1:
        raise MalformedMessage("an INVITE can mean one dialog only", header=name)
    try:
        meant = Meant.parse(value)
    except MalformedMessage as error:
        raise MalformedMessage(error.reason, header=name) from None
    return 603 if known(meant.call_id, meant.local_tag) else 481
