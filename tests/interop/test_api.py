"""The HTTP API of a running server: who may what, exhaustively; what it says of itself; hostile requests."""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as effort
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import ignored_auth

from pbxd.api.rest.access import FAILURES
from pbxd.media.sound.files import convert
from pbxd.speech.library import Library
from tests.interop.messages import put, record
from tests.interop.operator import Place, eventually, phones_of, started, talk
from tests.interop.server import House, Server

pytestmark = pytest.mark.interop

PORT = 8090
API = "/api/v1"
SCOPES = [
    *("phones:read", "phones:write", "tickets:read", "tickets:write"),
    *("presence:read", "presence:write", "calls:read", "calls:write", "events:read"),
    *("voicemail:read", "voicemail:write", "recordings:read", "sounds:read", "queues:read", "queues:write"),
    *("directory:read", "directory:write", "directory:moderate"),
]
USERS_SCOPES = [
    scope
    for scope in SCOPES
    if not scope.startswith(("phones:", "tickets:", "recordings:", "sounds:", "directory:mod"))
]
MAC = "00:04:13:aa:bb:01"
BOX = "/mailboxes/user/anna/messages"
MESSAGE = "6b49d200-0123456789"
RECORDING = "6b49d200-0123456789-1"
QUEUE = {"name": "support", "number": "250", "agents": [{"user": "anna"}, {"user": "bo"}]}
PHONES = {"phones": [{"mac": MAC, "model": "snom-D725", "lines": ["anna-desk"]}]}
PLAN = {"kind": "role", "value": "work", "start": "2030-01-07 10:00", "until": "2030-01-07 11:00"}
SHIPS = [{"id": "ships", "name": {"en": "Ships"}, "editable_by_user": True, "moderated": True}]


def secret(name: str) -> str:
    return f"{name}-token-{'x' * 24}"


def token(name: str, scopes: list[str], **more: str) -> dict[str, Any]:
    digest = hashlib.sha256(secret(name).encode()).hexdigest()
    return {"name": name, "token": f"sha256:{digest}", "scopes": scopes, **more}


ONLY = [scope.replace(":", "-") for scope in SCOPES]
TOKENS = [
    token("all", SCOPES),
    token("house", SCOPES, organization="house"),
    token("annex", SCOPES, organization="annex"),
    token("anna", USERS_SCOPES, organization="house", user="anna"),
    *(token(name, [scope]) for name, scope in zip(ONLY, SCOPES, strict=True)),
]
STREAM = ("GET", f"{API}/events")
"""Whose answer does not end: tests/interop/test_streams.py."""
ANNEX = """\
organization: annex
name: Annex
domain: annex.example
country: DK
timezone: Europe/Copenhagen
languages: [en]
"""


@dataclass(frozen=True)
class Route:
    """A request, the scope that it needs, and what it answers to who may."""

    method: str
    path: str
    scope: str
    body: Any = None
    status: int = 200
    of_anna: bool = False
    """Whether it is about Anna, whose own token may then."""


ROUTES = [
    Route("GET", "/phones", "phones:read"),
    Route("GET", f"/phones/{MAC}", "phones:read"),
    Route("POST", "/phones", "phones:write", {"phones": [{"mac": "00:04:13:aa:bb:07", "description": "Attic"}]}),
    Route("PUT", f"/phones/{MAC}/lines", "phones:write", {"lines": ["anna-desk"]}, status=409),
    Route("POST", f"/phones/{MAC}/reload", "phones:write", {"restart": False}),
    Route("POST", f"/phones/{MAC}/release", "phones:write"),
    Route("GET", "/tickets", "tickets:read"),
    Route("GET", "/tickets/addresses", "tickets:write"),
    Route("POST", "/tickets", "tickets:write", {"overlap": 60}),
    Route("DELETE", "/tickets/00000000", "tickets:write", status=409),
    Route("GET", "/users/anna/state", "presence:read", of_anna=True),
    Route("PUT", "/users/anna/state/divert", "presence:write", {"value": "202"}, of_anna=True),
    Route("DELETE", "/users/anna/state/divert", "presence:write", of_anna=True),
    Route("GET", "/calls", "calls:read", of_anna=True),
    Route("GET", "/calls?user=anna", "calls:read", of_anna=True),
    Route("POST", "/calls", "calls:write", {"user": "anna", "number": "112"}, status=409, of_anna=True),
    Route("DELETE", "/calls/0-0000000000", "calls:write", status=404, of_anna=True),
    Route("GET", BOX, "voicemail:read", of_anna=True),
    Route("GET", f"{BOX}/{MESSAGE}", "voicemail:read", of_anna=True),
    Route("GET", f"{BOX}/{MESSAGE}/sound", "voicemail:read", of_anna=True),
    Route("PUT", f"{BOX}/{MESSAGE}/state", "voicemail:write", {"state": "heard"}, of_anna=True),
    Route("DELETE", f"{BOX}/0-0000000000", "voicemail:write", status=404, of_anna=True),
    Route("GET", "/users/anna/plans", "presence:read", of_anna=True),
    Route("POST", "/users/anna/plans", "presence:write", PLAN, of_anna=True),
    Route("DELETE", "/users/anna/plans/1-work", "presence:write", status=409, of_anna=True),
    Route("GET", "/directory?text=holm", "directory:read", of_anna=True),
    Route("GET", "/users/anna/fields", "directory:read", of_anna=True),
    Route("PUT", "/users/anna/fields/ships", "directory:write", {"value": "tugs"}, of_anna=True),
    Route("GET", "/directory/changes", "directory:moderate"),
    Route("PUT", "/directory/changes/anna/ships", "directory:moderate", {"accept": True}, status=409),
    Route("GET", "/recordings", "recordings:read"),
    Route("GET", f"/recordings/{RECORDING}", "recordings:read"),
    Route("GET", f"/recordings/{RECORDING}/sound", "recordings:read"),
    Route("GET", "/sounds", "sounds:read"),
    Route("GET", "/sounds/welcome/en", "sounds:read"),
    Route("GET", "/queues", "queues:read"),
    Route("PUT", "/users/anna/queues/support", "queues:write", of_anna=True),
    Route("DELETE", "/users/anna/queues/support", "queues:write", of_anna=True),
    Route("PUT", "/users/anna/pause", "queues:write", of_anna=True),
    Route("DELETE", "/users/anna/pause", "queues:write", of_anna=True),
]


@pytest.fixture
def house(loopback: Place, tmp_path: Path) -> House:
    address = loopback()
    (tmp_path / "annex.yaml").write_text(ANNEX)
    told: dict[str, Any] = {"http": {"listen": f"http://{address}:{PORT}"}, "api_tokens": TOKENS}
    told["organizations"] = ["organizations/*.yaml", str(tmp_path / "annex.yaml")]
    said = {"provisioning": PHONES, "queues": [QUEUE], "directory_fields": SHIPS, "roles": [{"name": "work"}]}
    return House(address=address, server=told, organization=said)


@pytest.fixture
def server(house: House, tmp_path: Path) -> Iterator[Server]:
    path = put(tmp_path / "server", MESSAGE)
    convert(path, Library(tmp_path / "server" / "var").put("house", "welcome", "en", "What everybody hears first"))
    with started(house, tmp_path / "server") as server:
        eventually(lambda: ask(house, "GET", f"{API}/phones", "annex")[0] == 200, "the API")
        record(tmp_path / "server", RECORDING)
        yield server


def ask(
    house: House, method: str, path: str, who: str | None = None, body: Any = None, raw: bytes | None = None
) -> tuple[int, Any]:
    """Status, and JSON or what else there is."""
    content = raw if raw is not None else json.dumps(body).encode() if body is not None else None
    headers = {"Content-Type": "application/json"} if content is not None else {}
    if who is not None:
        headers["Authorization"] = f"Bearer {secret(who)}"
    url = f"http://{house.address}:{PORT}{path}"
    request = urllib.request.Request(url, content, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text.startswith(b"{") else text
    except urllib.error.HTTPError as error:
        with error:
            text = error.read()
            return error.code, json.loads(text) if text.startswith(b"{") else text
    except OSError:
        return 0, None


NOT_THERE_IN_ANNEX = {
    ("GET", "/phones"): 200,
    ("POST", "/phones"): 200,
    ("GET", "/tickets"): 200,
    ("GET", "/tickets/addresses"): 409,
    ("POST", "/tickets"): 409,
    ("DELETE", "/tickets/00000000"): 409,
    ("PUT", "/users/anna/state/divert"): 409,
    ("DELETE", "/users/anna/state/divert"): 409,
    ("GET", "/queues"): 200,
    ("PUT", "/users/anna/queues/support"): 409,
    ("DELETE", "/users/anna/queues/support"): 409,
    ("PUT", "/users/anna/pause"): 409,
    ("DELETE", "/users/anna/pause"): 409,
    ("GET", "/calls"): 200,
    ("POST", "/calls"): 409,
    ("GET", "/users/anna/plans"): 409,
    ("POST", "/users/anna/plans"): 409,
    ("DELETE", "/users/anna/plans/1-work"): 409,
    ("GET", "/directory?text=holm"): 200,
    ("GET", "/directory/changes"): 200,
    ("PUT", "/users/anna/fields/ships"): 409,
    ("PUT", "/directory/changes/anna/ships"): 409,
    ("GET", "/recordings"): 200,
    ("GET", "/sounds"): 200,
}
"""What an administrator of the other organization is answered; 404 for all else, which for him is not there."""
OF_ONE = {
    ("POST", "/phones"): 409,
    ("GET", "/tickets/addresses"): 409,
    ("POST", "/tickets"): 409,
    ("GET", "/calls?user=anna"): 404,
    ("GET", "/directory?text=holm"): 409,
    ("GET", "/directory/changes"): 409,
    ("GET", "/sounds"): 409,
    ("GET", "/sounds/welcome/en"): 404,
}
"""What is answered to a token for all organizations that does not say which, where that matters."""


def allowed(name: str, route: Route) -> int:
    """The status of what a token is answered."""
    of = next(one for one in TOKENS if one["name"] == name)
    if route.scope not in of["scopes"]:
        return 403
    if name == "annex":
        return NOT_THERE_IN_ANNEX.get((route.method, route.path), 404)
    if "organization" not in of:
        return OF_ONE.get((route.method, route.path), route.status)
    return route.status


@pytest.mark.covers("API-3", "SEC-5")
def test_every_token_may_what_it_may_and_nothing_else(house: House, server: Server) -> None:
    for one in TOKENS:
        for route in ROUTES:
            status, found = ask(house, route.method, API + route.path, one["name"], route.body)
            assert status == allowed(one["name"], route), (one["name"], route, found)
    for path in ("/users/bo/state", "/calls?user=bo", "/mailboxes/user/bo/messages"):
        assert ask(house, "GET", API + path, "anna")[0] == 403
    assert ask(house, "PUT", f"{API}/users/bo/queues/support", "anna")[0] == 409


@pytest.mark.covers("API-3", "USR-4")
def test_what_a_user_changes_waits_for_an_administrator(house: House, server: Server) -> None:
    status, fields = ask(house, "PUT", f"{API}/users/anna/fields/ships", "anna", {"value": "tugs"})
    assert (status, fields["fields"], fields["waiting"]) == (200, {}, {"ships": "tugs"})
    assert ask(house, "PUT", f"{API}/users/bo/fields/ships", "anna", {"value": "tugs"})[0] == 403
    assert ask(house, "GET", f"{API}/directory/changes", "anna")[0] == 403
    assert server.command("directory", "changes", "--organization", "house").startswith("anna  ships: - to tugs  (")
    assert ask(house, "GET", f"{API}/directory?text=tugs", "anna")[1]["entries"] == []
    accept = f"{API}/directory/changes/anna/ships"
    assert ask(house, "PUT", accept, "house", {"accept": True})[1]["fields"] == {"ships": "tugs"}
    [found] = ask(house, "GET", f"{API}/directory?text=tugs&field=ships", "anna")[1]["entries"]
    assert (found["username"], found["fields"]) == ("anna", {"ships": "tugs"})
    assert "ships: tugs" in server.command("directory", "search", "tugs", "--as", "bo", "--organization", "house")
    assert server.command("directory", "set", "anna", "ships").strip() == "ships of anna is empty"


@pytest.mark.covers("API-3", "QUE-12")
def test_queues_are_told_as_they_change(house: House, server: Server) -> None:
    assert ask(house, "GET", f"{API}/queues/events", "anna")[0] == 403
    url = f"http://{house.address}:{PORT}{API}/queues/events"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {secret('house')}"})
    with urllib.request.urlopen(request, timeout=20) as stream:
        assert told(stream) == {"anna": "logged-out", "bo": "logged-out"}
        assert ask(house, "PUT", f"{API}/users/anna/queues/support", "anna")[0] == 200
        while (found := told(stream))["anna"] == "logged-out":
            pass
        assert found == {"anna": "free", "bo": "logged-out"}


def told(stream: Any) -> dict[str, str]:
    """What the next event says that agents do."""
    kind, _, data, _ = (next(stream).decode().strip() for _ in range(4))
    assert kind == "event: queues"
    [queue] = json.loads(data.removeprefix("data: "))["queues"]
    return {agent["user"]: agent["state"] for agent in queue["agents"]}


@pytest.mark.covers("API-3", "SEC-5")
def test_without_a_token_there_is_nothing(house: House, server: Server) -> None:
    for route in ROUTES:
        status, found = ask(house, route.method, API + route.path, None, route.body)
        assert (status, found) == (401, {"detail": "a valid token is needed"}), route
    for _ in range(FAILURES + 1):
        assert ask(house, "GET", f"{API}/phones", "nobody")[0] == 401
    assert ask(house, "GET", f"{API}/phones", "all")[0] == 429
    status, document = ask(house, "GET", f"{API}/openapi.json")
    assert (status, document["openapi"][:2]) == (200, "3.")
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert len(described - {STREAM}) == len(ROUTES) - 1, "every route is in the table of this test"
    assert secret("all") not in (server.config.parent / "pbxd.yaml").read_text()


@pytest.mark.covers("API-3")
def test_state_and_calls_of_a_user(house: House, server: Server, loopback: Place) -> None:
    status, state = ask(house, "PUT", f"{API}/users/anna/state/divert-busy", "anna", {"value": "202"})
    assert (status, state["user"]) == (200, "anna")
    assert ask(house, "PUT", f"{API}/users/anna/state/divert", "anna", {"value": "nonsense"})[0] == 409
    with phones_of(server, loopback) as phones:
        anna, bo = phones("anna-desk"), phones("bo-desk")
        invite, answer = talk(anna, bo)
        anna.hangs_up(invite, answer)
        bo.replies(bo.waits_for("BYE"), 200)
        seen = eventually(lambda: ask(house, "GET", f"{API}/calls?result=answered", "anna")[1]["calls"], "the call")
    assert [(call["caller"], call["called"], call["result"]) for call in seen] == [("201", "202", "answered")]
    assert ask(house, "GET", f"{API}/calls?number=202&limit=1", "all")[1]["calls"] == seen
    assert ask(house, "GET", f"{API}/calls?number=203", "all")[1]["calls"] == []
    assert ask(house, "GET", f"{API}/calls", "annex")[1]["calls"] == []


@pytest.mark.covers("CALL-8")
def test_recorded_calls_are_fetched(house: House, server: Server) -> None:
    going_on = "6b49d201-0123456789"
    path = record(server.config.parent, f"{going_on}-1", ended=False)
    listed = ask(house, "GET", f"{API}/recordings", "house")[1]["recordings"]
    assert {one["id"]: one["ended"] is None for one in listed} == {RECORDING: False, f"{going_on}-1": True}
    [of_one] = ask(house, "GET", f"{API}/recordings?call={going_on}", "all")[1]["recordings"]
    assert of_one in listed
    assert of_one["call"] == going_on
    assert ask(house, "GET", f"{API}/recordings", "annex")[1]["recordings"] == []
    assert ask(house, "GET", f"{API}/recordings/{RECORDING}", "all")[1]["caller"] == "201"
    assert ask(house, "GET", f"{API}/recordings/{RECORDING}/sound", "all") == (200, path.read_bytes())
    assert ask(house, "GET", f"{API}/recordings/{going_on}-1/sound", "all")[0] == 409
    path.with_name(f"{RECORDING}.wav").unlink()
    assert ask(house, "GET", f"{API}/recordings/{RECORDING}/sound", "all")[0] == 404


@pytest.mark.covers("SND-1")
def test_sounds_are_listened_to_in_place(house: House, server: Server) -> None:
    listed = {one["name"]: one for one in ask(house, "GET", f"{API}/sounds", "house")[1]["sounds"]}
    welcome = {"kind": "uploaded", "description": "What everybody hears first", "languages": ["en"]}
    assert listed["welcome"] == {"name": "welcome", **welcome}
    assert listed["goodbye"]["kind"] == "system"
    path = server.config.parent / "var" / "sounds" / "house" / "welcome" / "en.flac"
    assert ask(house, "GET", f"{API}/sounds/welcome/en", "house") == (200, path.read_bytes())
    for wrong in ("welcome/da", "nothing/en", "..%2F..%2Fpbxd.yaml/en"):
        assert ask(house, "GET", f"{API}/sounds/{wrong}", "house")[0] in (404, 422)
    url = f"http://{house.address}:{PORT}{API}/sounds/welcome/en"
    headers = {"Authorization": f"Bearer {secret('house')}", "Range": "bytes=4-99"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
        assert (answer.status, answer.read()) == (206, path.read_bytes()[4:100])
        assert answer.headers["Content-Type"] == "audio/flac"


@pytest.mark.covers("SEC-5")
def test_hostile_requests_do_nothing(house: House, server: Server) -> None:
    state = f"{API}/users/anna/state/divert"
    deep = b"[" * 100_000 + b"]" * 100_000
    huge = json.dumps({"value": "2" * 3_000_000}).encode()
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    for raw in (
        b"",
        b"{",
        b"null",
        b"[]",
        b'{"value": 1}',
        b'{"value": "202", "organization": "annex"}',
        deep,
        huge,
        entity,
    ):
        status, found = ask(house, "PUT", state, "anna", raw=raw)
        assert status in (400, 409, 413, 422), (raw[:40], status, found)
    for path in (
        f"{API}/phones/..%2f..%2fetc%2fpasswd",
        f"{API}/phones/{'0' * 10_000}",
        f"{API}/users/anna%00/state",
        f"{API}/users/%2e%2e/state",
        f"{API}/calls?number=%27%20OR%201=1--",
        f"{API}/mailboxes/user/anna/messages/..%2f..%2f..%2fpbxd.db/sound",
        f"{API}/mailboxes/user/..%2f..%2fetc/messages",
        f"{API}/mailboxes/user/anna/messages/{MESSAGE}/sound?part=../../pbxd.db",
        f"{API}/calls?limit=1000000000000",
        f"{API}/calls?since=nan",
        f"{API}/calls?organization=%3Cscript%3E",
    ):
        assert ask(house, "GET", path, "all")[0] in (404, 414, 422), path
    assert ask(house, "GET", f"{API}/users/anna/state", "anna")[0] == 200
    assert [line for line in server.log() if line["level"] == "error"] == []


def test_the_document_is_true(house: House, server: Server) -> None:
    """Requests made from the description, good and bad ones, are answered as it says (schemathesis)."""
    schema = schemathesis.openapi.from_url(f"http://{house.address}:{PORT}{API}/openapi.json")
    bearer = {"Authorization": f"Bearer {secret('all')}"}
    tried = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if (operation.method.upper(), operation.full_path) == STREAM:
            continue

        @effort(
            max_examples=15,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def holds(case: Any) -> None:
            nonlocal tried
            tried += 1
            # That no token is no way in shows the table above; wrong ones by the dozen are not even looked at.
            case.call_and_validate(headers=bearer, timeout=20, excluded_checks=[ignored_auth])

        holds()
    assert tried > 100
