"""Routing tests: calls that must go where somebody wrote that they go (TOOL-2)."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from pbxd.config.snapshot import Configuration, RoutingTest
from pbxd.errors import ConfigProblem, PbxdError
from pbxd.tools.dry_run import OUTCOMES, dry_run
from pbxd.tools.parties import situation
from pbxd.tools.steps import Step, steps
from pbxd.tools.suppose import suppose


def failures(configuration: Configuration, now: float) -> list[ConfigProblem]:
    """The tests that don't hold, each with what happens instead; ``now`` is for those that name no moment."""
    found = ((test, _problem(configuration, test, now)) for test in configuration.tests)
    return [
        ConfigProblem(file=test.file, line=test.line, path=test.name, message=problem)
        for test, problem in found
        if problem is not None
    ]


def _problem(configuration: Configuration, test: RoutingTest, now: float) -> str | None:
    try:
        call = situation(configuration, test.caller, test.to, test.organization)
        moment = now
        if test.at is not None:
            zone = configuration.organizations[call.source.organization].timezone
            moment = _moment(test, zone)
        facts = suppose(configuration, test.as_if, moment)
        happens = steps(dry_run(call, facts, moment, [OUTCOMES[word] for word in test.outcomes]), configuration)
    except PbxdError as error:
        return str(error)
    return next(_differences(test, happens), None)


def _moment(test: RoutingTest, zone: ZoneInfo) -> float:
    assert test.at is not None
    return (test.at if test.at.tzinfo is not None else test.at.replace(tzinfo=zone)).timestamp()


def _differences(test: RoutingTest, happens: list[Step]) -> Iterator[str]:
    """The expected steps are the first ones; of each, the given keys count."""
    for number, expected in enumerate(test.expect):
        if number >= len(happens):
            yield f"step {number + 1} is expected to be {_shown(expected)}, but nothing more happens"
            return
        said = happens[number].said()
        said["rings"] = tuple(happens[number].rings or ())
        wrong = {key: said.get(key) for key, value in expected.items() if not _same(said.get(key), value)}
        if wrong:
            real = {key: value for key, value in happens[number].said().items() if key != "after"}
            yield f"step {number + 1} is expected to be {_shown(expected)}, but it is {_shown(real)}"


def _same(real: object, expected: object) -> bool:
    if isinstance(expected, tuple):
        return isinstance(real, tuple) and sorted(real) == sorted(expected)
    if isinstance(expected, bool):
        return bool(real) is expected
    return real == expected


def _shown(values: object) -> str:
    assert isinstance(values, dict)
    return ", ".join(f"{key}: {_plain(value)}" for key, value in values.items())


def _plain(value: object) -> str:
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(str, value)) + "]"
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
