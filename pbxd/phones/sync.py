"""Telling a phone to fetch its settings: NOTIFY outside a dialog, in the form that each family takes (DEV-5).

No RFC describes it, and every vendor does it: the event package is ``check-sync`` or a name of the vendor's, the
Subscription-State that RFC 6665 4.1.3 demands of any NOTIFY says that there is no subscription.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pbxd.org.phones import Family
from pbxd.sip.message import Headers, Request, Response
from pbxd.sip.uri import sip_uri

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.sip.registrar import Binding


@dataclass(frozen=True, slots=True)
class Form:
    """What a family wants to see."""

    event: str
    content_type: str = ""
    body: bytes = b""


FORMS: Final[Mapping[Family, tuple[Form, Form]]] = {
    "snom": (Form("check-sync;reboot=false"), Form("check-sync;reboot=true")),
    "yealink": (Form("check-sync;reboot=false"), Form("check-sync;reboot=true")),
    # Mitel phones look at check-sync whether anything changed, and then start again by themselves.
    "mitel": (
        Form("check-sync"),
        Form(
            "aastra-xml",
            "application/xml",
            b'<AastraIPPhoneExecute><ExecuteItem URI="Command: Reset"/></AastraIPPhoneExecute>',
        ),
    ),
    "grandstream": (Form("check-sync"), Form("sys-control")),
}
"""By family: to take new settings over, and to start again."""


def notify(kernel: Kernel, binding: Binding, form: Form, domain: str, device: str) -> Request:
    """The request for one binding of a device."""
    endpoint = kernel.endpoint
    us = sip_uri("pbxd", domain)
    fields = [
        ("Max-Forwards", "70"),
        ("From", f"<{us}>;tag={endpoint.tag()}"),
        ("To", f"<{sip_uri(device, domain)}>"),
        ("Call-ID", endpoint.call_id()),
        ("CSeq", "1 NOTIFY"),
        ("Contact", f"<{endpoint.sockets.contact(binding.flow)}>"),
        *(("Route", value) for value in binding.path),
        ("Event", form.event),
        ("Subscription-State", "terminated;reason=noresource"),
        *((("Content-Type", form.content_type),) if form.body else ()),
    ]
    return Request("NOTIFY", binding.contact, Headers(fields), form.body)


def of_phone(bindings: list[Binding], mac: str) -> Iterator[Binding]:
    """Those of an account's bindings that are this phone's, where phones say their MAC address; else all of them."""
    digits = mac.replace(":", "")
    saying = [one for one in bindings if digits in _plain(one.user_agent) or digits in _plain(one.instance or "")]
    yield from saying or bindings


def _plain(text: str) -> str:
    return text.lower().replace(":", "").replace("-", "")


class Told:
    """The client user of one NOTIFY."""

    __slots__ = ("_answered",)

    def __init__(self, answered: Callable[[int, str], None]) -> None:
        self._answered = answered

    def response(self, response: Response, now: float) -> None:
        if response.status >= 200:
            self._answered(response.status, response.reason)

    def failed(self, status: int, reason: str, now: float) -> None:
        self._answered(status, reason)
