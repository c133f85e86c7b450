"""Voice messages over real HTTP: with a token, and by the link in a mail that a mail server has taken."""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path
from time import time
from typing import Any

import pytest

from pbxd.api.listening import FAILURES
from tests.interop.gateways import mail_server
from tests.interop.messages import put
from tests.interop.operator import Place, eventually, started
from tests.interop.server import House

pytestmark = pytest.mark.interop

PORT, SMTP_PORT = 8092, 2526
TOKEN = "anna-token-" + "x" * 24
MESSAGE = "6b49d200-0123456789"
BOX = "/api/v1/mailboxes/user/anna/messages"


def fetch(url: str, method: str = "GET", body: Any = None, **headers: str) -> tuple[int, Message, bytes]:
    """Status, headers and content."""
    content = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, content, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def served(address: str) -> House:
    """Anna gets mails with links, and has a token of her own."""
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    own = {"organization": "house", "user": "anna", "scopes": ["voicemail:read", "voicemail:write"]}
    told = {
        "http": {"listen": f"http://{address}:{PORT}", "public_url": f"http://{address}:{PORT}/"},
        "smtp": {"host": address, "port": SMTP_PORT, "from": "pbx@house.example"},
        "api_tokens": [{"name": "anna", "token": f"sha256:{digest}", **own}],
    }
    anna = {
        "username": "anna",
        "name": "Anna",
        "email": "anna@house.example",
        "lines": [{"number": "+4588887701", "alias": "201", "type": "landline"}],
        "settings": {"voicemail": {"email": "notice"}},
    }
    return House(address=address, server=told, organization={"users": [anna]})


@pytest.mark.covers("VM-4")
def test_a_message_is_heard_in_a_browser_by_the_link_of_its_mail(loopback: Place, tmp_path: Path) -> None:
    address = loopback()
    sound = put(tmp_path / "server", MESSAGE, at=time())
    with mail_server(address, SMTP_PORT) as inbox, started(served(address), tmp_path / "server"):
        eventually(lambda: inbox.mails, "the mail")
        body = inbox.mails[0].get_body()
        assert body is not None
        [link] = [word for word in body.get_content().split() if word.startswith("http")]
        status, headers, content = eventually(lambda: answered(link), "the HTTP process")
        assert (status, headers["Content-Type"], content) == (200, "audio/wav", sound.read_bytes())
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["Content-Disposition"] == f'inline; filename="{MESSAGE}.wav"'
        status, headers, content = fetch(link, Range="bytes=0-3")
        assert (status, content) == (206, b"RIFF"), "players ask for the beginning first"
        for method in ("POST", "PUT", "DELETE"):
            assert fetch(link, method)[0] == 405
        forged = link[:-1] + ("A" if link[-1] != "A" else "B")
        for other in (forged, link.rpartition(".")[0], f"{link}{'x' * 200}", link.rpartition("/")[0] + "/..%2fpbxd.db"):
            assert fetch(other)[0] == 404, other
        url, bearer = f"http://{address}:{PORT}{BOX}", {"Authorization": f"Bearer {TOKEN}"}
        [found] = json.loads(fetch(url, **bearer)[2])["messages"]
        assert (found["id"], found["state"]) == (MESSAGE, "new"), "programs that look into mails have heard nothing"
        assert fetch(f"{url}/{MESSAGE}/sound", **bearer)[2] == sound.read_bytes()
        saved = fetch(
            f"{url}/{MESSAGE}/state", "PUT", {"state": "saved"}, **bearer, **{"Content-Type": "application/json"}
        )
        assert json.loads(saved[2])["state"] == "saved"
        assert fetch(f"{url}/{MESSAGE}", "DELETE", **bearer)[0] == 200
        assert fetch(f"{url}/{MESSAGE}", **bearer)[0] == 404
        assert fetch(link)[0] == 404
        eventually(lambda: not sound.exists(), "the end of the file")
        seen = [fetch(forged)[0] for _ in range(FAILURES)]
        assert (seen[0], seen[-1]) == (404, 429), "who guesses is not listened to for a while"


def answered(link: str) -> tuple[int, Message, bytes] | None:
    """The answer, once the HTTP process has started."""
    try:
        return fetch(link)
    except urllib.error.URLError:
        return None
