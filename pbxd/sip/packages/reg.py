"""Registrations of somebody's devices (RFC 3680). Every document is the full state."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from pbxd.sip.packages.markup import Xml, document, element
from pbxd.sip.registrar import Binding
from pbxd.sip.subscription import Content

PACKAGE: Final = "reg"
CONTENT_TYPE: Final = "application/reginfo+xml"
_NAMESPACE: Final = "urn:ietf:params:xml:ns:reginfo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One address of record and where it is registered."""

    aor: str
    id: str
    bindings: tuple[Binding, ...]


def render(registrations: tuple[Registration, ...], version: int, now: float) -> Content:
    """The document that a watcher gets; ``now`` is wall-clock seconds."""
    children = [_registration(one, now) for one in registrations]
    root = element("reginfo", *children, xmlns=_NAMESPACE, version=str(version), state="full")
    return Content(CONTENT_TYPE, document(root))


def _registration(one: Registration, now: float) -> Xml:
    contacts = [_contact(binding, now) for binding in one.bindings]
    return element("registration", *contacts, aor=one.aor, id=one.id, state="active" if one.bindings else "init")


def _contact(binding: Binding, now: float) -> Xml:
    uri = str(binding.contact)
    return element(
        "contact",
        element("uri", text=uri),
        id=sha256(uri.encode("utf-8", "surrogateescape")).hexdigest()[:16],
        state="active",
        event="registered",
        expires=str(max(0, round(binding.expires - now))),
        q=None if binding.q == 1 else f"{float(binding.q):.3g}",
        callid=binding.call_id,
        cseq=str(binding.cseq),
    )
