"""100rel and PRACK in whole calls, on the caller's leg and on the callee's (RFC 3262)."""

from __future__ import annotations

from pbxd.sip.message import Response
from tests.support.house import HOSTS, House
from tests.support.loss import label
from tests.support.network import Datagram
from tests.support.phone import Habits, Phone
from tests.support.sound import read

REQUIRE = [("Require", "100rel")]


def able(house: House, name: str) -> Phone:
    return house.phone(name, habits=Habits(rings=False, supports=("100rel",)))


def reliable(phone: Phone) -> list[Response]:
    return [one for one in phone.received if isinstance(one, Response) and "100rel" in one.require]


async def test_a_caller_that_insists(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202", headers=REQUIRE):
        await anna.hears_ringing()
        await anna.pause(0.1)
        assert [one.status for one in reliable(anna)] == [180]
        await bo.answers()
        await anna.is_answered()
        await anna.hears(bo)
    await house.settles()


async def test_early_media_reliably_and_the_answer_after_it(house: House) -> None:
    anna, bo = able(house, "anna"), able(house, "bo")
    await anna.registers(3600)
    await bo.registers(3600)
    async with anna.calls("202") as call:
        callee = await bo.rings()
        callee.respond(183, sdp=callee._description(), reliably=True)
        early = await anna.hears_ringing()
        assert (early.status, "100rel" in early.require) == (183, True)
        await anna.hears(bo)
        await bo.gets("PRACK")
        callee.respond(200, sdp=b"")
        await bo.gets("ACK")
        await anna.is_answered()
        assert call.attempt.final is not None
        assert call.attempt.final.body == b""
        await anna.hears(bo)
        await bo.hears(anna)
    await house.settles()


async def test_both_sides_change_the_session_before_the_answer(house: House) -> None:
    anna, bo = able(house, "anna"), able(house, "bo")
    await anna.registers(3600)
    await bo.registers(3600)
    async with anna.calls("202") as call:
        callee = await bo.rings()
        callee.respond(183, sdp=callee._description(), reliably=True)
        early = await anna.hears_ringing()
        await bo.gets("PRACK")
        update = callee.request("UPDATE", body=callee.sound.offer())
        final = await bo.watch.until(lambda: update.final, "an answer to Bo's early UPDATE", 5)
        assert (final.status, read(final.body)[0].direction) == (200, "sendrecv")
        call.offered = True
        mine = call.request("UPDATE", body=call.sound.offer("sendonly"), remote_tag=early.to.tag)
        final = await anna.watch.until(lambda: mine.final, "an answer to Anna's early UPDATE", 5)
        assert (final.status, read(final.body)[0].direction) == (200, "recvonly")
        callee.respond(200, sdp=b"")
        await anna.is_answered()
        await anna.resumes()
        await bo.hears(anna)
    await house.settles()


async def test_what_is_lost_comes_again(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    seen: set[str] = set()

    def first_copy(datagram: Datagram) -> bool:
        message = label(datagram.data)
        if message not in ("180 INVITE", "PRACK", "200 PRACK") or HOSTS["anna"] not in (
            datagram.source.host,
            datagram.target.host,
        ):
            return False
        new = message not in seen
        seen.add(message)
        return new

    house.network.drop(first_copy)
    async with anna.calls("202", headers=REQUIRE):
        await anna.hears_ringing()
        await anna.pause(10)
        assert [one.status for one in reliable(anna)] == [180, 180]  # the first was lost, the PRACK of the second, too
        await bo.answers()
        await anna.is_answered()
        assert seen == {"180 INVITE", "PRACK", "200 PRACK"}
    await house.settles()


async def test_an_answer_that_is_never_acknowledged_ends_the_call_on_both_sides(house: House) -> None:
    anna, bo = house.phone("anna"), able(house, "bo")
    await anna.registers(3600)
    await bo.registers(3600)
    call = anna.dials("202", headers=REQUIRE)
    call.progressed = lambda response: None  # type: ignore[method-assign]  # noqa: ARG005
    callee = await bo.rings()
    callee.respond(183, sdp=callee._description())
    await anna.pause(5)
    callee.respond(200, sdp=callee._description())
    await bo.gets("ACK")
    await anna.pause(20)
    assert call.state == "calling"  # the 200 waits for the PRACK of the 183
    await anna.fails(504, within=10)
    await bo.is_hung_up()
    await house.settles()


async def test_a_prack_for_nothing(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        prack = call.request("PRACK", headers=[("RAck", "1 1 INVITE")])
        final = await anna.watch.until(lambda: prack.final, "an answer to the PRACK", 5)
        assert final.status == 481
    await house.settles()
