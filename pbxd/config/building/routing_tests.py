"""Routing tests, with the lines they are on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pbxd.config.judging import File
from pbxd.config.models.routing_tests import Expected, RoutingTests
from pbxd.config.snapshot import RoutingTest


def routing_tests(file: File[RoutingTests]) -> Iterator[RoutingTest]:
    """Those of one file."""
    for index, test in enumerate(file.model.root):
        when = test.when
        yield RoutingTest(
            name=test.name,
            caller=when.caller,
            to=when.to,
            at=when.at,
            as_if=dict(when.as_if),
            organization=when.organization,
            outcomes=tuple(when.outcomes),
            expect=tuple(map(_keys, test.expect)),
            file=file.source.name,
            line=file.source.line((index,)),
        )


def _keys(expected: Expected) -> Mapping[str, object]:
    given = ((key, getattr(expected, key)) for key in expected.model_fields_set)
    return {key: tuple(value) if isinstance(value, list) else value for key, value in given if value is not None}
