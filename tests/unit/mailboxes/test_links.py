"""Links to single messages: nobody else makes one, and none is good for anything else."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.errors import PbxdError
from pbxd.mailboxes.links import KEY_BYTES, Links, key_in

NOW = 1_800_000_000.0
LINKS = Links(bytes(range(KEY_BYTES)))
ID = "6b49d200-0123456789"


@pytest.mark.covers("VM-4")
def test_a_link_is_good_for_its_message_until_its_end() -> None:
    link = LINKS.make(ID, NOW + 60)
    assert LINKS.message(link, NOW) == ID
    assert LINKS.message(link, NOW + 59) == ID
    assert LINKS.message(link, NOW + 60) is None
    assert Links(bytes(KEY_BYTES)).message(link, NOW) is None, "another server's"
    assert len(link) < 60, "it fits into an SMS"


def test_what_is_changed_is_no_link_any_more() -> None:
    link = LINKS.make(ID, NOW)
    message, expires, signature = link.split(".")
    later = f"{int(NOW) + 10**6:x}"
    for forged in (
        f"{message}.{later}.{signature}",
        f"6b49d200-9999999999.{expires}.{signature}",
        f"{message}.{expires}.",
        f"{message}.{expires}",
        f"{message}.{expires}.{signature}=",
        f"{link}.{signature}",
        signature,
        "",
        "..",
        "\udc80",
        "ø",
    ):
        assert LINKS.message(forged, NOW - 60) is None, forged


@given(st.text(alphabet=st.characters(codec=None), max_size=80), st.integers(0, 63))
def test_no_text_is_a_link_but_ours(text: str, at: int) -> None:
    assert LINKS.message(text, 0.0) is None
    link = LINKS.make(ID, NOW)
    other = link[:at] + text + link[at + 1 :]
    assert other == link or LINKS.message(other, 0.0) is None


def test_the_key_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "var" / "links.key"
    key = key_in(path)
    assert (len(key), key_in(path)) == (KEY_BYTES, key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["links.key"]
    assert key_in(tmp_path / "another.key") != key


def test_what_a_sudden_end_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "links.part").write_bytes(b"half a k")
    assert len(key_in(tmp_path / "links.key")) == KEY_BYTES


def test_a_file_that_holds_no_key_is_told(tmp_path: Path) -> None:
    (tmp_path / "links.key").write_bytes(b"")
    with pytest.raises(PbxdError, match=r"links\.key holds no key; delete it"):
        key_in(tmp_path / "links.key")
