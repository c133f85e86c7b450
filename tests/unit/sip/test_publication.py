"""PUBLISH as a pure function (RFC 3903 4, 6)."""

from __future__ import annotations

import pytest

from pbxd.errors import MalformedMessage, Refused
from pbxd.sip.message import Headers, Request
from pbxd.sip.publication import MAX_PUBLICATIONS, Publication, Published, publish
from pbxd.sip.registrar import IntervalTooBrief
from pbxd.sip.subscription import Terms
from pbxd.sip.uri import Uri

NOW = 1_800_000_000.0


def sent(
    body: str = "", *, etag: str = "", expires: int | None = 600, more: tuple[tuple[str, str], ...] = ()
) -> Request:
    headers = [*more]
    if etag:
        headers.append(("SIP-If-Match", etag))
    if expires is not None:
        headers.append(("Expires", str(expires)))
    return Request("PUBLISH", Uri.parse("sip:bo@house.example"), Headers(headers), body.encode())


def published(request: Request, *current: Publication[str], etag: str = "new", now: float = NOW) -> Published[str]:
    return publish(request, current, parse=lambda one: one.body.decode(), etag=etag, now=now, terms=Terms())


def one(etag: str, state: str = "busy", expires: float = NOW + 300) -> Publication[str]:
    return Publication(etag=etag, state=state, expires=expires)


def test_an_initial_publication() -> None:
    done = published(sent("busy"))
    assert done.publications == (one("new", "busy", NOW + 600),)
    assert done.changed
    assert done.headers == (("SIP-ETag", "new"), ("Expires", "600"))


def test_a_refresh_has_another_tag_and_the_same_state() -> None:
    done = published(sent(etag="a"), one("a"), one("b", "away"))
    assert done.publications == (one("new", "busy", NOW + 600), one("b", "away"))
    assert not done.changed


def test_a_change() -> None:
    done = published(sent("away", etag="a"), one("a"), one("b", "busy"))
    assert [publication.state for publication in done.publications] == ["busy", "away"], "the newest comes last"
    assert done.changed


def test_a_removal() -> None:
    done = published(sent(etag="a", expires=0), one("a"))
    assert done.publications == ()
    assert done.changed
    assert done.headers == (("SIP-ETag", "new"), ("Expires", "0"))


def test_two_devices_do_not_touch_each_others() -> None:
    done = published(sent("away"), one("a"))
    assert [publication.etag for publication in done.publications] == ["a", "new"]


@pytest.mark.parametrize("etag", ["b", "expired"])
def test_a_tag_that_is_not_in_force(etag: str) -> None:
    with pytest.raises(Refused) as refused:
        published(sent(etag=etag), one("a"), one("expired", expires=NOW))
    assert refused.value.status == 412


def test_an_initial_publication_of_nothing() -> None:
    with pytest.raises(Refused) as refused:
        published(sent())
    assert refused.value.status == 400


def test_too_short_an_interval() -> None:
    with pytest.raises(IntervalTooBrief):
        published(sent("busy", expires=10))


def test_two_tags_at_once() -> None:
    with pytest.raises(MalformedMessage):
        published(sent(etag="a", more=(("SIP-If-Match", "b"),)), one("a"))


def test_an_expired_publication_is_a_change() -> None:
    assert published(sent(etag="a"), one("a"), one("b", expires=NOW)).changed


def test_the_oldest_is_pushed_out() -> None:
    current = [one(str(number)) for number in range(MAX_PUBLICATIONS)]
    done = published(sent("busy"), *current)
    assert [publication.etag for publication in done.publications] == [
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "new",
    ]
