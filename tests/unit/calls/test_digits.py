"""Which formats a party is offered, and answered with, by how it wants keys."""

from __future__ import annotations

import pytest

from pbxd.calls.formats import offered_codecs
from pbxd.calls.wishes import Wishes, with_events, without_events
from pbxd.org.users import Dtmf
from pbxd.sip.sdp import Codec
from pbxd.sip.session.info import PLAIN, RELAY, USUAL, digit_of, duration_of, relay

PHONE = offered_codecs(["opus", "pcma"])
PCMA = offered_codecs(["pcma"])


def names(codecs: tuple[Codec, ...]) -> list[str]:
    return [f"{codec.encoding}/{codec.clock_rate}" for codec in codecs]


def test_events_are_added_at_each_rate_that_lacks_them() -> None:
    sound = without_events(PHONE)
    assert names(sound) == ["opus/48000", "PCMA/8000"]
    assert names(with_events(sound)) == ["opus/48000", "PCMA/8000", "telephone-event/8000", "telephone-event/48000"]
    assert with_events(PHONE) == PHONE


def test_events_take_a_number_that_is_free() -> None:
    opus = Codec(payload_type=101, encoding="opus", clock_rate=48000, channels=2)
    speex = Codec(payload_type=96, encoding="speex", clock_rate=8000)
    found = with_events((opus, speex))
    assert len({codec.payload_type for codec in found}) == len(found) == 4


@pytest.mark.parametrize(
    ("dtmf", "told"),
    [
        (None, ["PCMA/8000", "telephone-event/8000"]),
        ("rfc4733", ["PCMA/8000", "telephone-event/8000"]),
        ("info", ["PCMA/8000", "telephone-event/8000"]),
        ("inband", ["PCMA/8000", "telephone-event/8000"]),
    ],
)
def test_what_the_other_party_may_be_offered(dtmf: Dtmf | None, told: list[str]) -> None:
    assert names(Wishes(dtmf=dtmf).told(PCMA)) == told


def test_a_party_that_wants_tones_where_none_can_be_made_leaves_them_to_the_other() -> None:
    assert names(Wishes(dtmf="inband", tones=False).told(PCMA)) == ["PCMA/8000"]


def test_a_party_with_info_is_told_of_events_that_it_does_not_have() -> None:
    assert names(Wishes(dtmf="info").told(without_events(PCMA))) == ["PCMA/8000", "telephone-event/8000"]
    assert Wishes(dtmf="info").told(()) == ()
    assert Wishes(dtmf="rfc4733").told(without_events(PCMA)) == without_events(PCMA)


@pytest.mark.parametrize(("body", "duration"), [(b"Signal=5\r\nDuration=250\r\n", 250), (b"Signal=5", USUAL)])
def test_how_long_a_key_was_pressed(body: bytes, duration: int) -> None:
    assert duration_of(RELAY, body) == duration
    assert duration_of(PLAIN, b"5") == USUAL


@pytest.mark.parametrize("digit", "0123456789*#ABCD")
def test_a_digit_by_info_reads_as_it_was_written(digit: str) -> None:
    assert digit_of(RELAY, relay(digit, 80)) == digit
    assert duration_of(RELAY, relay(digit, 80)) == 80


def test_a_trunk_has_its_own_order() -> None:
    both = offered_codecs(["pcmu", "pcma"])
    wishes = Wishes(codecs=offered_codecs(["g722", "pcma", "pcmu"]))
    expected = ["PCMA/8000", "PCMU/8000", "telephone-event/8000"]
    assert names(wishes.taken(both)) == names(wishes.told(both)) == expected


def test_a_trunk_has_nothing_else() -> None:
    wishes = Wishes(codecs=PCMA, dtmf="info")
    assert names(wishes.taken(PHONE)) == ["PCMA/8000"]
    assert names(wishes.told(PHONE)) == ["PCMA/8000", "telephone-event/8000"]
    assert wishes.told(offered_codecs(["opus"])) == ()
    opus, events = offered_codecs(["opus"])[0], PCMA[1]
    assert wishes.told((opus, events)) == wishes.taken((opus, events)) == (), "nobody talks in events"
