"""docs/configuration.md says what is true."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
from pydantic import BaseModel

from pbxd.config import ConfigError, Configuration, load
from pbxd.config.models.organization import Organization
from pbxd.config.models.server import Server, Trunk
from pbxd.config.models.users import User
from pbxd.config.report import report
from pbxd.config.section import LATER
from pbxd.dialplan.numbering import canonical
from pbxd.org.levels import RING_SECONDS

TEXT = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text(encoding="utf-8")


def documented(tmp_path: Path) -> Configuration:
    """The page's own example."""
    server, organization = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "organizations").mkdir()
    (tmp_path / "pbxd.yaml").write_text(server, encoding="utf-8")
    (tmp_path / "organizations" / "harbour.yaml").write_text(organization, encoding="utf-8")
    return load(tmp_path / "pbxd.yaml")


def test_the_example_loads_and_nothing_in_it_is_inactive(tmp_path: Path) -> None:
    configuration = documented(tmp_path)
    assert configuration.inactive == ()
    harbour = configuration.organizations["harbour"]
    eva = harbour.users["eva"]
    for dialled in ("201", "+4570100101", "4570100101", "70100101", "004570100101", "0201"):
        owner = harbour.line(canonical(dialled, harbour).canonical)
        assert owner is not None
        assert owner.user is eva
    assert harbour.effective(RING_SECONDS, eva).value == 40
    assert harbour.effective(RING_SECONDS, harbour.users["jon"]).value == 25
    trunk = configuration.trunk_at("198.51.100.3", 5060)
    assert trunk is configuration.trunks["carrier"]


def test_the_report_looks_as_the_page_shows_it(tmp_path: Path) -> None:
    documented(tmp_path)
    organization = tmp_path / "organizations" / "harbour.yaml"
    text = organization.read_text(encoding="utf-8")
    organization.write_text(text.replace("alias:", "alais:", 1), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load(tmp_path / "pbxd.yaml")
    shown = TEXT.partition("## Mistakes\n\n")[2].partition("\n\nPasswords")[0]
    assert report(error.value.problems) == textwrap.dedent(shown)


def test_every_active_key_is_on_the_page() -> None:
    models: tuple[type[BaseModel], ...] = (Server, Trunk, Organization, User)
    for model in models:
        for name, field in model.model_fields.items():
            if LATER not in field.metadata:
                assert re.search(rf"`{field.alias or name}[`.]", TEXT), f"{model.__name__}.{name}"
