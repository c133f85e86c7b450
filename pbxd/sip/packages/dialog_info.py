"""Dialogs of somebody's phones, for busy lamps and pickup (RFC 4235). Every document is the full state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from pbxd.sip.packages.markup import Xml, document, element
from pbxd.sip.subscription import Content

PACKAGE: Final = "dialog"
CONTENT_TYPE: Final = "application/dialog-info+xml"
_NAMESPACE: Final = "urn:ietf:params:xml:ns:dialog-info"

State: TypeAlias = Literal["trying", "early", "confirmed", "terminated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One end of a dialog."""

    identity: str
    """Its address of record."""
    display: str = ""
    target: str | None = None
    """Where requests within the dialog go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogState:
    """A dialog between a watched phone (``local``) and pbxd, which stands for the ``remote`` party."""

    id: str
    """Ours, the same for the dialog's whole life."""
    call_id: str
    local_tag: str | None
    """The phone's; ``None`` until it has answered with one."""
    remote_tag: str | None
    direction: Literal["initiator", "recipient"]
    """``recipient``: the phone is being called."""
    state: State
    local: Participant
    remote: Participant


def render(entity: str, dialogs: tuple[DialogState, ...], version: int) -> Content:
    """The document that a watcher gets; ``entity`` is the URI that he watches."""
    root = element(
        "dialog-info",
        *map(_dialog, dialogs),
        xmlns=_NAMESPACE,
        version=str(version),
        state="full",
        entity=entity,
    )
    return Content(CONTENT_TYPE, document(root))


def _dialog(dialog: DialogState) -> Xml:
    return element(
        "dialog",
        element("state", text=dialog.state),
        _participant("local", dialog.local),
        _participant("remote", dialog.remote),
        id=dialog.id,
        call_id=dialog.call_id,
        local_tag=dialog.local_tag,
        remote_tag=dialog.remote_tag,
        direction=dialog.direction,
    )


def _participant(name: str, one: Participant) -> Xml:
    target = () if one.target is None else (element("target", uri=one.target),)
    return element(name, element("identity", text=one.identity, display=one.display or None), *target)
