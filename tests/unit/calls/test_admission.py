"""Who a request is from: the ways in which devices and trunks prove it (TRK-3, SEC-1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbxd.address import Address
from pbxd.calls.admission import Admission, Admitted, Challenge, Device, KnownTrunk
from pbxd.config import Configuration
from pbxd.errors import ConfigError
from pbxd.sip.digest import Authenticator
from pbxd.sip.digest_client import DigestClient
from pbxd.sip.flow import Flow
from pbxd.sip.message import Headers, Request, response_to
from pbxd.sip.transaction import InviteServerTransaction, ServerEntry, Timers
from pbxd.sip.uri import Uri
from tests.support.house import SETTINGS, configure

HEAD = SETTINGS[: SETTINGS.index("trunks:")]
TRUNKS = """\
trunks:
  - {name: by-address, address: "sip:192.0.2.99", organizations: [house]}
  - {name: by-login, address: "sip:192.0.2.98", organizations: [house], login: {username: carrier, password: theirs}}
  - {name: by-name, address: "sip:192.0.2.97", organizations: [house], certificate: Sip.Carrier.Example}
"""
HERE = Address("192.0.2.1", 5060)


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return configure(tmp_path, settings=HEAD + TRUNKS)


class Desk:
    """An admission, and requests that come to it."""

    def __init__(self, configuration: Configuration, names: tuple[str, ...] = ()) -> None:
        self.admission = Admission(
            lambda: configuration, Authenticator(b"k" * 32), lambda _: None, lambda _: names, lambda *_: ""
        )

    def asks(self, host: str, *, transport: str = "udp", username: str = "", password: str = "") -> Admitted:
        """Call from ``host``, and answer one challenge where there is a password to answer it with."""
        flow = Flow(transport, HERE, Address(host, 5060))
        request = invite(username or "somebody")
        admitted = self.admission.of_call(request, entry(request, flow), 1000.0)
        if not isinstance(admitted, Challenge) or not username:
            return admitted
        client = DigestClient(username, password, cnonce=lambda: "fresh")
        client.challenged(response_to(request, 401, headers=admitted.headers))
        again = client.prepared(request)
        return self.admission.of_call(again, entry(again, flow), 1001.0)


def invite(user: str) -> Request:
    fields = [
        ("Via", "SIP/2.0/UDP 192.0.2.50;branch=z9hG4bKone"),
        ("From", f"<sip:{user}@house.example>;tag=theirs"),
        ("To", "<sip:+4588887702@house.example>"),
        ("Call-ID", "one"),
        ("CSeq", "1 INVITE"),
    ]
    return Request("INVITE", Uri.parse("sip:+4588887702@house.example"), Headers(fields))


def entry(request: Request, flow: Flow) -> ServerEntry:
    return ServerEntry("key", flow, InviteServerTransaction(request, reliable=flow.reliable, timers=Timers()))


def trunk_of(admitted: Admitted) -> str | None:
    return admitted.trunk.name if isinstance(admitted, KnownTrunk) else None


@pytest.mark.parametrize(
    ("host", "trunk"),
    [("192.0.2.99", "by-address"), ("192.0.2.98", None), ("192.0.2.97", None), ("192.0.2.50", None)],
)
def test_an_address_proves_only_the_trunk_that_has_nothing_better(
    configuration: Configuration, host: str, trunk: str | None
) -> None:
    assert trunk_of(Desk(configuration).asks(host)) == trunk


@pytest.mark.parametrize(("password", "trunk"), [("theirs", "by-login"), ("wrong", None)])
def test_a_carrier_with_a_password_may_call_from_anywhere(
    configuration: Configuration, password: str, trunk: str | None
) -> None:
    admitted = Desk(configuration).asks("203.0.113.5", username="carrier", password=password)
    assert trunk_of(admitted) == trunk
    assert isinstance(admitted, Challenge) is (trunk is None)


def test_a_carrier_is_known_by_its_certificate(configuration: Configuration) -> None:
    desk = Desk(configuration, names=("other.example", "sip.carrier.example"))
    assert trunk_of(desk.asks("203.0.113.5", transport="tls")) == "by-name"
    assert isinstance(Desk(configuration, names=("other.example",)).asks("203.0.113.5", transport="tls"), Challenge)


def test_a_device_is_no_trunk_and_a_trunk_no_device(configuration: Configuration) -> None:
    desk = Desk(configuration)
    admitted = desk.asks("203.0.113.5", username="bo-desk", password="bo-secret")
    assert isinstance(admitted, Device)
    assert admitted.name == "bo-desk"
    register = invite("carrier")
    challenge = desk.admission.of_device(register, register.from_.uri, 1000.0)
    assert isinstance(challenge, Challenge)
    client = DigestClient("carrier", "theirs", cnonce=lambda: "fresh")
    client.challenged(response_to(register, 401, headers=challenge.headers))
    refused = desk.admission.of_device(client.prepared(register), register.from_.uri, 1001.0)
    assert isinstance(refused, Challenge)
    assert refused.failed


def test_a_trunk_can_not_have_the_name_of_a_device(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`bo-desk` is a device of organization `house`"):
        configure(tmp_path, settings=HEAD + TRUNKS.replace("username: carrier", "username: bo-desk"))
