"""Voice messages that are there before a server starts, as after a power cut."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from pbxd.mailboxes import MailboxKey
from pbxd.mailboxes.spool import Note, Spool
from tests.support.dialogue import voice
from tests.support.mailroom import write

ANNA = MailboxKey("house", "user", "anna")


def put(directory: Path, name: str, box: MailboxKey = ANNA, *, at: float = 1_800_000_000.0) -> Path:
    """A message of three seconds for a server that keeps its files in ``directory``; where its sound is."""
    spool = Spool(directory / "var" / "voicemail")
    note = Note(
        id=name,
        **box._asdict(),
        caller="+4570100100",
        caller_name="Eva Kvist",
        at=at,
        path=spool.place(box, f"{name}.wav"),
    )
    spool.begin(note)
    path = spool.absolute(note.path)
    write(path, voice(3.0))
    assert json.loads(path.with_suffix(".json").read_text()) == asdict(note)
    return path
