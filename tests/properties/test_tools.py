"""Of any configuration that is accepted: calls for help go out, and it does not differ from itself."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbxd.config.snapshot import Configuration
from pbxd.dialplan.router import decide
from pbxd.dialplan.situation import FromDevice, Situation
from pbxd.dialplan.supposed import Supposed
from pbxd.dialplan.treatment import Ring, TrunkTarget
from pbxd.errors import ConfigError
from pbxd.tools.diff import compare, grid
from pbxd.tools.gate import examine

MOMENT = 1_795_600_000.0
SERVER = """\
listen: [udp://192.0.2.1:5060]
organizations: [house.yaml]
trunks: [{name: carrier, address: "sip:192.0.2.9", organizations: [house]}]
"""
HEAD = """\
organization: house
name: House
domain: house.example
country: DK
timezone: Europe/Copenhagen
languages: [en]
switchboard: "+4588887700"
activities: [{name: available, available: true}, {name: lunch, available: false}]
"""

digits = st.text("0123456789", min_size=1, max_size=3)
conversions = st.lists(
    st.builds(
        '{{prefix: "{}", digits: {}, rewrite: "{}"}}'.format,
        digits,
        st.integers(0, 3),
        st.sampled_from(["201", "+451", "+4588887701", "0"]),
    ),
    max_size=3,
)
conditions = st.sampled_from(
    [
        "",
        "when the call is made, ",
        "when night mode is on, ",
        "when the activity is lunch, ",
        "when the caller is external, ",
    ]
)
targets = st.sampled_from(["201", "202", "voicemail", "ring all devices", "reject as barred", "switchboard", "busy"])
sentences = st.lists(st.builds("{}{}".format, conditions, targets), max_size=3)


def listed(sentences: list[str]) -> str:
    return "[" + ", ".join(f'"{sentence}"' for sentence in sentences) + "]"


@st.composite
def organizations(draw: st.DrawFn) -> str:
    first = draw(st.sampled_from(["100", "200", "110"]))
    aliases = draw(st.permutations(["201", "202", "112", "911"]))
    people = "".join(
        f"  - {{username: {name}, name: {name}, rules: {listed(draw(sentences))},"
        f' lines: [{{number: "+458888770{index}", alias: "{alias}"}}],'
        f" devices: [{{name: {name}-desk, kind: desk, password: secret}}]}}\n"
        for index, (name, alias) in enumerate(zip(("anna", "bo"), aliases, strict=False), 1)
    )
    return "".join(
        (
            HEAD,
            f'number_ranges: [{{from: "+4588887700", to: "+4588887799"}}, {{from: "{first}", to: "999"}}]\n',
            f'outside_line_prefix: "{draw(st.sampled_from(["", "0", "1", "11"]))}"\n',
            f"number_conversions: {{own: [{', '.join(draw(conversions))}]}}\n",
            'working_hours: {mon-fri: ["08:00-16:00"]}\n',
            f"rules: {{incoming: {{overridable: {listed(draw(sentences))}}},"
            f" outgoing: {{required: {listed(draw(sentences))}}}}}\n",
            f"users:\n{people}",
        )
    )


def accepted(organization: str) -> Configuration | None:
    """The configuration, if it passes the gate."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "house.yaml").write_text(organization)
        (Path(folder) / "pbxd.yaml").write_text(SERVER)
        try:
            return examine(Path(folder) / "pbxd.yaml", now=MOMENT)
        except ConfigError:
            return None


@pytest.mark.covers("TOOL-6", "NUM-4")
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(organizations(), st.sampled_from(["112", "+112", "+45112"]))
def test_no_accepted_configuration_captures_a_call_for_help(organization: str, dialled: str) -> None:
    configuration = accepted(organization)
    if configuration is None:
        return
    facts = Supposed(organizations=configuration.organizations, by_name=configuration.trunks)
    for user in configuration.organizations["house"].users:
        source = FromDevice(organization="house", user=user, device=f"{user}-desk")
        treatment = decide(Situation(source=source, dialled=dialled), facts, MOMENT).treatment
        assert isinstance(treatment, Ring)
        assert treatment.emergency
        assert [target.number for target in treatment.targets if isinstance(target, TrunkTarget)] == ["112"]


@pytest.mark.covers("TOOL-3")
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(organizations())
def test_a_configuration_does_not_differ_from_itself(organization: str) -> None:
    configuration = accepted(organization)
    if configuration is not None:
        assert not list(compare(configuration, configuration, grid(configuration, configuration, MOMENT).calls))
