"""Who calls and who sent the call on, as phones and carriers find it in the INVITE."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from pbxd.events import CallArrived, RouteDecided
from pbxd.sip.message import Request
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, SETTINGS, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone

Houses = Callable[..., AbstractAsyncContextManager[House]]
ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'
MOBILE = "+4540506070"
BY_BO = f"sip:{MOBILE}@house.example"


@pytest.fixture
def houses(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> Houses:
    """Houses whose trunk and organization are as a test wants them."""

    @asynccontextmanager
    async def furnished(*trunk: str, organization: str = "") -> AsyncIterator[House]:
        settings = SETTINGS + "".join(f"    {line}\n" for line in trunk)
        async with House(
            configure(tmp_path, settings=settings, organization=ORGANIZATION + organization), network, clock
        ) as house:
            yield house

    return furnished


async def invited(phone: Phone) -> Request:
    """The INVITE that makes it ring."""
    call = await phone.rings()
    assert call.invite is not None
    return call.invite


@pytest.mark.covers("CLI-5")
@pytest.mark.parametrize("trusted", [True, False])
async def test_an_anonymous_call(houses: Houses, trusted: bool) -> None:
    async with houses(f"trusted: {trusted}") as house:
        (anna,) = await house.phones("anna")
        trunk = house.trunk()
        async with anna.calls("+4533123456", headers=[("Privacy", "id")]):
            invite = await invited(trunk)
            assert str(invite.from_).startswith(ANONYMOUS)
            known = invite.headers.get("P-Asserted-Identity"), invite.headers.get("Privacy")
            if trusted:
                assert known == ('"Anna Holm" <sip:+4588887701@192.0.2.1>', "id")
            else:
                assert known == (None, None)
                assert b"88887701" not in invite.to_bytes()
                assert b"Anna" not in invite.to_bytes()
        await house.settles()


@pytest.mark.covers("CLI-5")
async def test_a_user_who_may_not_call_anonymously(houses: Houses) -> None:
    async with houses(organization="settings: {anonymous_calls: false}\n") as house:
        (anna,) = await house.phones("anna")
        trunk = house.trunk()
        async with anna.calls("+4533123456", headers=[("Privacy", "id")]):
            assert (await invited(trunk)).from_.uri.user == "+4588887701"
        trail = house.happened(RouteDecided)[0].trail
        assert (
            "presentation: anna-desk wants to stay unknown: anonymous_calls is off (set on organization house)" in trail
        )


@pytest.mark.covers("CLI-5")
async def test_nobody_calls_for_help_anonymously(houses: Houses) -> None:
    async with houses() as house:
        (anna,) = await house.phones("anna")
        trunk = house.trunk()
        async with anna.calls("112", headers=[("Privacy", "id")]):
            assert (await invited(trunk)).from_.uri.user == "+4588887701"


@pytest.mark.covers("CLI-5")
async def test_a_colleague_does_not_learn_who_wants_to_stay_unknown(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202", headers=[("Privacy", "id")]):
        invite = await invited(bo)
        assert str(invite.from_).startswith(ANONYMOUS)
        assert b"Anna" not in invite.to_bytes()
        assert b"201" not in invite.to_bytes().split(b"\r\n\r\n")[0].replace(b"192.0.2.1", b"")
    await house.settles()


@pytest.mark.covers("CLI-6", "DIV-3")
async def test_a_call_from_outside_that_a_phone_sends_out_again(houses: Houses) -> None:
    """What the carrier told of the way to us goes out again, and our own diversion after it."""
    async with houses("diversion: both", "trusted: true") as house:
        (bo,) = await house.phones("bo")
        trunk = house.trunk()
        told = [("Diversion", "<sip:+4570111111@carrier.example>;reason=no-answer;counter=2")]
        async with trunk.calls("+4588887702", headers=told):
            first = await invited(bo)
            assert first.headers.all("Diversion") == (
                "<sip:+4570111111@house.example>;reason=no-answer;counter=2;privacy=off",
            )
            assert first.max_forwards == 69
            await bo.redirects(BY_BO)
            invite = await invited(trunk)
            assert invite.uri.user == MOBILE
            assert invite.from_.uri.user == "trunk"  # how the carrier's caller is called in this house
            assert invite.headers.all("Diversion") == (
                "<sip:+4588887702@192.0.2.1>;reason=deflection;counter=1;privacy=off",
                "<sip:+4570111111@192.0.2.1>;reason=no-answer;counter=2;privacy=off",
            )
            assert invite.headers.all("History-Info") == (
                "<sip:+4570111111@192.0.2.1>;index=1.1",
                "<sip:+4588887702@192.0.2.1;cause=408>;index=1.1.1;mp=1.1",
                f"<sip:{MOBILE}@192.0.2.99:5060;cause=480>;index=1.1.1.1;mp=1.1.1",
            )
        assert house.happened(CallArrived)[0].diverted == ("+4570111111 (no-answer, 2 times)",)
        assert "sent on by +4570111111 (no-answer, 2 times)" in house.happened(RouteDecided)[0].trail[0]
        await house.settles()


@pytest.mark.covers("CLI-6")
async def test_a_carrier_that_takes_our_own_numbers_only(houses: Houses) -> None:
    async with houses("caller_number: replace") as house:
        bo = house.phone("bo")
        bo.habits.rings = False
        await bo.registers(3600)
        trunk = house.trunk()
        async with trunk.calls("+4588887702"):
            await bo.redirects(BY_BO)
            invite = await invited(trunk)
            assert invite.from_.uri.user == "+4588887702"
            assert invite.headers.all("Diversion") == (
                "<sip:+4588887702@192.0.2.1>;reason=unconditional;counter=1;privacy=off",
            )
        await house.settles()


@pytest.mark.covers("CLI-6")
async def test_a_colleague_sees_who_sent_the_call_on(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    async with anna.calls("+4588887702"):
        await bo.redirects("sip:203@house.example")
        invite = await invited(cora)
        assert (invite.from_.uri.user, invite.from_.display) == ("201", "Anna Holm")
        assert invite.headers.all("Diversion") == ("<sip:202@house.example>;reason=deflection;counter=1;privacy=off",)
    await house.settles()


@pytest.mark.covers("DIV-3")
async def test_two_phones_that_send_to_each_other(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    async with anna.calls("202"):
        await bo.redirects("sip:203@house.example")
        await cora.redirects("sip:202@house.example")
        await anna.is_answered()
        await anna.hangs_up()
    assert house.happened(RouteDecided)[-1].treatment == "voicemail of bo"
    loop = "loop: the call has been at bo before, or was sent on 10 times"
    assert any(loop in decided.trail for decided in house.happened(RouteDecided))
    await house.settles()


@pytest.mark.covers("DIV-3")
@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("Diversion: <sip:+4570111111@carrier.example>;reason=unconditional;counter=10", 483),
        ("Diversion: <sip:+4588887702@carrier.example>;reason=unconditional", 482),
        (
            "History-Info: <sip:+4588887702@h>;index=1, <sip:+4570111111@h;cause=302>;index=1.1;mp=1,"
            " <sip:+4588887702@h;cause=302>;index=1.1.1;mp=1.1",
            482,
        ),
    ],
)
async def test_a_loop_through_the_carrier(house: House, told: str, status: int) -> None:
    (bo,) = await house.phones("bo")
    trunk = house.trunk()
    name, _, value = told.partition(": ")
    async with trunk.calls("+4588887702", headers=[(name, value)]):
        await bo.redirects(BY_BO)
        await trunk.fails(status)
    await house.settles()


@pytest.mark.covers("CLI-6")
async def test_a_phone_is_not_believed(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    lies = [
        ("Diversion", "<sip:+4570111111@house.example>;reason=unconditional"),
        ("History-Info", "<sip:+4570111111@house.example>;index=1"),
        ("P-Asserted-Identity", "<sip:+4512121212@house.example>"),
    ]
    async with anna.calls("202", headers=lies):
        invite = await invited(bo)
        assert not any(name in invite.headers for name, _ in lies)
        assert invite.from_.uri.user == "201"


async def test_nobody_from_outside_is_sent_on_to_an_emergency_number(house: House) -> None:
    (bo,) = await house.phones("bo")
    trunk = house.trunk()
    async with trunk.calls("+4588887702"):
        await bo.redirects("sip:112@house.example")
        await trunk.fails(404)
    assert trunk.calls_got == []
