"""Events over real sockets: a stream for who listens, signed deliveries, and a call that a program has asked for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from tests.interop.gateways import http_gateway
from tests.interop.operator import Place, eventually, phones_of, started
from tests.interop.server import House, Server
from tests.interop.test_api import ANNEX, API, PORT, ask, secret, token

pytestmark = pytest.mark.interop

HOOKS = 8097
KEY = b"0123456789abcdef01234567"
SCOPES = ["events:read", "presence:write", "calls:write"]
TOKENS = [
    token("house", SCOPES, organization="house"),
    token("annex", SCOPES, organization="annex"),
    token("anna", SCOPES, organization="house", user="anna"),
    token("blind", ["presence:write"], organization="house"),
]


def house_with(address: str, directory: Path, **more: Any) -> House:
    (directory / "annex.yaml").write_text(ANNEX)
    told: dict[str, Any] = {"http": {"listen": f"http://{address}:{PORT}"}, "api_tokens": TOKENS, **more}
    told["organizations"] = ["organizations/*.yaml", str(directory / "annex.yaml")]
    activities = [{"name": "here", "available": "true"}, {"name": "lunch", "available": "false"}]
    return House(address=address, server=told, organization={"activities": activities})


@contextmanager
def listening(house: House, who: str, query: str = "", last: str = "") -> Iterator[IO[bytes]]:
    headers = {"Authorization": f"Bearer {secret(who)}", "Last-Event-ID": last}
    request = urllib.request.Request(f"http://{house.address}:{PORT}{API}/events{query}", headers=headers)
    with urllib.request.urlopen(request, timeout=20) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        assert stream.readline() == b": still here\n"
        yield stream


def next_event(stream: IO[bytes]) -> dict[str, Any]:
    """The next event; comments are passed over (HTML, 9.2.6)."""
    found: dict[str, Any] = {}
    for line in stream:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name in ("id", "event", "data"):
            found[name] = value
        elif not name and "data" in found:
            return {**found, "data": json.loads(found["data"])}
    raise AssertionError("the stream ended")


def lunch(house: House, user: str = "anna") -> None:
    assert ask(house, "PUT", f"{API}/users/{user}/state/activity", "house", {"value": "lunch"})[0] == 200


def there(house: House) -> None:
    eventually(lambda: ask(house, "PUT", f"{API}/users/anna/state/role", "house", {"value": ""})[0] == 409, "the API")


@pytest.mark.covers("API-3", "SEC-5")
def test_events_are_streamed_to_whom_they_concern(loopback: Place, tmp_path: Path) -> None:
    house = house_with(loopback(), tmp_path)
    with started(house, tmp_path / "server") as server:
        there(house)
        with (
            listening(house, "house", "?events=activity-changed") as everything,
            listening(house, "anna") as own,
            listening(house, "annex") as others,
        ):
            lunch(house, "bo")
            lunch(house)
            seen = [next_event(everything) for _ in range(2)]
            assert [one["data"]["users"] for one in seen] == [["bo"], ["anna"]]
            mine = next_event(own)
            assert (mine["event"], mine["data"]["data"]["activity"]) == ("activity-changed", "lunch")
            assert mine["id"] == seen[1]["id"]
            with listening(house, "house", last=seen[0]["id"]) as again:
                assert next_event(again)["id"] == seen[1]["id"]
            assert others.readline() == b"\n"
            assert others.readline() == b": still here\n", "what is not theirs is not told them"
        for who, query in (("blind", ""), ("annex", "?organization=house"), ("house", "?events=nonsense")):
            with pytest.raises(urllib.error.HTTPError) as refused, listening(house, who, query):
                pass
            refused.value.close()
            assert refused.value.code in (403, 404, 422)
        with listening(house, "house") as stream:
            server.stop()
            assert b"event" not in stream.read(), "it ends with the server, and at once"


@pytest.mark.covers("API-3")
def test_a_program_has_a_call_made_and_ended(loopback: Place, tmp_path: Path) -> None:
    house = house_with(loopback(), tmp_path)
    with started(house, tmp_path / "server") as server, phones_of(server, loopback) as phones:
        there(house)
        anna, bo = phones("anna-desk"), phones("bo-desk")
        status, made = ask(house, "POST", f"{API}/calls", "anna", {"user": "anna", "number": "202"})
        assert status == 200, made
        anna.replies(anna.waits_for("INVITE"), 200, sdp=True)
        invite = bo.waits_for("INVITE")
        assert "201" in invite
        bo.replies(invite, 200, sdp=True)
        bo.waits_for("ACK")
        assert ask(house, "DELETE", f"{API}/calls/{made['call']}", "annex")[0] == 404
        assert ask(house, "DELETE", f"{API}/calls/{made['call']}", "anna")[0] == 200
        anna.replies(anna.waits_for("BYE"), 200)
        bo.replies(bo.waits_for("BYE"), 200)
        assert ask(house, "POST", f"{API}/calls", "anna", {"user": "bo", "number": "201"})[0] == 403


@pytest.mark.covers("API-3")
def test_deliveries_are_signed_and_outlast_a_kill(loopback: Place, tmp_path: Path) -> None:
    address, receiver = loopback(), loopback()
    webhook = {
        "url": f"http://{receiver}:{HOOKS}/hook?key=1",
        "events": ["activity-changed"],
        "secret": f"whsec_{base64.b64encode(KEY).decode()}",
    }
    house = house_with(address, tmp_path, webhooks=[webhook])
    server = Server(house, tmp_path / "server", forked=True)
    server.start()
    try:
        there(house)
        lunch(house)
        eventually(lambda: server.events("gateway-down"), "the receiver is found to be away")
        server.kill()
        with http_gateway(receiver, HOOKS) as asked:
            server.start()
            [got] = eventually(lambda: asked, "the delivery")
            eventually(lambda: server.events("notice-sent"), "the delivery counts as made")
        headers = {name.lower(): value for name, value in got.headers.items()}
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{got.body}".encode()
        expected = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        told = json.loads(got.body)
        assert (told["type"], told["users"], told["data"]["activity"]) == ("activity-changed", ["anna"], "lunch")
        assert "key=1" not in server.story()
    finally:
        server.kill()
