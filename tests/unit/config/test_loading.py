"""From files to the snapshot."""

from __future__ import annotations

import dataclasses
import pickle
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbxd.config import ConfigError, PortRange, load
from tests.unit.config.conftest import ORGANIZATION, Files

ROOT = Path(__file__).parents[3]
DEFAULT = ROOT / "config" / "pbxd.yaml"


def test_the_default_configuration_loads() -> None:
    configuration = load(DEFAULT)
    assert [str(listen) for listen in configuration.server.listen] == [
        "udp://127.0.0.1:5060",
        "tcp://127.0.0.1:5060",
        "ws://127.0.0.1:5080/sip",
    ]
    assert configuration.server.media.rtp_ports == PortRange(first=20_000, last=29_999)
    assert list(configuration.trunks) == ["carrier", "backup"]
    nordhavn = configuration.organizations["nordhavn"]
    assert nordhavn.title == "Nordhavn Shipping"
    assert [user.username for user in nordhavn.people()] == ["anna", "bo", "cora", "dan"]
    owner = nordhavn.line("202")
    assert owner is not None
    assert owner == nordhavn.line("+4588887702")
    assert owner.user.username == "bo"


def test_the_server_has_a_default_for_everything_but_its_listeners(files: Files) -> None:
    server = files.load().server
    assert server.external_address == ()
    assert server.media.codecs == ("opus", "g722", "pcma", "pcmu")
    assert (server.log.format, server.log.level) == ("json", "info")
    assert server.limits.calls == 500


def test_paths_are_relative_to_the_file_that_names_them(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    server = files.load().server
    assert server.data == tmp_path / "var"
    assert server.database == f"sqlite:///{tmp_path}/var/pbxd.db"
    files.server("data: /srv/pbxd\ndatabase: sqlite:////srv/pbxd/calls.db\n")
    server = files.load().server
    assert server.data == Path("/srv/pbxd")
    assert server.database == "sqlite:////srv/pbxd/calls.db"


def test_a_postgresql_database_is_taken_as_it_is_and_not_shown(files: Files) -> None:
    files.server("database: postgresql://pbxd:hemmeligt@db.example/pbxd\n")
    configuration = files.load()
    assert configuration.server.database == "postgresql://pbxd:hemmeligt@db.example/pbxd"
    assert "hemmeligt" not in repr(configuration)


@pytest.mark.covers("SEC-1")
def test_no_password_is_in_the_representation_of_a_configuration() -> None:
    assert "secret" not in repr(load(DEFAULT))


def test_a_snapshot_can_not_be_changed_and_can_be_sent_to_another_process(files: Files) -> None:
    configuration = files.load()
    with pytest.raises(dataclasses.FrozenInstanceError):
        configuration.server.log.level = "debug"  # type: ignore[misc]
    copy = pickle.loads(pickle.dumps(configuration))
    assert copy == configuration
    assert copy.organizations["small"].line("201") == configuration.organizations["small"].line("201")


def test_the_content_hash_follows_every_byte_and_nothing_else(files: Files, tmp_path: Path) -> None:
    before = files.load().content_hash
    assert files.load().content_hash == before
    shutil.copytree(tmp_path, tmp_path / "elsewhere", dirs_exist_ok=False)
    assert load(tmp_path / "elsewhere" / "pbxd.yaml").content_hash == before
    files.organization("name: Anna", "name: Anne")
    assert files.load().content_hash != before


def test_several_organizations_are_loaded_in_order_of_their_files(files: Files) -> None:
    text = ORGANIZATION.replace("small", "large").replace("+458888", "+457777")
    files.write("organizations/a-large.yaml", text)
    configuration = files.load()
    assert list(configuration.organizations) == ["large", "small"]
    found = configuration.organization_for("LARGE.example")
    assert found is configuration.organizations["large"]
    assert configuration.organization_for("nowhere.example") is None
    assert [found.name for found in configuration.organizations_with("anna-desk")] == ["large", "small"]
    assert configuration.organizations_with("nobody") == ()


def test_a_trunk_is_known_by_its_address() -> None:
    configuration = load(DEFAULT)
    assert configuration.trunk_at("127.0.0.1", 5070) is configuration.trunks["carrier"]
    assert configuration.trunk_at("127.0.0.1", 5071) is configuration.trunks["backup"], "by `address`, without `match`"
    assert configuration.trunk_at("127.0.0.1", 5072) is None


def test_a_trunk_may_be_a_network_and_the_narrowest_match_wins(files: Files) -> None:
    files.server(
        "trunks:\n"
        "  - {name: wide, address: 'sip:198.51.100.1', match: [198.51.100.0/24]}\n"
        "  - {name: narrow, address: 'sip:198.51.100.129', match: [198.51.100.128/25]}\n"
        "  - {name: single, address: 'sip:198.51.100.200', match: ['198.51.100.200', '[2001:db8::1]:5060']}\n"
    )
    configuration = files.load()
    found = {host: configuration.trunk_at(host, 5060) for host in ("198.51.100.9", "198.51.100.130", "198.51.100.200")}
    assert [trunk.name for trunk in found.values() if trunk] == ["wide", "narrow", "single"]
    ipv6 = configuration.trunk_at("2001:db8::1", 5060)
    assert ipv6 is not None
    assert ipv6.name == "single"
    assert configuration.trunk_at("2001:db8::1", 5061) is None


def test_trunks_come_in_order_of_their_priority(files: Files) -> None:
    files.server(
        "trunks:\n"
        "  - {name: last, address: 'sip:192.0.2.1', priority: 3}\n"
        "  - {name: first, address: 'sip:192.0.2.2', priority: 1}\n"
    )
    assert list(files.load().trunks) == ["first", "last"]


@pytest.mark.covers("LVL-6")
def test_defaults_are_for_users_that_do_not_say_otherwise(files: Files) -> None:
    files.organization("groups:\n", "defaults: {user: {language: en, groups: [sales]}}\ngroups:\n")
    users = files.load().organizations["small"].users
    assert (users["bo"].language, users["bo"].groups) == ("en", ("sales",))
    assert users["anna"].groups == ("support",)


def test_without_a_default_a_user_speaks_the_organizations_first_language(files: Files) -> None:
    assert files.load().organizations["small"].users["bo"].language == "da"


def test_what_is_not_active_yet_is_listed_once_with_its_first_place() -> None:
    inactive = load(DEFAULT).inactive
    assert "not active yet: shortcuts.icon (organizations/nordhavn.yaml:62)" in inactive
    assert len({line.partition(" (")[0] for line in inactive}) == len(inactive)
    asked = {line.removeprefix("not active yet: ").partition(" (")[0] for line in inactive}
    assert "settings.directory.own_photo" in asked
    assert not asked & {
        "users",
        "groups",
        "number_ranges",
        "trunks",
        "media",
        "settings.ring_seconds",
        "sms",
        "webhooks",
    }


def test_a_key_that_says_what_happens_anyway_is_not_listed(files: Files) -> None:
    files.server("media: {engine: embedded}\nsms: null\nwebhooks: []\n")
    assert files.load().inactive == ()


def test_a_value_that_does_nothing_yet_is_listed_and_its_neighbours_are_not(files: Files) -> None:
    files.server("media: {engine: child}\n")
    assert files.load().inactive == ()
    files.server("media: {engine: rtpengine}\n")
    assert [line.partition(" (")[0] for line in files.load().inactive] == ["not active yet: media.engine rtpengine"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_broken_file_is_a_problem_and_never_a_crash(files: Files, data: st.DataObject) -> None:
    text = (DEFAULT.parent / "organizations" / "nordhavn.yaml").read_text(encoding="utf-8")
    words = list(re.finditer(r"[\w+.-]+|[\[\]{}:,\"]", text))
    for _ in range(data.draw(st.integers(1, 3))):
        word = words[data.draw(st.integers(0, len(words) - 1))]
        other = data.draw(st.sampled_from(["", "x", "[]", "{}", "null", "{a: b}", "- ", "[[1]]", "\t", "-1", "é" * 99]))
        text = text[: word.start()] + other + text[word.end() :]
    files.write("organizations/small.yaml", text)
    try:
        files.load()
    except ConfigError as error:
        problems = error.problems
    else:
        return
    assert problems
    assert all(problem.line >= 1 and problem.message for problem in problems)


def test_a_mapping_that_has_nothing_but_a_misspelt_key(files: Files) -> None:
    queue = 'queues: [{name: q, number: "210", waiting: {then: {qeue: other}}}]\n'
    files.organization("users:\n", f"{queue}users:\n")
    (problem,) = files.problems()
    assert "qeue" in problem
