"""What docs/voicemail.md shows is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pbxd.config import load
from pbxd.config.snapshot import Configuration
from pbxd.dialplan.router import decide
from pbxd.dialplan.situation import FromDevice, Situation
from pbxd.dialplan.supposed import Supposed
from pbxd.dialplan.treatment import NoAnswer
from pbxd.mailboxes.pins import is_easy
from pbxd.org.levels import VOICEMAIL_KEEP_DAYS, VOICEMAIL_SKIP

TEXT = (Path(__file__).parents[3] / "docs" / "voicemail.md").read_text(encoding="utf-8")
SERVER = """\
listen: [udp://192.0.2.1:5060]
database: sqlite:///unused.db
media: {rtp_ports: 20000-23999, codecs: [pcma]}
data: var
organizations: [harbour.yaml]
"""


@pytest.fixture
def harbour(tmp_path: Path) -> Configuration:
    (example,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "pbxd.yaml").write_text(SERVER)
    (tmp_path / "harbour.yaml").write_text(example, encoding="utf-8")
    return load(tmp_path / "pbxd.yaml")


def goes(harbour: Configuration, dialled: str) -> str:
    """What a call of Bo's comes to, where nobody answers."""
    facts = Supposed(organizations=harbour.organizations)
    situation = Situation(source=FromDevice(organization="harbour", user="bo", device="bo-desk"), dialled=dialled)
    decision = decide(situation, facts, 0.0)
    if str(decision.treatment).startswith("ring"):
        decision = decide(situation.after(decision, NoAnswer()), facts, 0.0)
    return str(decision.treatment)


@pytest.mark.covers("VM-7", "VM-8", "CODE-11")
@pytest.mark.parametrize(
    ("dialled", "goes_to"),
    [
        ("201", "voicemail of anna"),
        ("*1*201*", "voicemail of anna"),
        ("250", "voicemail of sales-box"),
        ("*1*250*", "voicemail of sales-box"),
        ("290", "open the caller's mailbox"),
        ("291", "open the mailbox sales-box"),
        ("77", "open the mailbox sales-box"),
    ],
)
def test_the_example_leads_where_the_page_says(harbour: Configuration, dialled: str, goes_to: str) -> None:
    assert goes(harbour, dialled) == goes_to


def test_the_example_says_what_it_shows_and_is_active(harbour: Configuration) -> None:
    organization = harbour.organizations["harbour"]
    anna = organization.users["anna"]
    assert organization.effective(VOICEMAIL_KEEP_DAYS, anna).value == 14
    assert organization.effective(VOICEMAIL_SKIP, anna).value is True
    assert not is_easy(anna.pin)
    assert harbour.inactive == ()
