"""What a REGISTER does to bindings, step by step of RFC 3261 10.3."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pbxd.errors import MalformedMessage, Refused
from pbxd.network import Address
from pbxd.sip.flow import Flow
from pbxd.sip.headers import Headers
from pbxd.sip.message import Request
from pbxd.sip.registrar import Binding, IntervalTooBrief, Policy, Registration, register, sip_date
from pbxd.sip.uri import Uri

NOW = 1_289_690_940.4  # Sat, 13 Nov 2010 23:29:00 GMT
FLOW = Flow("udp", Address("192.0.2.1", 5060), Address("203.0.113.9", 41000))
OTHER = Flow("tcp", Address("192.0.2.1", 5060), Address("203.0.113.9", 52000), 7)
DESK, SOFT = "sip:anna@10.0.0.5:5062", "sip:anna@10.0.0.6;transport=tcp"
INSTANCE = '+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"'


def message(*contacts: str, call_id: str = "desk", cseq: int = 1, expires: str | None = None, **more: str) -> Request:
    headers = [
        ("From", "<sip:anna@nordhavn.example>;tag=1"),
        ("To", "<sip:anna@nordhavn.example>"),
        ("Call-ID", call_id),
        ("CSeq", f"{cseq} REGISTER"),
        *(("Contact", contact) for contact in contacts),
        *((name.replace("_", "-"), value) for name, value in more.items()),
    ]
    if expires is not None:
        headers.append(("Expires", expires))
    return Request("REGISTER", Uri.parse("sip:nordhavn.example"), Headers(headers))


def registered(*requests: Request, now: float = NOW, policy: Policy | None = None) -> Registration:
    """What the last of several REGISTERs came to."""
    result = register(requests[0], (), flow=FLOW, now=now, policy=policy)
    for request in requests[1:]:
        result = register(request, result.bindings, flow=FLOW, now=now, policy=policy)
    return result


def contacts(result: Registration) -> list[str]:
    return [value for name, value in result.headers if name == "Contact"]


def uris(bindings: tuple[Binding, ...]) -> list[str]:
    return [str(binding.contact) for binding in bindings]


@pytest.mark.covers("DEV-1")
def test_several_contacts_with_their_own_expiry_and_preference() -> None:
    result = registered(
        message(f'"Anna" <{DESK}>;q=0.7;expires=300', f"<{SOFT}>, <sip:3@h>;q=0", expires="900", User_Agent="Desk 1.0")
    )
    assert contacts(result) == [f"<{DESK}>;expires=300;q=0.7", f"<{SOFT}>;expires=900", "<sip:3@h>;expires=900;q=0"]
    assert result.bindings == result.added == result.saved
    assert (result.refreshed, result.removed) == ((), ())
    assert result.bindings[0] == Binding(
        contact=Uri.parse(DESK),
        flow=FLOW,
        expires=NOW + 300,
        call_id="desk",
        cseq=1,
        q=Fraction(7, 10),
        user_agent="Desk 1.0",
    )
    assert result.headers[-1] == ("Date", "Sat, 13 Nov 2010 23:29:00 GMT")


@pytest.mark.covers("DEV-1")
def test_query_tells_what_is_there_and_what_remains() -> None:
    first = registered(message(f"<{DESK}>;expires=300"))
    result = register(message(call_id="curious"), first.bindings, flow=OTHER, now=NOW + 100)
    assert contacts(result) == [f"<{DESK}>;expires=200"]
    assert (result.bindings, result.saved, result.removed) == (first.bindings, (), ())


@pytest.mark.covers("DEV-1")
def test_refresh_replaces_expiry_flow_and_call_id() -> None:
    first = registered(message(f"<{DESK}>;expires=300"))
    result = register(message(f"<{DESK}>;expires=120", cseq=2), first.bindings, flow=OTHER, now=NOW + 200)
    assert (result.added, result.removed) == ((), ())
    assert result.refreshed == result.bindings
    assert (result.bindings[0].flow, result.bindings[0].expires, result.bindings[0].cseq) == (OTHER, NOW + 320, 2)


def test_contacts_are_compared_as_uris_and_a_new_spelling_is_stored_anew() -> None:
    result = registered(
        message("<sip:%61nna@EXAMPLE.com:5062;x=1>"), message("<sip:anna@example.com:5062>", call_id="rebooted")
    )
    assert uris(result.bindings) == uris(result.refreshed) == ["sip:anna@example.com:5062"]
    assert [(str(gone.binding.contact), gone.why) for gone in result.removed] == [
        ("sip:%61nna@EXAMPLE.com:5062;x=1", "replaced")
    ]


@pytest.mark.covers("DEV-1")
def test_unregister_one_and_all() -> None:
    both = message(f"<{DESK}>", f"<{SOFT}>")
    one = registered(both, message(f"<{DESK}>;expires=0", cseq=2))
    assert uris(one.bindings) == [SOFT]
    assert [(str(gone.binding.contact), gone.why) for gone in one.removed] == [(DESK, "unregistered")]
    everything = registered(both, message("*", cseq=2, expires="0"))
    assert (everything.bindings, len(everything.removed), contacts(everything)) == ((), 2, [])
    unknown = registered(both, message("<sip:nobody@h>", cseq=2, expires="0"))
    assert (len(unknown.bindings), unknown.removed) == (2, ())


@pytest.mark.parametrize("expires", [None, "1", "3600"])
def test_star_without_expires_0_is_a_bad_request(expires: str | None) -> None:
    with pytest.raises(Refused) as refused:
        registered(message(f"<{DESK}>"), message("*", cseq=2, expires=expires))
    assert refused.value.status == 400


@pytest.mark.parametrize("values", [("*", f"<{DESK}>"), (f"<{DESK}>, *",), ("*", "*")])
def test_star_stands_alone(values: tuple[str, ...]) -> None:
    with pytest.raises(MalformedMessage) as refused:
        registered(message(*values, expires="0"))
    assert (refused.value.status, refused.value.header) == (400, "Contact")


@pytest.mark.parametrize(
    ("param", "header", "seconds"),
    [
        ("", None, 600),
        ("", "100", 100),
        (";expires=200", "100", 200),
        (";expires=60", None, 60),
        (";expires=7200", None, 3600),
        (";expires=4294967296", None, 3600),
        (";expires=99999999999999999999", None, 3600),
        (";expires=soon", None, 3600),
        (";expires=-1", None, 3600),
        (";expires", None, 3600),
    ],
)
def test_expiry_of_a_contact(param: str, header: str | None, seconds: int) -> None:
    assert contacts(registered(message(f"<{DESK}>{param}", expires=header))) == [f"<{DESK}>;expires={seconds}"]


@pytest.mark.covers("DEV-1")
def test_too_brief_an_interval() -> None:
    with pytest.raises(IntervalTooBrief) as refused:
        registered(message(f"<{SOFT}>;expires=300", f"<{DESK}>;expires=59"))
    assert (refused.value.status, refused.value.headers) == (423, (("Min-Expires", "60"),))


def test_an_hour_is_never_too_brief() -> None:
    policy = Policy(min_expires=7200, max_expires=86400)
    assert len(registered(message(f"<{DESK}>;expires=3600"), policy=policy).bindings) == 1
    with pytest.raises(IntervalTooBrief):
        registered(message(f"<{DESK}>;expires=3599"), policy=policy)


@pytest.mark.parametrize("cseq", [4, 5])
@pytest.mark.parametrize("contact", [f"<{DESK}>", f"<{DESK}>;expires=0", "*"])
def test_request_older_than_a_binding_changes_nothing(cseq: int, contact: str) -> None:
    expires = "0" if contact == "*" else None
    with pytest.raises(Refused) as refused:
        registered(message(f"<{DESK}>", cseq=5), message(contact, cseq=cseq, expires=expires))
    assert refused.value.status == 500


def test_another_call_id_is_another_life_and_may_start_from_one() -> None:
    result = registered(message(f"<{DESK}>", cseq=500), message(f"<{DESK}>", call_id="rebooted", cseq=1))
    assert (len(result.bindings), result.bindings[0].cseq) == (1, 1)


def test_same_contact_twice_in_one_request_is_one_binding_and_the_last_counts() -> None:
    first = registered(message(f"<{DESK}>"))
    result = register(
        message(f"<{DESK}>;expires=100", f"<{DESK}>;expires=200", cseq=2), first.bindings, flow=FLOW, now=NOW
    )
    assert contacts(result) == [f"<{DESK}>;expires=200"]
    assert (len(result.refreshed), result.added, result.removed) == (1, (), ())


@pytest.mark.covers("DEV-1")
def test_device_with_instance_and_reg_id_replaces_its_own_older_flow() -> None:
    first = registered(message(f"<{DESK}>;{INSTANCE};reg-id=1", f"<{SOFT}>"))
    result = register(
        message(f"<sip:anna@10.0.0.5:6000>;{INSTANCE};reg-id=1", call_id="rebooted"),
        first.bindings,
        flow=OTHER,
        now=NOW,
    )
    assert uris(result.bindings) == [SOFT, "sip:anna@10.0.0.5:6000"]
    assert uris(result.refreshed) == ["sip:anna@10.0.0.5:6000"]
    assert [(str(gone.binding.contact), gone.why) for gone in result.removed] == [(DESK, "replaced")]
    assert contacts(result)[1] == f"<sip:anna@10.0.0.5:6000>;expires=600;{INSTANCE};reg-id=1"


def test_two_flows_of_one_device_live_side_by_side() -> None:
    result = registered(
        message(f"<{DESK}>;{INSTANCE};reg-id=1"), message(f"<{DESK}>;{INSTANCE};reg-id=2", call_id="second")
    )
    assert [binding.reg_id for binding in result.bindings] == [1, 2]
    gone = register(message(f"<{DESK}>;{INSTANCE};reg-id=1;expires=0", cseq=2), result.bindings, flow=FLOW, now=NOW)
    assert [binding.reg_id for binding in gone.bindings] == [2]


@pytest.mark.parametrize("param", ["reg-id=0", "reg-id=x", "reg-id=9999999999", "reg-id"])
def test_reg_id_that_makes_no_sense_counts_as_absent(param: str) -> None:
    assert registered(message(f"<{DESK}>;{INSTANCE};{param}")).bindings[0].reg_id is None
    assert registered(message(f"<{DESK}>;reg-id=1")).bindings[0].reg_id is None


def test_expired_bindings_are_gone() -> None:
    first = registered(message(f"<{DESK}>;expires=100", f"<{SOFT}>;expires=200"))
    result = register(message(call_id="query"), first.bindings, flow=FLOW, now=NOW + 100)
    assert uris(result.bindings) == [SOFT]
    assert [(str(gone.binding.contact), gone.why) for gone in result.removed] == [(DESK, "expired")]
    again = register(message(f"<{DESK}>", cseq=1), first.bindings, flow=FLOW, now=NOW + 100)
    assert uris(again.added) == [DESK]


@pytest.mark.covers("SEC-3")
def test_new_binding_pushes_out_the_one_that_would_expire_first() -> None:
    policy = Policy(max_bindings=3)
    old = message("<sip:1@h>;expires=300", "<sip:2@h>;expires=200", "<sip:3@h>;expires=400")
    result = registered(old, message("<sip:4@h>;expires=100", call_id="rebooted"), policy=policy)
    assert uris(result.bindings) == ["sip:1@h", "sip:3@h", "sip:4@h"]
    assert [(str(gone.binding.contact), gone.why) for gone in result.removed] == [("sip:2@h", "pushed out")]
    refresh = registered(old, message("<sip:2@h>;expires=100", call_id="rebooted"), policy=policy)
    assert (len(refresh.bindings), refresh.removed) == (3, ())


@pytest.mark.covers("SEC-3")
def test_more_contacts_in_one_request_than_an_account_may_have() -> None:
    with pytest.raises(Refused) as refused:
        registered(message(*(f"<sip:{number}@h>" for number in range(11))))
    assert refused.value.status == 403


@pytest.mark.parametrize("contact", ["<sip:a@h>;q=2", "<sip:a@h>;q=x", "<sip:a@h>;q=0.12345", "<sip:a@h", "<:>"])
def test_contact_that_can_not_be_read(contact: str) -> None:
    with pytest.raises(MalformedMessage) as refused:
        registered(message(contact))
    assert (refused.value.status, refused.value.header) == (400, "Contact")


@pytest.mark.parametrize(
    ("written", "q"), [("0", Fraction(0)), ("1.000", Fraction(1)), ("0.", Fraction(0)), ("0.333", Fraction(333, 1000))]
)
def test_preference(written: str, q: Fraction) -> None:
    assert registered(message(f"<{DESK}>;q={written}")).bindings[0].q == q


def test_only_sip_contacts_are_taken() -> None:
    with pytest.raises(Refused) as refused:
        registered(message("<mailto:anna@nordhavn.example>"))
    assert refused.value.status == 400


def test_path_is_kept_and_said_back() -> None:
    result = registered(message(f"<{DESK}>", Path="<sip:edge.example;lr>"))
    assert result.bindings[0].path == ("<sip:edge.example;lr>",)
    assert ("Path", "<sip:edge.example;lr>") in result.headers


def test_current_bindings_are_not_touched_by_what_fails() -> None:
    current = registered(message(f"<{DESK}>", cseq=5)).bindings
    kept = tuple(replace(binding) for binding in current)
    with pytest.raises(Refused):
        register(message("<sip:new@h>", f"<{DESK}>", cseq=5), current, flow=FLOW, now=NOW)
    assert current == kept


@pytest.mark.parametrize(
    ("now", "text"), [(0, "Thu, 01 Jan 1970 00:00:00 GMT"), (1709251199.9, "Thu, 29 Feb 2024 23:59:59 GMT")]
)
def test_date(now: float, text: str) -> None:
    assert sip_date(now) == text
