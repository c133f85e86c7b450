"""Letters as text and back, and what they say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.config.gateways import Fields
from pbxd.notices.channels.bodies import MailTooOdd, message
from pbxd.notices.channels.http import filled, outcome
from pbxd.notices.letter import Attachment, Delayed, Mail, Refused, Sent, Sms, Unreachable, from_data, to_text
from pbxd.notices.texts import LANGUAGES, Texts, _catalogue, _names, length
from tests.support.clock import MONDAY

MAIL = Mail(
    to="anna@house.example",
    from_name="The House",
    subject="Besked fra Søren",
    text="Ring tilbage.\nTak.",
    identification="pbxd.1",
    written=MONDAY,
    attachments=(Attachment(path="/nowhere/1.wav", name="1.wav", otherwise="It is gone."),),
)


def decoded(mail: Mail, limit: int = 1000) -> EmailMessage:
    """The mail as a program reads it that has it from the wire."""
    wire = message(mail, "pbx@house.example", limit).as_bytes()
    return message_from_bytes(wire, EmailMessage, policy=default)


@pytest.mark.parametrize("letter", [MAIL, Sms(to="+4526000001", sender="House", text="Hej ♥ \udc80")])
def test_a_letter_survives_the_database(letter: Mail | Sms) -> None:
    assert from_data(json.loads(to_text(letter))) == letter


def test_an_sms_does_not_show_what_it_says_where_it_is_logged() -> None:
    assert "secret" not in repr(Sms(to="+45", sender="", text="secret"))


def test_a_mail_is_what_it_should_be() -> None:
    found = decoded(MAIL)
    assert found["From"] == "The House <pbx@house.example>"
    assert found["To"] == "anna@house.example"
    assert found["Subject"] == "Besked fra Søren"
    assert found["Message-ID"] == "<pbxd.1@house.example>"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Date"].datetime.timestamp() == MONDAY
    assert found["Date"].datetime.tzinfo is not None
    assert found.get_content().splitlines() == ["Ring tilbage.", "Tak.", "", "It is gone."]


def test_a_recording_goes_along(tmp_path: Path) -> None:
    path = tmp_path / "1.wav"
    path.write_bytes(bytes(range(256)) * 3)
    mail = replace(MAIL, attachments=(Attachment(path=str(path), name="1.wav", otherwise="gone"),))
    (attached,) = decoded(mail).iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("audio/wav", "1.wav")
    assert attached.get_content() == path.read_bytes()
    body = decoded(mail).get_body()
    assert body is not None
    assert "gone" not in body.get_content()
    too_large = decoded(mail, limit=767)
    assert list(too_large.iter_attachments()) == []
    assert "gone" in too_large.get_content()


@given(st.text(alphabet=st.characters(codec=None), max_size=60))
def test_nothing_can_be_smuggled_into_a_header(name: str) -> None:
    """Whatever the network says somebody is called."""
    texts = Texts("en")
    subject = texts.say("voicemail.subject", caller=f"{name}\r\nBcc: everybody@example.com")
    mail = replace(MAIL, subject=subject, from_name=name, attachments=())
    raw = message(mail, "pbx@house.example", 0).as_bytes()
    head = raw.partition(b"\r\n\r\n")[0]
    names = [line.split(b":")[0].lower() for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")]
    assert names.count(b"subject") == 1
    assert b"bcc" not in names


@pytest.mark.parametrize("to", ["anna", "a\r\nb@x", "anna@", "a b@x", ""])
def test_an_address_that_is_none_is_refused_in_words(to: str) -> None:
    with pytest.raises(MailTooOdd, match="can't be written"):
        message(replace(MAIL, to=to), "pbx@house.example", 0)


def test_every_language_says_the_same() -> None:
    english = _catalogue("en")
    for language in LANGUAGES:
        catalogue = _catalogue(language)
        assert {name: set(texts) for name, texts in catalogue.items()} == {n: set(t) for n, t in english.items()}
        for section, texts in catalogue.items():
            for key, text in texts.items():
                assert _names(text) == _names(english[section][key]), (language, section, key)


def test_texts_leave_out_what_is_not_known_and_obey_no_templates() -> None:
    texts = Texts("de")
    assert texts.language == "en"
    said = texts.say("voicemail.text", caller="{number}", at="now", length="0:01", group="", number="", link="")
    assert "From: {number}\n" in said
    assert "Mailbox" not in said
    assert "Call" not in said
    assert "Listen" not in said


def test_moments_and_lengths() -> None:
    copenhagen = ZoneInfo("Europe/Copenhagen")
    assert Texts("da").moment(MONDAY, copenhagen) == "05.01.2026 kl. 10.00"
    assert Texts("sv").moment(MONDAY, UTC) == "2026-01-05 kl. 09:00"
    assert [length(seconds) for seconds in (0.4, 42.0, 59.6, 3723.0)] == ["0:00", "0:42", "1:00", "1:02:03"]


def test_fields_for_a_gateway() -> None:
    fields: Fields = {
        "sender": "{from}",
        "recipients": ({"msisdn": "{to}"},),
        "message": "{text} {nothing} {",
        "class": "1",
    }
    values = {"to": "+4526000001", "from": "House", "text": '{from}"}'}
    assert filled(fields, values) == {
        "sender": "House",
        "recipients": [{"msisdn": "+4526000001"}],
        "message": '{from}"} {nothing} {',
        "class": "1",
    }


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, Sent), (202, Sent), (400, Refused), (401, Unreachable), (404, Unreachable), (422, Refused),
     (429, Delayed), (500, Delayed), (503, Delayed), (302, Unreachable)],
)  # fmt: skip
def test_what_a_gateway_s_status_means(status: int, kind: type) -> None:
    assert isinstance(outcome(status, "words"), kind)
