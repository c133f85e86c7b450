"""The sections ``smtp`` and ``sms``, and the example on their page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pbxd.config.gateways import HttpGateway, SmppGateway
from pbxd.notices.channels.http import filled
from tests.unit.config.conftest import Files

PAGE = Path(__file__).parents[3] / "docs" / "notices.md"


def test_the_example_of_the_page(files: Files) -> None:
    block = re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    files.write("pbxd.yaml", block[1])
    server = files.load().server
    assert server.smtp is not None
    assert (server.smtp.host, server.smtp.port, server.smtp.security) == ("mail.harbour.example", 587, "starttls")
    assert server.sms is not None
    assert (server.sms.sender, server.sms.per_hour) == ("Harbour", 100)
    gateway = server.sms.gateway
    assert isinstance(gateway, HttpGateway)
    assert gateway.headers == {"Authorization": "Bearer invented-token"}
    assert filled(gateway.fields, {"to": "+4526000001", "from": "Harbour", "number": "", "text": "{to}"}) == {
        "sender": "Harbour",
        "message": "{to}",
        "recipients": [{"msisdn": "+4526000001"}],
    }
    assert "invented-secret" not in repr(server)
    assert "invented-token" not in repr(server)


def test_smpp(files: Files) -> None:
    files.server("sms: {kind: smpp, host: smsc.example, username: house, password: secret, tls: true, ca: ca.pem}\n")
    sms = files.load().server.sms
    assert sms is not None
    assert sms.gateway == SmppGateway(
        host="smsc.example", port=3550, system_id="house", password="secret", system_type="", security="tls",
        ca=files.folder / "ca.pem",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "port"), [("", 25), (", tls: true", 465), (", tls: starttls", 587), (", tls: true, port: 2525", 2525)]
)
def test_ports_of_mail_servers(files: Files, text: str, port: int) -> None:
    files.server(f"smtp: {{host: mail.example, from: pbx@small.example{text}}}\n")
    smtp = files.load().server.smtp
    assert smtp is not None
    assert smtp.port == port


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("smtp: {host: mail.example}", "from"),
        ("smtp: {host: mail.example, from: pbx}", "`pbx` is not an e-mail address"),
        ('smtp: {host: mail.example, from: "pbx@x\\r\\nBcc: y@z"}', "is not an e-mail address"),
        ("smtp: {host: mail.example, from: pbx@x.example, tls: maybe}", "`maybe` is not `false`, `true` or `starttls`"),
        ("sms: {kind: http}", "`kind: http` needs `url`"),
        ("sms: {kind: smpp, host: h, username: u}", "`kind: smpp` needs `password`"),
        ("sms: {kind: smpp, host: h, username: u, password: p, url: 'http://x/'}", "`url` is not for `kind: smpp`"),
        ("sms: {kind: smpp, host: h, username: u, password: p, fields: {}}", "`fields` is not for `kind: smpp`"),
        ("sms: {kind: smpp, host: h, username: u, password: p, tls: starttls}", "SMPP has no STARTTLS"),
        ("sms: {kind: http, url: 'ftp://x/'}", "is not an address"),
        ("sms: {kind: http, url: 'http://x/', from: TwelveLetters}", "more than 11 characters"),
        ("sms: {kind: http, url: 'http://x/', from: Rødgrød}", "is not a sender of SMS"),
        ("sms: {kind: http, url: 'http://x/', fields: [a]}", "must be a mapping"),
        ("sms: {kind: http, url: 'http://x/', host: h}", "`host` is not for `kind: http`"),
    ],
)
def test_mistakes(files: Files, text: str, words: str) -> None:
    files.server(f"{text}\n")
    (problem,) = files.problems()
    assert words in problem
    assert problem.startswith("pbxd.yaml")


def test_an_address_of_a_user_that_is_none(files: Files) -> None:
    files.organization("    name: Anna\n", "    name: Anna\n    email: anna(at)small.example\n")
    (problem,) = files.problems()
    assert "anna(at)small.example` is not an e-mail address" in problem
