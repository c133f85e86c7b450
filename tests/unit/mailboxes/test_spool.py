from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pbxd.mailboxes import MailboxKey
from pbxd.mailboxes.spool import Note, Spool
from tests.support.dialogue import voice
from tests.support.mailroom import BO, write


def note(id: str = "m1", **more: str) -> Note:
    values: dict[str, Any] = {"caller": "+4588887701", "caller_name": "Anna Ærø", "path": f"house/bo/{id}.wav"}
    return Note(id=id, **BO._asdict(), at=5.5, **{**values, **more})


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "voicemail")


def test_a_note_tells_whose_message_it_is_and_is_found_until_it_is_known(spool: Spool) -> None:
    later = note("m2", caller="", forwarded_from="cora")
    for one in (later, note()):
        spool.begin(one)
    assert [one.id for one in spool.unknown(())] == ["m1", "m2"]
    assert spool.unknown({"m1"}) == [later]
    spool.remove(later.path)
    assert spool.unknown(set()) == [note()]


@pytest.mark.parametrize("name", ["..", ".", "a/b", "../../etc", "Ærø & Co", "x" * 60])
def test_no_name_of_a_mailbox_leads_out_of_the_spool(spool: Spool, name: str) -> None:
    box = MailboxKey("house", "group", name)
    spool.make_room(box)
    place = spool.absolute(spool.place(box, "m.wav"))
    assert place.parent.is_dir()
    assert place.resolve().parent.parent == (spool.root / "house").resolve()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"id": "odd"}', json.dumps({"id": "other", "kind": "user"})])
def test_a_note_that_can_not_be_read_is_none(spool: Spool, text: str) -> None:
    spool.begin(note())
    (spool.root / "house/bo/odd.json").write_text(text)
    assert [one.id for one in spool.unknown(())] == ["m1"]


def test_what_is_heard_in_a_file(spool: Spool) -> None:
    spool.make_room(BO)
    for name, samples, seconds, heard in (
        ("spoken", voice(2.5), 2.5, True),
        ("short", voice(0.9), 0.9, False),
        ("silent", bytes(64_000), 2.0, False),
        ("a-click", voice(0.1) + bytes(64_000), 2.1, False),
        ("a-word", bytes(64_000) + voice(0.4), 2.4, True),
    ):
        write(spool.absolute(f"house/bo/{name}.wav"), samples)
        found = spool.measure(f"house/bo/{name}.wav")
        assert found.seconds == pytest.approx(seconds)
        assert found.heard is heard, name
        assert found.bytes == 44 + len(samples)


def test_what_is_no_sound_is_not_heard(spool: Spool) -> None:
    spool.make_room(BO)
    spool.absolute("house/bo/odd.wav").write_bytes(b"RIFF")
    for name in ("odd", "missing"):
        assert spool.measure(f"house/bo/{name}.wav").heard is False


def test_a_header_that_promises_more_than_there_is_is_not_believed(spool: Spool) -> None:
    spool.make_room(BO)
    path = spool.absolute("house/bo/cut.wav")
    write(path, voice(3))
    with path.open("r+b") as file:
        file.truncate(44 + 16_000 * 2 * 2)
    assert spool.measure("house/bo/cut.wav").seconds == pytest.approx(2.0)


def test_a_copy_is_the_same_sound_and_outlives_the_other(spool: Spool) -> None:
    anna = MailboxKey("house", "user", "anna")
    spool.make_room(BO)
    spool.make_room(anna)
    write(spool.absolute("house/bo/m1.wav"), voice(2))
    spool.copy("house/bo/m1.wav", "house/anna/m2.wav")
    spool.remove("house/bo/m1.wav")
    assert spool.measure("house/anna/m2.wav").seconds == pytest.approx(2.0)
