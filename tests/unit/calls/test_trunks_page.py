"""docs/trunks.md shows what really leaves."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from pbxd.calls.identity import to_trunk
from pbxd.config import load
from pbxd.config.snapshot import Trunk
from pbxd.dialplan.diverted import Diverted
from pbxd.dialplan.treatment import Presentation
from pbxd.sip.uri import Uri

PAGE = (Path(__file__).parents[3] / "docs" / "trunks.md").read_text(encoding="utf-8")
BLOCKS = [textwrap.dedent(block) for block in re.findall(r"\n\n((?:    .*\n)+)", PAGE)]
BY_EVA = Presentation(
    number="4533123456", external=True, diverted=(Diverted(number="4570100101", reason="unconditional"),)
)
HARBOUR = """\
organization: harbour
name: Harbour Ltd
domain: harbour.example
country: DK
timezone: Europe/Copenhagen
languages: [da]
"""
CARRIER = "- name: carrier\n  address: sip:192.0.2.10:5060\n  organizations: [harbour]\n"


@pytest.fixture
def trunk(tmp_path: Path) -> Any:
    def of(yaml: str) -> Trunk:
        server = "listen: [udp://192.0.2.1:5060]\norganizations: [harbour.yaml]\ntrunks:\n"
        (tmp_path / "pbxd.yaml").write_text(server + textwrap.indent(yaml, "  "))
        (tmp_path / "harbour.yaml").write_text(HARBOUR)
        return load(tmp_path / "pbxd.yaml").trunks["carrier"]

    return of


def shown(presents: Presentation, trunk: Trunk, domain: str) -> str:
    """An INVITE's headers about who calls, as the page writes them."""
    target = Uri.parse(trunk.address).replace(user="4540506070")
    told = to_trunk(presents, trunk, domain, target)
    return "".join(f"{name}: {value}\n" for name, value in [("From", told.from_), *told.headers])


def test_a_carrier_that_wants_the_account_in_from(trunk: Any) -> None:
    eva = Presentation(number="4570100101", name="Eva Krog")
    assert shown(eva, trunk(BLOCKS[0]), "carrier.example") == BLOCKS[1]


def test_a_call_that_was_sent_on(trunk: Any) -> None:
    both = CARRIER + "  diversion: both\n  trusted: true\n"
    assert shown(BY_EVA, trunk(both), "192.0.2.1") == BLOCKS[2]
    assert shown(BY_EVA, trunk(both + "  caller_number: replace\n"), "192.0.2.1") == BLOCKS[3]
