"""Figures as Prometheus reads them: its own parser is asked."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from pbxd.api.exposition import exposition

FAMILIES: list[dict[str, Any]] = [
    {"name": "pbxd_calls", "kind": "gauge", "help": "Calls", "label": "", "samples": {"": 3.0}},
    {
        "name": "pbxd_calls_ended",
        "kind": "counter",
        "help": "Ended",
        "label": "result",
        "samples": {"busy": 1.0, 'odd "name"\\\n': 2.0},
    },
    {
        "name": "pbxd_call_setup_seconds",
        "kind": "histogram",
        "help": "Setup",
        "label": "",
        "samples": {"1.0": 2.0, "+Inf": 3.0, "sum": 12.5},
    },
    {"name": "pbxd_trunk_up", "kind": "gauge", "help": "None is configured", "label": "trunk", "samples": {}},
]


@pytest.mark.parametrize(
    ("accept", "parse", "media_type"),
    [
        ("", plain, "text/plain"),
        ("application/openmetrics-text; version=1.0.0", openmetrics, "application/openmetrics"),
    ],
)
def test_what_is_written_is_read(accept: str, parse: Any, media_type: str) -> None:
    text, kind = exposition(FAMILIES, accept)
    assert kind.startswith(media_type)
    found: dict[str, list[Any]] = {sample.name: [] for family in parse(text.decode()) for sample in family.samples}
    for family in parse(text.decode()):
        for sample in family.samples:
            found[sample.name].append((sample.labels, sample.value))
    assert found["pbxd_calls"] == [({}, 3.0)]
    assert found["pbxd_calls_ended_total"] == [({"result": "busy"}, 1.0), ({"result": 'odd "name"\\\n'}, 2.0)]
    assert found["pbxd_call_setup_seconds_bucket"] == [({"le": "1.0"}, 2.0), ({"le": "+Inf"}, 3.0)]
    assert found["pbxd_call_setup_seconds_count"] == [({}, 3.0)]
    assert found["pbxd_call_setup_seconds_sum"] == [({}, 12.5)]
