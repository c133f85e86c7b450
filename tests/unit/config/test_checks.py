"""What the files must be together."""

from __future__ import annotations

import pytest

from tests.unit.config.conftest import ORGANIZATION, Files

SMALL = "organizations/small.yaml"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            'alias: "202"',
            'alias: "201"',
            f"{SMALL}:25: users.1.lines.0.alias: number `201` is used twice; the first is at {SMALL}:19",
        ),
        ('"+4588887702"', '"+4588887701"', "number `+4588887701` is used twice"),
        ("username: bo", "username: anna", "user `anna` is used twice"),
        ("name: bo-desk", "name: anna-desk", "device `anna-desk` is used twice"),
        ("name: support", "name: sales", "group `sales` is used twice"),
        ('"+4588887702"', '"+4688887702"', "`+4688887702` is in none of the organization's number ranges"),
        ('alias: "202"', 'alias: "302"', "`302` is in none of the organization's number ranges"),
        ('alias: "202"', 'alias: "2020"', "`2020` is in none of the organization's number ranges"),
        ('switchboard: "+4588887700"', 'switchboard: "+4577777777"', "7: switchboard: `+4577777777` is in none"),
        ("[support]", "[suport]", "17: users.0.groups.0: no group is called `suport` (did you mean `support`?)"),
        ("    name: Bo\n", "    name: Bo\n    language: sv\n", "`sv` is not among the organization's languages"),
        ('{from: "200", to: "299"}', '{from: "299", to: "200"}', "`299` comes after `200`"),
        ('{from: "200", to: "299"}', '{from: "200", to: "2990"}', "do not have the same form and length"),
        ('{from: "200", to: "299"}', '{from: "200", to: "+4588887799"}', "do not have the same form and length"),
        (', password: "two"', "", "`bo-desk` has no password, so it can't register"),
        ('kind: desk, password: "two"', "kind: mobile", "`bo-desk` has neither a number nor a password"),
    ],
)
def test_an_organization_that_contradicts_itself(files: Files, old: str, new: str, problem: str) -> None:
    files.organization(old, new)
    assert any(problem in found for found in files.problems())


def test_a_retrieval_code_is_nobody_s_number_and_need_not_be_in_a_range(files: Files) -> None:
    files.organization("groups:\n", "group_mailboxes:\n  - {name: box, number: '210', code: '77'}\ngroups:\n")
    assert "77" in files.load().organizations["small"].voicemail_numbers
    files.organization("code: '77'", "code: '201'")
    [problem] = files.problems()
    assert "group_mailboxes.0.code: number `201` is used twice" in problem


@pytest.mark.covers("NUM-1")
def test_numbers_of_services_are_checked_like_those_of_users(files: Files) -> None:
    files.organization("groups:\n", "queues:\n  - {name: q, number: '201', numbers: ['+4588889999']}\ngroups:\n")
    problems = files.problems()
    assert len(problems) == 2
    assert "number `201` is used twice" in problems[0]
    assert "queues.0.numbers.0: `+4588889999` is in none" in problems[1]


@pytest.mark.parametrize(
    ("server", "problem"),
    [
        ("  - udp://127.0.0.1:5060\n", "4: listen.2: `udp://127.0.0.1:5060` is given twice"),
        ("  - udp://0.0.0.0:5060\n", "`udp://0.0.0.0:5060` uses the same port as `udp://127.0.0.1:5060`"),
        ("  - ws://127.0.0.1:5061/sip\n", "`ws://127.0.0.1:5061/sip` uses the same port as `tcp://127.0.0.1:5061`"),
        ("  - tls://127.0.0.1:5062\n", "`tls://127.0.0.1:5062` needs a certificate (add `tls: {certificate: ..."),
        ("  - sctp://127.0.0.1\n", "`sctp://127.0.0.1` is not an address to listen on (such as `udp://127.0.0.1"),
        ("  - udp://localhost\n", "`localhost` is not an IP address (write 0.0.0.0 for every address"),
        ("  - udp://127.0.0.1:70000\n", "port 70000 is not between 1 and 65535"),
        ("  - udp://127.0.0.1:5070/sip\n", "a path is for ws and wss only, not for udp"),
        ("  - udp://127.0.0.1:20004\n", "port 20004 is among `media.rtp_ports` (20000-29999)"),
        ("media: {rtp_ports: 20001-20100}\n", "must begin with an even port"),
        ("media: {rtp_ports: 300-20100}\n", "must go from a lower to a higher port, both between 1024 and 65535"),
        ("media: {rtp_ports: many}\n", "`many` is not a span of ports such as `20000-29999`"),
        ("media: {codecs: [g711]}\n", "`g711` is not known here"),
        ("external_address: pbx.example\n", "`pbx.example` is not an IP address"),
        ("database: mysql://db/pbxd\n", "must be a database such as"),
        ("trunks: [{name: a, address: carrier}]\n", "`carrier` is not a SIP address such as"),
        ("trunks: [{name: a, address: 'sip:192.0.2.1', organizations: [smal]}]\n", "(did you mean `small`?)"),
        ("trunks: [{name: a, address: 'sip:192.0.2.1', match: [carrier]}]\n", "`carrier` is not an IP address, with"),
    ],
)
def test_a_server_that_can_not_work(files: Files, server: str, problem: str) -> None:
    files.server("  - tcp://127.0.0.1:5061\n" + server)
    (found,) = files.problems()
    assert problem in found


def test_the_two_versions_of_ip_share_no_port(files: Files) -> None:
    files.write("pbxd.yaml", 'listen: ["udp://0.0.0.0:5060", "udp://[::]:5060"]\norganizations: []\n')
    assert len(files.load().server.listen) == 2


def test_two_trunks_can_not_have_the_same_source(files: Files) -> None:
    trunk = "  - {name: %s, address: 'sip:192.0.2.1:5060', match: [192.0.2.1]}\n"
    files.server("trunks:\n" + trunk % "one" + trunk % "two")
    assert files.problems() == [
        "pbxd.yaml:5: trunks.1.match.0: source address `192.0.2.1` is used twice; the first is at pbxd.yaml:4"
    ]


def test_organizations_share_neither_name_nor_domain_nor_public_numbers(files: Files) -> None:
    files.write("organizations/twin.yaml", ORGANIZATION)
    problems = files.problems()
    assert any("organization `small` is used twice" in found for found in problems)
    assert any("domain `small.example` is used twice" in found for found in problems)
    assert any("+4588887700-+4588887799 overlaps" in found for found in problems)
    assert len(problems) == 3


def test_a_trunk_of_an_organization_that_is_broken_is_not_blamed(files: Files) -> None:
    files.server("trunks: [{name: a, address: 'sip:192.0.2.1', organizations: [small]}]\n")
    files.organization("country: DK", "country: nowhere")
    (problem,) = files.problems()
    assert "country" in problem
