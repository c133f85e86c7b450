"""Calls that are asked for outside: the own phone rings first, then the other one's (API-3)."""

from __future__ import annotations

import pytest

from pbxd.calls.orders import OrderError
from pbxd.errors import PbxdError
from pbxd.events import CallEnded
from pbxd.orders import Orders
from tests.support.house import House


def orders(house: House) -> Orders:
    return Orders(lambda: house.server, lambda *_, **__: None)


@pytest.mark.covers("API-3")
async def test_the_own_phone_rings_and_then_the_other_ones(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    made = orders(house).dial(user="anna", number="202")
    assert made["number"] == "202"
    await anna.rings(shows="202")
    await bo.does_not_ring(within=1)
    await anna.answers()
    await bo.rings("201", shows="Anna Holm")
    await bo.answers()
    await anna.pause(1)
    await anna.hears(bo)
    await bo.hears(anna)
    await bo.hangs_up()
    await anna.is_hung_up()
    (ended,) = house.happened(CallEnded)
    assert (ended.call, ended.result) == (made["call"], "answered")
    await house.settles()


async def test_nobody_is_called_while_the_own_phone_does_not_answer(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    orders(house).dial(user="anna", number="202")
    await anna.declines(486)
    await house.settles()
    (ended,) = house.happened(CallEnded)
    assert (ended.result, ended.reason) == ("no-answer", "anna did not answer")
    await bo.does_not_ring(within=1)


async def test_one_phone_of_several(house: House) -> None:
    anna, soft, bo = await house.phones("anna", "anna-soft", "bo")
    orders(house).dial(user="anna", number="202", device="anna-soft")
    await soft.rings()
    await anna.does_not_ring(within=1)
    await soft.answers()
    await bo.answers()
    await soft.hangs_up()
    await house.settles()


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"user": "anna", "number": "112"}, "112 can't be dialled from here"),
        ({"user": "anna", "number": ""}, "can't be dialled"),
        ({"user": "ana", "number": "202"}, "did you mean `anna`"),
        ({"user": "anna", "number": "202", "device": "bo-desk"}, "anna has no phone bo-desk"),
    ],
)
async def test_what_can_t_be_dialled_is_said_in_words(house: House, wanted: dict[str, str], words: str) -> None:
    with pytest.raises(OrderError, match=words):
        orders(house).dial(**wanted)
    await house.settles()


@pytest.mark.covers("API-3")
async def test_a_call_is_ended_by_who_has_a_part_in_it(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    call = orders(house).dial(user="anna", number="202")["call"]
    await anna.answers()
    await bo.answers()
    for whose in ({"user": "cora"}, {"organization": "annex"}):
        with pytest.raises(PbxdError, match=f"no call {call} runs"):
            orders(house).end(call, **whose)
    orders(house).end(call, user="bo", organization="house")
    await anna.is_hung_up()
    await bo.is_hung_up()
    await house.settles()
