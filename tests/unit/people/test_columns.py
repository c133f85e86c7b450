"""Columns of a table of users."""

from __future__ import annotations

from typing import Any

import pytest

from pbxd.people.columns import UnknownColumnError, column, kinds, present, tidied


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mail", "did you mean `email`?"),
        ("lines.0.number", "did you mean `lines.1.number`?"),
        ("lines.51.number", "no column"),
        ("rules", "no column"),
        ("fields", "did you mean"),
        ("settings.voicemail.mail", "did you mean `settings.voicemail.email`?"),
        ("", "no column"),
        ("1", "no column"),
    ],
)
def test_a_column_that_is_none(name: str, words: str) -> None:
    with pytest.raises(UnknownColumnError) as caught:
        column(name)
    assert "is no column of users" in str(caught.value)
    assert words in str(caught.value) or words == "no column"


def test_what_a_cell_can_not_say_has_no_column() -> None:
    assert not {"rules", "profiles", "shortcuts", "contacts", "working_hours"} & {
        name.split(".")[0] for name in kinds()
    }
    assert "settings.on_busy" not in kinds()
    assert "settings.voicemail.greeting" not in kinds()


def test_cells_are_put_where_they_belong_and_back() -> None:
    user: dict[str, Any] = {"username": "anna"}
    cells = {
        "email": "anna@nordhavn.example",
        "groups": r"sales;a\;b;c\\",
        "lines.2.number": "202",
        "lines.1.alias": "0201",
        "fields.ships": "bulk; carriers",
        "settings.voicemail.may.own_greeting": "true",
        "apps": "[]",
    }
    for name, cell in cells.items():
        column(name).put(user, cell)
    assert user == {
        "username": "anna",
        "email": "anna@nordhavn.example",
        "groups": ["sales", "a;b", "c\\"],
        "lines": [{"alias": "0201"}, {"number": "202"}],
        "fields": {"ships": "bulk; carriers"},
        "settings": {"voicemail": {"may": {"own_greeting": "true"}}},
        "apps": [],
    }
    assert {one.name: one.cell(user) for one in present([user]) if one.cell(user)} == {"username": "anna", **cells}
    for name in cells:
        column(name).put(user, "")
    assert tidied(user) == {"username": "anna"}


def test_what_a_cell_can_not_say_is_no_reason_to_take_it_away() -> None:
    user: dict[str, Any] = {"username": "anna", "email": None, "settings": {"ring_seconds": "20"}}
    column("email").put(user, "")
    column("groups").put(user, "")
    assert user == {"username": "anna", "email": None, "settings": {"ring_seconds": "20"}}
