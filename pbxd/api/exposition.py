"""Metrics in the text that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry


class _Families(Collector):
    def __init__(self, families: Iterable[Mapping[str, Any]]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return map(_metric, self._families)


def exposition(families: Iterable[Mapping[str, Any]], accept: str) -> tuple[bytes, str]:
    """The text of families as :mod:`pbxd.metrics.families` gives them, and its media type, which ``accept`` chooses."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(families))
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type


def _metric(family: Mapping[str, Any]) -> Metric:
    name, words, samples = family["name"], family["help"], dict(family["samples"])
    labels = [family["label"]] if family["label"] else []
    if family["kind"] == "histogram":
        total = samples.pop("sum")
        return HistogramMetricFamily(name, words, buckets=list(samples.items()), sum_value=total)
    metric = (CounterMetricFamily if family["kind"] == "counter" else GaugeMetricFamily)(name, words, labels=labels)
    for value, number in samples.items():
        metric.add_metric([value] if labels else [], number)
    return metric
