"""The process that sends, against mail servers, gateways and a message centre that are not ours."""

from __future__ import annotations

import asyncio
import io
import math
import os
import signal
import sqlite3
import ssl
import struct
import threading
import wave
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pbxd.config.gateways import HttpGateway, SmppGateway, SmsConfig, SmtpConfig
from pbxd.notices.letter import Attachment, Delayed, Mail, Outcome, Refused, Sent, Sms, Unreachable
from pbxd.notices.post import Post, Settings
from tests.interop.authority import Authority
from tests.interop.gateways import Asked, http_gateway, mail_server
from tests.interop.operator import PATIENCE, eventually, pbxd, phones_of, started
from tests.interop.server import House, Server

pytestmark = pytest.mark.interop

Place = Callable[[], str]
SMTP_PORT, HTTP_PORT, SMPP_PORT = 2525, 8099, 2775
MAIL = Mail(
    to="anna@house.example",
    from_name="Huset",
    subject="Talebesked fra Søren",
    text="Hør den.",
    identification="pbxd.1",
    written=1_767_603_600.0,
)
SMS = Sms(to="+4526000001", sender="Huset", text="Ring til Åse på 26 00 00 02")


@asynccontextmanager
async def posting(settings: Callable[[], Settings] | SmtpConfig | SmsConfig) -> AsyncIterator[Post]:
    """A post with its child process."""
    match settings:
        case SmtpConfig() as mails:
            found: Callable[[], Settings] = lambda: (mails, None, ())  # noqa: E731
        case SmsConfig() as sms:
            found = lambda: (None, sms, ())  # noqa: E731
        case _:
            found = settings
    async with asyncio.TaskGroup() as tasks:

        def spawn(coroutine: Coroutine[Any, Any, None]) -> None:
            tasks.create_task(coroutine)

        post = Post(found, spawn)
        try:
            yield post
        finally:
            post.stop()


def served(authority: Authority, host: str) -> ssl.SSLContext:
    """What a server needs that is at this address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issues(host))
    return context


def smtp(host: str, **changes: Any) -> SmtpConfig:
    values: dict[str, Any] = {
        "host": host, "port": SMTP_PORT, "sender": "pbx@house.example", "username": None, "password": None,
        "security": "none", "ca": None, "max_attachment": 10_000_000,
    }  # fmt: skip
    return SmtpConfig(**values | changes)


def http(host: str, **changes: Any) -> SmsConfig:
    values: dict[str, Any] = {
        "url": f"http://{host}:{HTTP_PORT}/send?key=1", "method": "POST", "encoding": "json",
        "fields": {"to": "{to}", "from": "{from}", "text": "{text}"}, "headers": {}, "username": None,
        "password": None, "ca": None,
    }  # fmt: skip
    return SmsConfig(gateway=HttpGateway(**values | changes), sender="", per_hour=100)


def tone(path: Path, seconds: float = 2.0, frequency: float = 440.0) -> Path:
    """A WAV file with a tone, as a message is recorded."""
    samples = [round(8_000 * math.sin(2 * math.pi * frequency * n / 8_000)) for n in range(int(8_000 * seconds))]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path


def frequency_of(content: bytes) -> float:
    """Of the tone in a WAV file: half of its changes of sign in a second."""
    with wave.open(io.BytesIO(content)) as file:
        samples: tuple[int, ...] = struct.unpack(f"<{file.getnframes()}h", file.readframes(file.getnframes()))
        seconds: float = file.getnframes() / file.getframerate()
    changes: float = sum(1 for a, b in pairwise(samples) if (a < 0) != (b < 0))
    return changes / 2 / seconds


@pytest.mark.covers("VM-4")
async def test_a_recording_arrives_by_mail_as_the_same_tone(loopback: Place, tmp_path: Path) -> None:
    host = loopback()
    recording = tone(tmp_path / "m1.wav")
    with mail_server(host, SMTP_PORT) as inbox:
        async with posting(smtp(host)) as post:
            attachment = Attachment(path=str(recording), name="m1.wav", otherwise="gone")
            assert await post.send(1, replace(MAIL, attachments=(attachment,))) == Sent()
    (mail,) = inbox.mails
    assert inbox.recipients == ["anna@house.example"]
    assert (mail["From"], mail["Subject"]) == ("Huset <pbx@house.example>", "Talebesked fra Søren")
    body = mail.get_body()
    assert body is not None
    assert body.get_content().splitlines() == ["Hør den."]
    (attached,) = mail.iter_attachments()
    assert attached.get_content_type() == "audio/wav"
    assert attached.get_content() == recording.read_bytes()
    assert frequency_of(attached.get_content()) == pytest.approx(440, abs=1)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_mails_are_encrypted_and_say_who_sends(security: Any, loopback: Place, authority: Authority) -> None:
    host = loopback()
    context = served(authority, host)
    how = {"starttls": context} if security == "starttls" else {"tls": context}
    with mail_server(host, SMTP_PORT, **how, password=b"right") as inbox:
        good = smtp(host, security=security, ca=authority.path, username="pbx", password="right")
        async with posting(good) as post:
            assert await post.send(1, MAIL) == Sent()
        assert inbox.upgraded == [security == "starttls"]
        assert inbox.logins == ["pbx"]
        async with posting(replace(good, password="wrong")) as post:
            assert isinstance(await post.send(1, MAIL), Unreachable)
        async with posting(replace(good, ca=None)) as post:
            outcome = await post.send(1, MAIL)
            assert isinstance(outcome, Unreachable)
            assert "certificate" in outcome.reason.lower()
    assert len(inbox.mails) == 1


async def test_what_a_mail_server_says_of_a_recipient(loopback: Place) -> None:
    host = loopback()
    with mail_server(host, SMTP_PORT) as inbox:
        inbox.answers += ["550 no such user", "450 later"]
        async with posting(smtp(host)) as post:
            refused, delayed = await post.send(1, MAIL), await post.send(1, MAIL)
            assert refused == Refused(reason="550 no such user")
            assert delayed == Delayed(reason="450 later")
            assert await post.send(1, MAIL) == Sent()
            assert isinstance(await post.send(1, replace(MAIL, to="nobody")), Refused)
    async with posting(smtp(host)) as post:
        assert isinstance(await post.send(1, MAIL), Unreachable)


async def test_several_at_once_and_a_child_that_is_killed(loopback: Place) -> None:
    host = loopback()
    with mail_server(host, SMTP_PORT) as inbox:
        async with posting(smtp(host)) as post:
            outcomes = await asyncio.gather(*(post.send(number, MAIL) for number in range(1, 9)))
            assert outcomes == [Sent()] * 8
            assert post.child is not None
            os.kill(post.child, signal.SIGKILL)
            outcome = await post.send(9, MAIL)
            assert outcome in (Sent(), Delayed(reason="the process that sends it has ended"))
            assert await post.send(9, MAIL) == Sent(), "another child is started"
    assert len(inbox.mails) == 9 + (outcome == Sent())


async def test_settings_that_change_count_for_the_next_letter(loopback: Place) -> None:
    first, second = loopback(), loopback()
    settings: Settings = smtp(first), None, ()
    with mail_server(first, SMTP_PORT) as before, mail_server(second, SMTP_PORT) as after:
        async with posting(lambda: settings) as post:
            assert await post.send(1, MAIL) == Sent()
            child = post.child
            settings = smtp(second), None, ()
            assert await post.send(2, MAIL) == Sent()
            assert post.child != child
    assert (len(before.mails), len(after.mails)) == (1, 1)


async def test_an_http_gateway_is_asked_as_it_wants_to_be(loopback: Place, authority: Authority) -> None:
    host = loopback()
    with http_gateway(host, HTTP_PORT) as asked:
        async with posting(http(host, username="house", password="pass")) as post:
            assert await post.send(1, SMS) == Sent()
        fields = {"sender": "{from}", "recipients": ({"msisdn": "{to}"},), "message": "{text}"}
        async with posting(http(host, fields=fields, headers={"Authorization": "Bearer t"})) as post:
            assert await post.send(1, SMS) == Sent()
        async with posting(http(host, encoding="form")) as post:
            assert await post.send(1, SMS) == Sent()
        async with posting(http(host, method="GET", url=f"http://{host}:{HTTP_PORT}/send")) as post:
            assert await post.send(1, SMS) == Sent()
    basic, nested, form, get = asked
    assert basic.json == {"to": SMS.to, "from": SMS.sender, "text": SMS.text}
    assert (basic.path, basic.headers["Authorization"]) == ("/send?key=1", "Basic aG91c2U6cGFzcw==")
    assert nested.json == {"sender": "Huset", "recipients": [{"msisdn": SMS.to}], "message": SMS.text}
    assert nested.headers["Authorization"] == "Bearer t"
    assert form.body.startswith("to=%2B4526000001&from=Huset&text=Ring")
    assert (get.method, get.path.partition("&")[0]) == ("GET", "/send?to=%2B4526000001")
    with http_gateway(host, HTTP_PORT, tls=served(authority, host)) as asked:
        secure = {"url": f"https://{host}:{HTTP_PORT}/", "ca": authority.path}
        async with posting(http(host, **secure)) as post:
            assert await post.send(1, SMS) == Sent()
        async with posting(http(host, **secure | {"ca": None})) as post:
            assert isinstance(await post.send(1, SMS), Unreachable)
    assert len(asked) == 1


async def test_what_an_http_gateway_says(loopback: Place) -> None:
    host = loopback()
    statuses = [400, 503, 401, 302]
    with http_gateway(host, HTTP_PORT, lambda _: statuses.pop(0)) as asked:
        async with posting(http(host)) as post:
            outcomes: list[Outcome] = [await post.send(1, SMS) for _ in range(4)]
    assert [type(outcome) for outcome in outcomes] == [Refused, Delayed, Unreachable, Unreachable]
    assert len(asked) == 4, "redirections are not followed"
    async with posting(http(host)) as post:
        assert isinstance(await post.send(1, SMS), Unreachable)


def smpp(host: str, **changes: Any) -> SmsConfig:
    values: dict[str, Any] = {
        "host": host, "port": SMPP_PORT, "system_id": "house", "password": "pass", "system_type": "",
        "security": "none", "ca": None,
    }  # fmt: skip
    return SmsConfig(gateway=SmppGateway(**values | changes), sender="", per_hour=100)


async def test_a_message_centre_gets_short_and_long_texts_and_says_what_became_of_them(loopback: Place) -> None:
    smpp34 = pytest.importorskip("smpp34")
    host = loopback()
    reports: list[tuple[int, str]] = []
    told = asyncio.Event()

    def reported(notice: int, state: str) -> None:
        reports.append((notice, state))
        told.set()

    server = smpp34.Server(host, SMPP_PORT)
    await server.start()
    async with posting(smpp(host)) as post:
        post.subscribe(reported)
        submitted: list[Any] = []
        esme = None

        async def serve(count: int) -> None:
            nonlocal esme
            while len(submitted) < count:
                event = await server.next()
                if isinstance(event, smpp34.SubmitSmEvent):
                    submitted.append(event)
                    event.accept(f"id{len(submitted)}")
                elif isinstance(event, smpp34.Esme):
                    esme = event

        outcome, _ = await asyncio.gather(post.send(7, SMS), serve(1))
        assert outcome == Sent()
        short = submitted[0]
        assert (short.source_addr_ton, short.source_addr) == (5, "Huset")
        assert (short.dest_addr_ton, short.dest_addr_npi, short.destination_addr) == (1, 1, "4526000001")
        assert (short.data_coding, short.esm_class, short.registered_delivery) == (0, 0, 1)
        assert short.short_message == b"Ring til \x0ese p\x0f 26 00 00 02"

        long = replace(SMS, sender="+4588887700", text="♥" * 100)
        outcome, _ = await asyncio.gather(post.send(8, long), serve(3))
        assert outcome == Sent()
        first, second = submitted[1:]
        assert (first.source_addr_ton, first.source_addr, first.data_coding) == (1, "4588887700", 8)
        assert (first.esm_class, first.short_message[:3]) == (0x40, b"\x05\x00\x03")
        assert first.short_message[3] == second.short_message[3]
        assert (first.short_message[4:6], second.short_message[4:6]) == (b"\x02\x01", b"\x02\x02")
        assert (first.short_message[6:] + second.short_message[6:]).decode("utf-16-be") == "♥" * 100

        assert esme is not None
        for message, state in (("id1", "DELIVRD"), ("id2", "DELIVRD"), ("id3", "UNDELIV"), ("other", "DELIVRD")):
            text = f"id:{message} sub:001 dlvrd:001 submit date:2601051000 done date:2601051001 stat:{state} err:000"
            await esme.deliver_sm("4588887700", text.encode(), source_addr="4526000001", esm_class=4)
        async with asyncio.timeout(5):
            while len(reports) < 2:
                told.clear()
                await told.wait()
        assert reports == [(7, "delivered"), (8, "undeliverable")]
    await server.stop()


async def test_a_message_centre_that_refuses_goes_away_and_comes_back(loopback: Place) -> None:
    smpp34 = pytest.importorskip("smpp34")
    host = loopback()

    async def answer(server: Any, status: int) -> Any:
        """The session that was opened, if any, once an SMS was answered."""
        esme = None
        while True:
            match await server.next():
                case smpp34.Esme() as esme:
                    pass
                case smpp34.SubmitSmEvent() as event:
                    event.accept("id") if not status else event.reject(status)
                    return esme

    async with posting(smpp(host)) as post:
        assert isinstance(await post.send(1, SMS), Unreachable)
        server = smpp34.Server(host, SMPP_PORT)
        await server.start()
        outcome, esme = await asyncio.gather(post.send(1, SMS), answer(server, smpp34.ESME_RINVDSTADR))
        assert isinstance(outcome, Refused)
        outcome, again = await asyncio.gather(post.send(1, SMS), answer(server, smpp34.ESME_RTHROTTLED))
        assert isinstance(outcome, Delayed)
        assert again is None, "the session stays"
        await esme.unbind()
        outcome, again = await asyncio.gather(post.send(1, SMS), answer(server, 0))
        assert outcome == Sent()
        assert again is not None, "and there is another one after it ended"
    await server.stop()


def test_kill_9_between_taking_and_sending_costs_no_sms(loopback: Place, tmp_path: Path) -> None:
    """The phone was told 202, the gateway has the request and has not answered: it gets it once more, and no more."""
    host = loopback()
    answers = threading.Event()

    def answer(asked: Asked) -> int:
        assert answers.wait(PATIENCE)
        return 200

    told = {"sms": {"kind": "http", "url": f"http://{host}:{HTTP_PORT}/send", "from": "House"}}
    house = House(address=loopback(), server=told, organization={"permissions": {"send_sms": True}})
    with http_gateway(host, HTTP_PORT, answer) as asked, started(house, tmp_path / "server") as server:
        with phones_of(server, loopback) as phone:
            assert phone("anna-desk").writes("+4526000001", "on my way") == "202"
        eventually(lambda: asked, "asking the gateway")
        server.kill()
        answers.set()
        server.start()
        eventually(lambda: server.events("notice-sent"), "sending it after the restart")
        server.stop()
    assert [request.json["text"] for request in asked] == ["on my way"] * 2
    assert _outbox(server) == []


def test_an_operator_looks_after_what_was_not_taken(loopback: Place, tmp_path: Path) -> None:
    host = loopback()
    statuses = [422, 422, 200]
    told = {"sms": {"kind": "http", "url": f"http://{host}:{HTTP_PORT}/send"}}
    house = House(address=loopback(), server=told, organization={"permissions": {"send_sms": True}})
    with http_gateway(host, HTTP_PORT, lambda _: statuses.pop(0)), started(house, tmp_path / "server") as server:
        with phones_of(server, loopback) as phone:
            anna = phone("anna-desk")
            assert anna.writes("+4526000001", "one") == "202"
            assert anna.writes("+4526000002", "two") == "202"
        eventually(lambda: len(server.events("notice-failed")) == 2, "refusing both")
        listed = server.command("notices")
        assert listed.count("422 ok") == 2
        assert "one" not in listed
        assert server.command("notices", "retry", "1") == "tried now: 1\n"
        eventually(lambda: server.events("notice-sent"), "sending it again")
        assert server.command("notices", "drop") == "forgotten: 2\n"
        assert server.command("notices") == "nothing waits, and nothing was given up\n"
        assert pbxd("notices", "retry", "9", "--config", str(server.config)).returncode == 1
        assert server.status()["notices"]["sms"] == {"waiting": 0, "dead": 0}
        assert server.command("welcome").count("not welcomed") == len(house.users)
        assert pbxd("welcome", "anna", "--by", "sms", "--config", str(server.config)).returncode == 1


def _outbox(server: Server) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(server.config.parent / "var" / "pbxd.db")) as database:
        return database.execute("SELECT * FROM outbox").fetchall()
