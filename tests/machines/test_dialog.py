"""Dialogs: RFC 3261 12, and what RFC 6141 says of moving targets."""

from __future__ import annotations

import pytest

from pbxd.errors import MalformedMessage, ProtocolViolation
from pbxd.network import Address
from pbxd.sip.dialog import Dialog, DialogId
from pbxd.sip.flow import Flow
from pbxd.sip.nat import Direct
from pbxd.sip.uri import Uri
from tests.machines.sessions import CONTACT, FLOW, US, answer, outbound, theirs

ROUTES = ("Record-Route: <sip:p1.example;lr>", "Record-Route: <sip:p2.example;lr>")
RECORDED = (("Record-Route", "<sip:p1.example;lr>"), ("Record-Route", "<sip:p2.example;lr>"))


def of_server(*extra: str) -> Dialog:
    return Dialog.of_server(theirs("INVITE", 10, *extra, to_tag=None), local_tag="ours", contact=CONTACT, flow=FLOW)


def of_client(status: int, *extra: tuple[str, str], tag: str = "theirs") -> Dialog:
    invite = outbound().invite
    return Dialog.of_client(invite, answer(invite, status, *extra, tag=tag), contact=CONTACT, flow=FLOW, direct=True)


def test_the_server_s_dialog() -> None:
    dialog = of_server()
    bye = dialog.request("BYE")
    assert dialog.id == DialogId("one@phone", "ours", "theirs")  # 12.1.1
    assert (dialog.remote_cseq, bye.cseq.number, str(bye.uri)) == (10, 1, "sip:anna@198.51.100.7")
    assert (bye.from_.tag, bye.to.tag, bye.max_forwards) == ("ours", "theirs", 70)  # 12.2.1.1
    assert bye.contact is None


def test_the_client_s_dialog() -> None:
    dialog = of_client(200)
    bye = dialog.request("BYE")
    assert dialog.id == DialogId("two@pbxd", "ours", "theirs")  # 12.1.2
    assert (dialog.remote_cseq, bye.cseq.number) == (None, 51)
    assert dialog.request("ACK", cseq=50).cseq.number == 50  # 13.2.2.4
    assert dialog.request("INVITE").cseq.number == 52


def test_a_server_needs_a_contact() -> None:
    with pytest.raises(ProtocolViolation) as wrong:
        of_server("Contact: *")
    assert wrong.value.status == 400


@pytest.mark.parametrize(
    ("status", "contact"),
    [(180, ("Contact", "")), (200, ("Contact", "<<not a contact")), (200, ("Contact", "*"))],
)
def test_a_client_goes_on_without_a_contact(status: int, contact: tuple[str, str]) -> None:
    assert str(of_client(status, contact).remote_target) == "sip:anna@198.51.100.7"


def test_what_can_t_be_read_of_record_route_is_missing() -> None:
    assert of_client(200, ("Record-Route", "<<<")).route_set == ()


def test_the_server_s_route_set_is_in_order_and_the_client_s_reversed() -> None:
    server, client = of_server(*ROUTES), of_client(200, *RECORDED)
    assert [route.uri.host for route in server.route_set] == ["p1.example", "p2.example"]  # 12.1.1
    assert [route.uri.host for route in client.route_set] == ["p2.example", "p1.example"]  # 12.1.2
    assert client.request("BYE").headers.all("Route") == ("<sip:p2.example;lr>", "<sip:p1.example;lr>")
    assert client.destination == Uri.parse("sip:p2.example;lr")


def test_a_strict_router_gets_itself_as_request_uri() -> None:
    dialog = of_client(200, ("Record-Route", "<sip:loose.example;lr>"), ("Record-Route", "<sip:strict.example>"))
    bye = dialog.request("BYE")
    assert str(bye.uri) == "sip:strict.example"  # 12.2.1.1
    assert bye.headers.all("Route") == ("<sip:loose.example;lr>", "<sip:anna@198.51.100.7>")
    assert dialog.destination == Uri.parse("sip:strict.example")


def test_a_peer_without_a_tag_is_older_than_rfc_3261() -> None:
    assert of_client(200, tag="").id.remote_tag == ""  # 12.1.2


@pytest.mark.parametrize(("number", "fine"), [(9, False), (10, False), (11, True), (500, True)])
def test_cseq_has_to_grow(number: int, fine: bool) -> None:
    dialog = of_server()
    if fine:
        dialog.receive(theirs("BYE", number))
        assert dialog.remote_cseq == number  # gaps are none of our business: 12.2.2
        return
    with pytest.raises(ProtocolViolation) as wrong:
        dialog.receive(theirs("BYE", number))
    assert wrong.value.status == 500  # 12.2.2


def test_the_first_request_to_a_client_may_have_any_cseq() -> None:
    dialog = of_client(200)
    dialog.receive(theirs("BYE", 1))
    assert dialog.remote_cseq == 1


def test_only_what_we_accept_moves_the_peer() -> None:
    dialog, moved = of_server(), theirs("INVITE", 11, "Contact: <sip:anna@203.0.113.5:5070>")
    dialog.receive(moved)
    assert str(dialog.remote_target) == "sip:anna@198.51.100.7"  # RFC 6141 4.6
    elsewhere = Flow("udp", US, Address("203.0.113.5", 5070))
    dialog.accepted(moved, elsewhere)
    assert dialog.destination == Direct(elsewhere, otherwise=Uri.parse("sip:anna@203.0.113.5:5070"))


def test_a_target_refresh_without_contact_moves_nothing() -> None:
    dialog = of_client(200)
    dialog.refresh_target(answer(dialog.request("INVITE"), 200, ("Contact", "")))
    assert str(dialog.remote_target) == "sip:anna@198.51.100.7"


@pytest.mark.parametrize("contact", ["Contact: *", "Contact: <<"])
def test_a_target_refresh_with_a_contact_that_is_none_is_refused(contact: str) -> None:
    with pytest.raises(MalformedMessage):
        of_server().receive(theirs("INVITE", 11, contact))
