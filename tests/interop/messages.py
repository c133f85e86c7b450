"""Voice messages and recorded calls of a server, without anybody who calls."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from pbxd.mailboxes import MailboxKey
from pbxd.mailboxes.spool import Note, Spool
from tests.support.dialogue import voice
from tests.support.mailroom import write

NOW = 1_800_000_000.0
ANNA = MailboxKey("house", "user", "anna")


COLUMNS = ("id", "organization", "call", "caller", "callee", "path", "begun", "ended", "seconds", "expires")


def put(directory: Path, name: str, box: MailboxKey = ANNA, *, at: float = NOW) -> Path:
    """A message of three seconds that a server finds when it starts, as after a power cut; where its sound is."""
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


def record(directory: Path, name: str, *, ended: bool = True) -> Path:
    """A recorded call that a running server has in its list; where its sound is."""
    call = name.rpartition("-")[0]
    path = directory / "var" / "recordings" / "house" / f"{name}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, voice(1.0))
    row = (name, "house", call, "201", "202", f"house/{name}.wav", NOW, NOW + 1 if ended else None, 1.0, NOW + 10**9)
    with closing(sqlite3.connect(directory / "var" / "pbxd.db")) as database, database:
        places = ", ".join("?" * len(COLUMNS))
        database.execute(f"INSERT INTO recordings ({', '.join(COLUMNS)}) VALUES ({places})", row)
    return path
