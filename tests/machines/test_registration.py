"""Our registration at a carrier: RFC 3261 10.2 and 22, RFC 3608, RFC 5626 4.5."""

from __future__ import annotations

import pytest

from pbxd.sip.digest import Accepted, Authenticator, Ha1, Wrong
from pbxd.sip.digest_client import DigestClient
from pbxd.sip.message import Request, response_to
from pbxd.sip.registration import Denied, Effect, Granted, Registration, Send, State
from pbxd.sip.uri import Uri

REALM = "carrier.example"
CONTACT = "sip:trunk-1@192.0.2.1:5060"


def registration(*, password: str = "secret", jitter: float = 0.0, expires: int = 600) -> Registration:
    return Registration(
        registrar=Uri.parse("sip:carrier.example"),
        address=Uri.parse("sip:nordhavn@carrier.example"),
        contact=Uri.parse(CONTACT),
        credentials=DigestClient("nordhavn", password, cnonce=lambda: "fresh"),
        expires=expires,
        call_id="one",
        tag="ours",
        jitter=lambda: jitter,
    )


def sent(effects: list[Effect]) -> Request:
    (effect,) = effects
    assert isinstance(effect, Send)
    return effect.request


def granted(machine: Registration, request: Request, now: float, *headers: tuple[str, str]) -> Granted:
    (effect,) = machine.response(response_to(request, 200, headers=headers), now)
    assert isinstance(effect, Granted)
    return effect


class Carrier:
    """A registrar's digest check; the server's own, which the RFCs' figures have proved."""

    def __init__(self) -> None:
        self.authenticator = Authenticator(b"k" * 32)

    def challenge(self, request: Request, *, stale: bool = False, status: int = 401) -> list[tuple[str, str]]:
        name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
        return [(name, value) for value in self.authenticator.challenges(REALM, 1000.0, stale=stale)]

    def accepts(self, request: Request, header: str = "Authorization") -> bool:
        verdict = self.authenticator.verify(
            request, header, lambda _user, _realm: Ha1.of("nordhavn", REALM, "secret"), 1001.0
        )
        assert isinstance(verdict, Accepted | Wrong)
        return isinstance(verdict, Accepted)


def test_register_says_who_and_where() -> None:
    request = sent(registration().start())
    assert (request.method, str(request.uri)) == ("REGISTER", "sip:carrier.example")
    assert str(request.to.uri) == str(request.from_.uri) == "sip:nordhavn@carrier.example"
    assert request.contact is not None
    assert str(request.contact.uri) == CONTACT
    assert (request.expires, request.cseq.number) == (600, 1)


@pytest.mark.parametrize(("status", "header"), [(401, "Authorization"), (407, "Proxy-Authorization")])
def test_a_challenge_is_answered_with_the_password(status: int, header: str) -> None:
    machine, carrier = registration(), Carrier()
    first = sent(machine.start())
    second = sent(machine.response(response_to(first, status, headers=carrier.challenge(first, status=status)), 0.0))
    assert second.cseq.number == 2
    assert second.call_id == first.call_id
    assert carrier.accepts(second, header)
    assert granted(machine, second, 1.0).seconds == 600
    assert machine.state is State.REGISTERED


def test_a_refresh_carries_the_credentials_at_once() -> None:
    machine, carrier = registration(), Carrier()
    first = sent(machine.start())
    second = sent(machine.response(response_to(first, 401, headers=carrier.challenge(first)), 0.0))
    granted(machine, second, 1.0)
    assert machine.deadline is not None
    third = sent(machine.wake(machine.deadline))
    assert carrier.accepts(third)
    value = third.headers.get("Authorization")
    assert value is not None
    assert "nc=00000002" in value


def test_a_stale_nonce_is_worth_another_try_and_a_wrong_password_is_not() -> None:
    machine, carrier = registration(password="wrong"), Carrier()
    first = sent(machine.start())
    second = sent(machine.response(response_to(first, 401, headers=carrier.challenge(first)), 0.0))
    assert not carrier.accepts(second)
    third = sent(machine.response(response_to(second, 401, headers=carrier.challenge(second, stale=True)), 0.0))
    (refused,) = machine.response(response_to(third, 401, headers=carrier.challenge(third)), 5.0)
    assert refused == Denied(status=401, reason="Unauthorized", retry_after=30.0)
    assert (machine.state, machine.deadline) == (State.WAITING, 35.0)


def test_a_registrar_that_calls_every_nonce_stale_is_given_up() -> None:
    machine, carrier = registration(), Carrier()
    request = sent(machine.start())
    for _ in range(4):
        request = sent(machine.response(response_to(request, 401, headers=carrier.challenge(request, stale=True)), 0.0))
    (refused,) = machine.response(response_to(request, 401, headers=carrier.challenge(request, stale=True)), 0.0)
    assert isinstance(refused, Denied)


def test_a_registrar_that_forgot_its_nonces_is_answered_anew() -> None:
    machine, carrier = registration(), Carrier()
    first = sent(machine.start())
    second = sent(machine.response(response_to(first, 401, headers=carrier.challenge(first)), 0.0))
    granted(machine, second, 1.0)
    assert machine.deadline is not None
    third = sent(machine.wake(machine.deadline))  # brings credentials along, for a nonce that is not known any more
    again = sent(machine.response(response_to(third, 401, headers=carrier.challenge(third)), 2.0))
    assert carrier.accepts(again)


@pytest.mark.parametrize(
    ("headers", "seconds", "refresh"),
    [
        ([], 600, 540.0),  # what we asked for, 60 s before its end
        ([("Expires", "3600")], 3600, 3540.0),
        ([("Contact", f"<{CONTACT}>;expires=100")], 100, 80.0),  # four fifths of a short one
        ([("Contact", "<sip:other@192.0.2.9>;expires=20"), ("Contact", f"<{CONTACT}>;expires=200")], 200, 160.0),
    ],
)
def test_the_registrar_says_how_long(headers: list[tuple[str, str]], seconds: int, refresh: float) -> None:
    machine = registration()
    request = sent(machine.start())
    assert granted(machine, request, 0.0, *headers).seconds == seconds
    assert machine.deadline == pytest.approx(refresh)


def test_a_longer_time_is_asked_for_when_the_registrar_wants_it() -> None:
    machine = registration(expires=60)
    first = sent(machine.start())
    second = sent(machine.response(response_to(first, 423, headers=[("Min-Expires", "900")]), 0.0))
    assert second.expires == 900


def test_a_service_route_is_kept() -> None:
    machine = registration()
    request = sent(machine.start())
    route = granted(machine, request, 0.0, ("Service-Route", "<sip:out.carrier.example;lr>")).service_route
    assert [str(one.uri) for one in route] == ["sip:out.carrier.example;lr"]


def test_failures_back_off_and_success_forgets_them() -> None:
    machine = registration()
    machine.start()
    now, pauses = 0.0, []
    for _ in range(9):
        (denied,) = machine.failed(408, "Request Timeout", now)
        assert isinstance(denied, Denied)
        pauses.append(denied.retry_after)
        assert machine.deadline is not None
        now = machine.deadline
        request = sent(machine.wake(now))
    assert pauses == [30, 60, 120, 240, 480, 960, 1800, 1800, 1800]
    granted(machine, request, now)
    assert machine.failed(408, "Request Timeout", now) == [
        Denied(status=408, reason="Request Timeout", retry_after=30.0)
    ]


def test_the_server_may_ask_for_more_patience() -> None:
    machine = registration()
    request = sent(machine.start())
    (denied,) = machine.response(response_to(request, 503, headers=[("Retry-After", "120")]), 0.0)
    assert isinstance(denied, Denied)
    assert denied.retry_after == 120


def test_the_binding_is_taken_away_in_the_end() -> None:
    machine, carrier = registration(), Carrier()
    request = sent(machine.start())
    granted(machine, request, 0.0)
    last = sent(machine.end())
    assert last.expires == 0
    again = sent(machine.response(response_to(last, 401, headers=carrier.challenge(last)), 1.0))
    assert again.expires == 0
    assert carrier.accepts(again)
    assert machine.response(response_to(again, 200), 1.0) == []
    assert machine.deadline is None


def test_an_old_response_changes_nothing() -> None:
    machine = registration()
    first = sent(machine.start())
    machine.failed(408, "Request Timeout", 0.0)
    machine.wake(30.0)
    assert machine.response(response_to(first, 200), 31.0) == []
    assert machine.state is State.TRYING
