"""What means a dialog there already is: Replaces (RFC 3891) and Join (RFC 3911). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from pbxd.errors import MalformedMessage
from pbxd.sip.grammar import find_param, parse_params
from pbxd.sip.message import Request
from pbxd.sip.uri import Uri


@dataclass(frozen=True, slots=True)
class Meant:
    """The dialog that such a header names, as its recipient knows it."""

    call_id: str
    local_tag: str
    remote_tag: str
    early_only: bool = False
    """Whether it counts only as long as that dialog is not confirmed (RFC 3891 6.1)."""

    @classmethod
    def parse(cls, text: str) -> Meant:
        """Raises :class:`MalformedMessage` (400) where one of the three is missing (RFC 3891 6.1)."""
        call_id, semicolon, rest = text.partition(";")
        params = parse_params(semicolon + rest)
        to_tag, from_tag = find_param(params, "to-tag"), find_param(params, "from-tag")
        if not call_id.strip() or not to_tag or not from_tag:
            raise MalformedMessage("not a Call-ID with to-tag and from-tag")
        return cls(call_id.strip(), to_tag, from_tag, find_param(params, "early-only") is not None)

    @classmethod
    def in_uri(cls, uri: Uri) -> Meant | None:
        """What a Refer-To has to say about it in its URI's headers (RFC 3891 4); raises :class:`MalformedMessage`."""
        pairs = (piece.partition("=") for piece in uri.headers.split("&") if piece)
        values = [unquote(value) for name, _, value in pairs if unquote(name).lower() == "replaces"]
        if len(values) > 1:
            raise MalformedMessage("an INVITE can mean one dialog only")
        return cls.parse(values[0]) if values else None


def of_invite(invite: Request) -> tuple[str, Meant] | None:
    """``Replaces`` or ``Join`` and the dialog that it means; ``None`` for an INVITE with neither.

    Raises :class:`MalformedMessage`: two such headers, or both of them, mean nothing (RFC 3891 3, RFC 3911 4).
    """
    values = [(name, value) for name in ("Replaces", "Join") for value in invite.headers.all(name)]
    if not values:
        return None
    name, value = values[0]
    if len(values) > 1:
        raise MalformedMessage("an INVITE can mean one dialog only", header=name)
    try:
        return name, Meant.parse(value)
    except MalformedMessage as error:
        raise MalformedMessage(error.reason, header=name) from None
