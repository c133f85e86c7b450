"""Phones' settings over real HTTP: tickets, secrets, books, what strangers learn, and NOTIFY to a real phone."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import trustme

from tests.interop.operator import Place, eventually, phones_of, started
from tests.interop.part import DOMAIN
from tests.interop.server import House, Server

pytestmark = pytest.mark.interop

PORT = 8089
SNOM, MITEL = "000413aabb01", "08000faabb02"
SNOM_AGENT = "Mozilla/4.0 (compatible; snomD725-SIP 10.1.42.14 1.1.3-u)"
PROVISIONING = {
    "log_out_at": "never",
    "phones": [
        {
            "mac": "00:04:13:aa:bb:01",
            "model": "snom-D725",
            "lines": ["bo-desk"],
            "keys": [{"kind": "blf", "value": "anna"}],
        },
        {"mac": "08:00:0f:aa:bb:02", "model": "mitel-6867", "free_seating": True},
    ],
}


class Asked:
    """What somebody who asks by HTTP is answered."""

    def __init__(self, url: str, headers: Mapping[str, str], context: ssl.SSLContext | None = None) -> None:
        request = urllib.request.Request(url, headers=dict(headers))
        try:
            with urllib.request.urlopen(request, timeout=10, context=context) as answer:
                self.status, self.headers, self.body = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                self.status, self.headers, self.body = error.code, error.headers, error.read()
        except OSError:
            self.status, self.headers, self.body = 0, {}, b""


@pytest.fixture
def house(loopback: Place) -> House:
    address = loopback()
    http = {"listen": f"http://{address}:{PORT}"}
    return House(address=address, server={"http": http}, organization={"provisioning": PROVISIONING})


@pytest.fixture
def server(house: House, tmp_path: Path) -> Iterator[Server]:
    with started(house, tmp_path / "server") as server:
        eventually(lambda: get(house, "/health").status == 200, "health")
        yield server


def get(house: House, path: str, agent: str = "") -> Asked:
    return Asked(f"http://{house.address}:{PORT}{path}", {"User-Agent": agent})


def addresses(server: Server) -> dict[str, str]:
    found: dict[str, Any] = json.loads(server.command("tickets", "show", "--json"))
    return {family: "/" + url.split("/", 3)[3] for family, url in found["addresses"].items()}


@pytest.mark.covers("DEV-2", "DEV-3", "DEV-6")
def test_a_phone_fetches_its_settings_and_its_book(house: House, server: Server) -> None:
    base = addresses(server)["snom"]
    answer = get(house, f"{base}snomD725-000413AABB01.htm", SNOM_AGENT)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/xml")
    assert answer.headers["cache-control"] == "no-store"
    settings = ElementTree.fromstring(answer.body)
    assert settings.findtext("phone-settings/user_name[@idx='1']") == "bo-desk"
    assert settings.findtext("phone-settings/user_pass[@idx='1']") == "bo-desk-secret"
    blf = f"blf sip:201@{DOMAIN};user=phone|*9*201*"
    assert [key.text for key in settings.iter("fkey")] == ["line", blf]
    own = settings.findtext("phone-settings/setting_server") or ""
    path = own.removeprefix(f"http://{house.address}:{PORT}")
    assert get(house, path, SNOM_AGENT).status == 200
    assert get(house, f"{base}000413AABB01.xml", SNOM_AGENT).status == 404
    book = get(house, path.replace("000413AABB01.xml", "book.xml"))
    assert [item.findtext("name") for item in ElementTree.fromstring(book.body).iter("item")] == ["Anna", "Bo", "Cora"]
    listed = json.loads(server.command("phones", "list", "--json"))
    assert (listed[0]["firmware"], listed[0]["state"], listed[0]["model"]) == ("10.1.42.14", "assigned", "snom-D725")


@pytest.mark.covers("DEV-3", "SEC-5")
def test_who_has_no_ticket_learns_nothing(house: House, server: Server) -> None:
    base = addresses(server)["snom"]
    ticket = base.split("/")[2]
    nothing = get(house, "/phones/nothing")
    assert nothing.status == 404
    for path in (
        f"/phones/{'0' * 32}/snom/{SNOM}.xml",
        f"/phones/{'0' * 32}/snom/000000000000.xml",
        f"/phones/{'0' * 32}/mitel/aastra.cfg",
        f"/phones/{ticket[:-1]}/snom/{SNOM}.xml",
        f"/phones/{ticket}x/snom/{SNOM}.xml",
        f"/phones/%00{ticket}/snom/{SNOM}.xml",
        f"/phones/{ticket}/snom/..%2f..%2f..%2fpbxd.yaml",
        f"/phones/{ticket}/snom/../../../etc/passwd",
        f"/phones/{ticket}/snom/....//{SNOM}.xml",
        f"/phones/{ticket}/no-family/{SNOM}.xml",
        f"/phones/{ticket}/snom/{'a' * 5000}.xml",
        f"/phones/{'%ff' * 100}/snom/{SNOM}.xml",
    ):
        answer = get(house, path)
        assert (answer.status, answer.body) == (404, nothing.body), path
    assert get(house, f"{base}{SNOM}.xml").status == 200
    refused = server.events("phone-refused")
    assert refused
    assert {line["why"] for line in refused} == {"no such ticket"}
    assert ticket not in json.dumps(server.log())
    for _ in range(60):
        get(house, f"/phones/{'1' * 32}/snom/{SNOM}.xml")
    assert len(server.events("phone-refused")) <= 31
    assert get(house, f"{base}000413aabb77.xml").status == 404, "a guesser is not asked for, even with the ticket"


@pytest.mark.covers("DEV-5")
def test_a_phone_is_told_to_come(house: House, server: Server, loopback: Place) -> None:
    assert get(house, f"{addresses(server)['snom']}{SNOM}.xml", SNOM_AGENT).status == 200
    with phones_of(server, loopback) as phones:
        bo = phones("bo-desk")
        notify = bo.waits_for("NOTIFY")
        assert "check-sync;reboot=false" in notify
        bo.replies(notify, 200)


@pytest.mark.covers("SEC-5")
def test_settings_over_tls(loopback: Place, tmp_path: Path) -> None:
    address = loopback()
    authority = trustme.CA()
    pair = authority.issue_cert(address)
    pair.private_key_pem.write_to_path(tmp_path / "key.pem")
    for blob in pair.cert_chain_pems:
        blob.write_to_path(tmp_path / "certificate.pem", append=True)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    told = {
        "tls": {"certificate": str(tmp_path / "certificate.pem"), "key": str(tmp_path / "key.pem")},
        "http": {"listen": f"https://{address}:{PORT}"},
    }
    house = House(address=address, server=told, organization={"provisioning": PROVISIONING})
    with started(house, tmp_path / "server") as server:
        base = addresses(server)["mitel"]
        url = f"https://{address}:{PORT}{base}{MITEL.upper()}.cfg"
        answer = eventually(lambda: (found := Asked(url, {}, context)).status == 200 and found, "settings by TLS")
        assert b"\nhttps server: " + address.encode() in answer.body
        assert b"\nsip line1 user name: seat-08000faabb02\n" in answer.body
        assert Asked(url.replace("https", "http"), {}).status != 200
        server.stop()
