"""Changes of YAML that leave the rest as it stands."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pbxd.config.source import read
from pbxd.people.editing import EditError, changed
from pbxd.people.writing import pair

TEXT = dedent("""\
    # of the company
    name: Nordhavn   # and its name

    users:
      - username: anna     # the first
        name: "Anna Holm"
        # what she dials with
        lines:
          - {number: "+4588887701", alias: "0201"}   # long ago
          - {number: "202"}
        groups: [sales, support]
      # Bo came later
      - {username: bo, name: Bo}
    switchboard: "+4588887700"
    """)


def data_of(text: str) -> dict[str, Any]:
    source, problems = read("x.yaml", text.encode())
    assert not problems
    found: dict[str, Any] = plain(source.data)
    return found


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def after(text: str, data: dict[str, Any]) -> str:
    return changed(Path("x.yaml"), "x.yaml", text.encode(), data).after.decode()


def test_only_what_differs_is_written_anew() -> None:
    data = data_of(TEXT)
    data["users"][0]["lines"][0]["alias"] = "0207"
    data["users"][0]["groups"] = ["support", "sales: north"]
    data["users"][1]["email"] = "bo@nordhavn.example"
    data["users"].append({"username": "cora", "name": "NO", "pin": "0815"})
    assert after(TEXT, data) == TEXT.replace('"0201"', '"0207"').replace(
        "[sales, support]", '[support, "sales: north"]'
    ).replace("name: Bo}", "name: Bo, email: bo@nordhavn.example}").replace(
        "bo@nordhavn.example}\n", 'bo@nordhavn.example}\n  - username: cora\n    name: "NO"\n    pin: "0815"\n'
    )


def test_what_goes_takes_its_lines_with_it() -> None:
    data = data_of(TEXT)
    del data["users"][0]["lines"][1], data["users"][0]["name"], data["users"][1], data["switchboard"]
    changes = (
        ('    name: "Anna Holm"\n', ""),
        ('      - {number: "202"}\n', ""),
        ("  - {username: bo, name: Bo}\n", ""),
        ('switchboard: "+4588887700"\n', ""),
    )
    wanted = TEXT
    for old, new in changes:
        wanted = wanted.replace(old, new)
    assert after(TEXT, data) == wanted


def test_line_ends_and_byte_order_mark_stay() -> None:
    raw = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()
    data = data_of(TEXT)
    data["users"][0]["email"] = "anna@nordhavn.example"
    change = changed(Path("x.yaml"), "x.yaml", raw, data)
    assert change.after.startswith(b"\xef\xbb\xbf#")
    assert change.after.count(b"\r\n") == change.after.count(b"\n") == TEXT.count("\n") + 1


def test_the_difference_shows_no_secret() -> None:
    text = "users:\n  - username: anna\n    pin: '4711'\n"
    data = data_of(text)
    data["users"][0]["pin"] = "9999"
    lines = list(changed(Path("x.yaml"), "x.yaml", text.encode(), data).difference())
    assert lines[:2] == ["--- x.yaml", "+++ x.yaml (new)"]
    assert "-    pin: ********" in lines
    assert "9999" not in "".join(lines)


@pytest.mark.parametrize("text", ["a: &x {n: '1'}\nb: *x\n", "b: &x '1'\na: *x\n"])
def test_an_alias_is_not_touched(text: str) -> None:
    data = data_of(text)
    data["a" if "a: *" in text else "b"] = "2"
    with pytest.raises(EditError, match="alias"):
        after(text, data)


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(TEXT)
    data = {**data_of(TEXT), "name": "Other"}
    change = changed(path, "x.yaml", TEXT.encode(), data)
    path.write_text(TEXT + "# a hand was here\n")
    with pytest.raises(EditError, match="somebody else"):
        change.write()
    path.write_text(TEXT)
    path.chmod(0o640)
    change.write()
    assert path.read_text() == TEXT.replace("Nordhavn ", "Other ")
    assert path.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["x.yaml"]


NAMES = st.sampled_from(["a", "b", "c", "lines", "username", "0", "no", "x y"])
SCALARS = st.one_of(
    st.sampled_from(["", "no", "0201", "+45", "null", "~", "a: b", "x #y", "- z", "{", "a\nb", "'", '"', "\u00e6"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6),
)
VALUES = st.recursive(
    st.one_of(st.none(), SCALARS),
    lambda below: st.one_of(
        st.lists(below, max_size=4), st.dictionaries(NAMES, below, max_size=4), st.lists(SCALARS, max_size=4)
    ),
    max_leaves=12,
)
DATA = st.dictionaries(NAMES, VALUES, min_size=1, max_size=5)


@given(before=DATA, new=DATA, flowing=st.sampled_from([None, True, False]), ours=st.booleans())
def test_whatever_the_data_the_file_says_it_afterwards(
    before: dict[str, Any], new: dict[str, Any], flowing: bool | None, ours: bool
) -> None:
    new = {**new, "kept": "1"}
    before = {"kept": "1", **before}
    if ours:
        text = "\n".join(pair(key, value, "\n") for key, value in before.items()) + "\n"
    else:
        text = yaml.safe_dump(before, default_flow_style=flowing, allow_unicode=True, width=60)
    assert data_of(text) == before
    assert data_of(after(text, new)) == new
