"""Phones in the configuration: mistakes are found, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbxd.config import ConfigError, Configuration, load
from tests.support.house import ORGANIZATION, SETTINGS

PHONE = """\
provisioning:
  phones:
    - {mac: "00-04-13-AA-BB-01", model: snom-D725, lines: [anna-desk], keys: [{kind: blf, value: bo}]}
"""


def loaded(folder: Path, phones: str = PHONE, settings: str = "") -> Configuration:
    (folder / "pbxd.yaml").write_text(SETTINGS + settings)
    (folder / "house.yaml").write_text(ORGANIZATION + phones)
    return load(folder / "pbxd.yaml")


def mistake(folder: Path, phones: str = PHONE, settings: str = "") -> str:
    with pytest.raises(ConfigError) as error:
        loaded(folder, phones, settings)
    return "\n".join(map(str, error.value.problems))


def test_a_phone_is_read(tmp_path: Path) -> None:
    found = loaded(tmp_path).organizations["house"].provisioning
    assert [*found.phones] == ["00:04:13:aa:bb:01"]
    assert found.overlap == 14 * 86_400
    assert found.log_out_at == "03:00"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("anna-desk", "ana-desk", "no device is called `ana-desk`"),
        ("snom-D725", "snorm-D725", "`snorm-D725` is not a phone"),
        ("value: bo", "value: boo", "no user is called `boo`"),
        ("blf, value: bo", "speed-dial, value: lunch", "`lunch` is not a number"),
        ("blf, value: bo", "profile, value: lunch", "no profile is called `lunch`"),
        ("blf, value: bo", "queue-login, value: lunch", "no queue is called `lunch`"),
        ("blf, value: bo", "code, value: lunch", "no feature code is called `lunch`"),
        ("blf, value: bo", "line, value: first", "is not the number of a line"),
        ("blf, value: bo", "blf", "needs a `value`"),
        ("blf", "lamp", "lamp"),
        ("AA-BB-01", "AA-BB", "is not a MAC address"),
        ("[anna-desk]", "[anna-desk, anna-soft, bo-desk, cora-desk, dan-desk]", "room for 4 lines, not 5"),
        ("snom-D725", "snom-D120", ""),
        ("  phones", "  ticket: short\n  phones", "ticket"),
        ("  phones", "  log_out_at: 25:00\n  phones", "25:00"),
        ("  phones", "  server: 192.0.2.1\n  phones", "udp://192.0.2.1:5060"),
    ],
)
def test_mistakes_are_found(before: str, after: str, words: str, tmp_path: Path) -> None:
    phones = PHONE.replace(before, after, 1)
    assert phones != PHONE
    if words:
        assert words in mistake(tmp_path, phones)
    else:
        loaded(tmp_path, phones)


def test_more_keys_than_the_phone_has(tmp_path: Path) -> None:
    keys = ", ".join(["{kind: park}"] * 2)
    few = PHONE.replace("snom-D725", "snom-D120").replace("{kind: blf, value: bo}", keys)
    assert "a snom-D120 has 2 keys, and lines and keys need 3" in mistake(tmp_path, few)


def test_a_phone_is_there_once(tmp_path: Path) -> None:
    twice = PHONE + '    - {mac: "000413aabb01", model: snom-D725}\n'
    assert "MAC address `00:04:13:aa:bb:01` is used twice" in mistake(tmp_path, twice)


def test_names_of_free_seats_are_ours(tmp_path: Path) -> None:
    words = mistake(
        tmp_path, "  - {username: free-seats, name: X, devices: [{name: seat-x, kind: desk, password: y}]}\n"
    )
    assert "`free-seats` is what free seats belong to" in words
    assert "`seat-...` is how free seats are called" in words


TOKEN = "a" * 24


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("{name: a, token: short, scopes: [calls:read]}", "24 characters"),
        ('{name: a, token: "sha256:12", scopes: [calls:read]}', "is no hash"),
        (f"{{name: a, token: {TOKEN}, scopes: []}}", "api_tokens"),
        (f"{{name: a, token: {TOKEN}, scopes: [everything]}}", "everything"),
        (f"{{name: a, token: {TOKEN}, scopes: [calls:read], organization: hose}}", "no organization is called `hose`"),
        (f"{{name: a, token: {TOKEN}, scopes: [calls:read], organization: house, user: ana}}", "is called `ana`"),
        (f"{{name: a, token: {TOKEN}, scopes: [calls:read], user: anna}}", "needs the `organization`"),
        (f"{{name: a, token: {TOKEN}, scopes: [phones:read], organization: house, user: anna}}", "administrator's"),
        (f"{{name: a, token: {TOKEN}, scopes: [recordings:read], organization: house, user: anna}}", "administrator's"),
        (f"{{name: a, token: {TOKEN}, scopes: [sounds:read], organization: house, user: anna}}", "administrator's"),
    ],
)
def test_tokens_are_checked_and_not_repeated(token: str, words: str, tmp_path: Path) -> None:
    found = mistake(tmp_path, settings=f"api_tokens: [{token}]\n")
    assert words in found
    assert TOKEN not in found


def test_a_token_is_kept_as_its_hash(tmp_path: Path) -> None:
    found = loaded(tmp_path, settings=f"api_tokens: [{{name: a, token: {TOKEN}, scopes: [calls:read]}}]\n")
    [token] = found.server.api_tokens
    assert len(token.sha256) == 64
    assert TOKEN not in repr(found.server)


def test_https_needs_a_certificate(tmp_path: Path) -> None:
    assert "needs a certificate" in mistake(tmp_path, settings="http: {listen: https://192.0.2.1:8443}\n")
