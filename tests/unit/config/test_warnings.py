"""What `pbxd check` finds in certificate files, and warns of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from pbxd.clock import SystemClock
from pbxd.config import ConfigError, load
from tests.unit.config.conftest import Files

pytestmark = pytest.mark.covers("SEC-4")

NOW = SystemClock().wall()  # OpenSSL has the machine's time
TRUNK = """\
media: {{srtp: {media}}}
trunks:
  - name: carrier
    address: {address}
    organizations: [small]
"""
Issue = Callable[[str, float], None]


@pytest.fixture
def issue(tmp_path: Path) -> Issue:
    """Writes a pair with this name that is valid for so many days from now."""
    authority = trustme.CA()

    def write(name: str, days: float) -> None:
        end = datetime.fromtimestamp(NOW, UTC) + timedelta(days=days)
        start = end - timedelta(days=60)
        found = authority.issue_cert("pbx.example", not_before=start, not_after=end)
        found.cert_chain_pems[0].write_to_path(tmp_path / f"{name}.pem")
        found.private_key_pem.write_to_path(tmp_path / f"{name}.key")

    return write


def server(files: Files, more: str) -> None:
    files.write("pbxd.yaml", "listen: [udp://192.0.2.1:5060]\n" + more)


def problems(files: Files) -> list[str]:
    with pytest.raises(ConfigError) as error:
        load(files.folder / "pbxd.yaml", certificates=True)
    return [f"{problem.file}:{problem.line}: {problem.path}: {problem.message}" for problem in error.value.problems]


def warnings(files: Files) -> tuple[str, ...]:
    return load(files.folder / "pbxd.yaml", certificates=True).warnings


def test_a_good_pair_is_not_worth_a_word(files: Files, issue: Issue) -> None:
    issue("pbx", 30)
    server(files, "tls: {certificate: pbx.pem, key: pbx.key, ca: pbx.pem}\n")
    assert warnings(files) == ()


def test_a_pair_that_ends_soon(files: Files, issue: Issue) -> None:
    issue("pbx", 5.5)
    server(files, "tls: {certificate: pbx.pem, key: pbx.key}\n")
    assert warnings(files) == (f"{files.folder}/pbx.pem is valid for 5 more days (pbxd.yaml:2)",)


def test_each_bad_file_has_its_line(files: Files, issue: Issue) -> None:
    issue("pbx", 30)
    issue("other", 30)
    issue("old", -1)
    server(
        files,
        "tls:\n  certificate: pbx.pem\n  key: other.key\n  more:\n    - {certificate: old.pem, key: old.key}\n"
        "    - {certificate: pbx.pem, key: pbx.key}\n  client_ca: nothing.pem\n",
    )
    key, old, authority = problems(files)
    assert key.startswith("pbxd.yaml:3: tls.certificate: ")
    assert key.endswith("key values mismatch")
    assert old.startswith("pbxd.yaml:6: tls.more.0.certificate: ")
    assert old.endswith("certificate has expired")
    assert authority.startswith("pbxd.yaml:8: tls.client_ca: ")
    assert authority.endswith("no such file or directory")


def test_unless_asked_for_nothing_is_opened(files: Files) -> None:
    server(files, "tls: {certificate: pbx.pem, key: pbx.key}\n")
    assert load(files.folder / "pbxd.yaml").warnings == ()


@pytest.mark.parametrize(
    ("address", "warned"),
    [
        ("sip:192.0.2.10:5060", True),
        ("sip:carrier.example", True),
        ('"sip:192.0.2.10;transport=tcp"', True),
        ('"sip:192.0.2.10;transport=tls"', False),
        ("sips:carrier.example", False),
        ("sip:127.0.0.1:5070", False),
    ],
)
def test_keys_that_a_trunk_is_told_in_the_clear(files: Files, address: str, warned: bool) -> None:
    server(files, TRUNK.format(media="off", address=address) + "    srtp: offer\n")
    expected = ("trunk carrier encrypts sound, and says the keys without TLS (pbxd.yaml:7)",) if warned else ()
    assert warnings(files) == expected


def test_a_trunk_that_is_as_the_server_says(files: Files) -> None:
    server(files, TRUNK.format(media="offer", address="sip:192.0.2.10"))
    assert warnings(files) == (
        "trunk carrier encrypts sound, and says the keys without TLS (pbxd.yaml:5)",
        "sound is encrypted, and no address in `listen` is by TLS (pbxd.yaml:2)",
    )


@pytest.mark.parametrize(("listen", "warned"), [("", True), (", wss://192.0.2.1:443/sip", False)])
def test_phones_that_can_not_come_by_tls(files: Files, issue: Issue, listen: str, warned: bool) -> None:
    issue("pbx", 30)
    tls = "tls: {certificate: pbx.pem, key: pbx.key}\n"
    files.write("pbxd.yaml", f"listen: [udp://192.0.2.1:5060{listen}]\n{tls}")
    files.organization('password: "two"', 'password: "two", srtp: require')
    words = "bo-desk encrypts sound, and no address in `listen` is by TLS (organizations/small.yaml:27)"
    assert warnings(files) == ((words,) if warned else ())
