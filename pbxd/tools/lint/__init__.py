"""A lint that knows telephony (TOOL-6): what can be configured, and will hardly have been meant.

Each kind of finding has a stable name, a severity and a place. An error keeps a configuration from being used, because
calls would be lost; a warning is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from pbxd.config.loading import Loaded
from pbxd.tools.lint import answers, cycles, destinations, emergency, licences, menus, prompts, queues, rules, sounds
from pbxd.tools.lint.subject import Finding, Found, Subject

__all__ = ["KINDS", "Found", "lint"]

KINDS: Mapping[str, str] = {
    "forwarding-cycle": "calls go round in a circle",
    "unreachable-rule": "a rule before it takes all of its calls",
    "impossible-condition": "the condition of a rule holds for no call",
    "unknown-destination": "calls are sent to what does not exist",
    "key-to-nowhere": "a key of a menu leads to what does not exist",
    "menu-dead-end": "a menu or tree ends without leading anywhere",
    "menu-without-end": "who presses no key stays in a menu",
    "queue-without-agents": "nobody can serve a queue while it is open",
    "internal-number-outside": "a queue has only a number to show that nobody outside can call",
    "hunt-group-without-members": "a hunt group rings nobody",
    "emergency-shadowed": "an emergency number is in the way",
    "unknown-sound": "a sound is named that does not exist",
    "unheard-sound": "a sound is there that can't be played",
    "prompt-missing-language": "words are not there in every language",
    "licence-exceeded": "more is used than licences allow",
    "nobody-answers": "calls to a number are always refused",
}
"""Every kind of finding, in words."""
_CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    cycles.check,
    rules.check,
    destinations.check,
    menus.check,
    queues.check,
    emergency.check,
    prompts.check,
    sounds.check,
    licences.check,
    answers.check,
)


def lint(read: Loaded, now: float) -> list[Found]:
    """Everything that is found at ``now`` (seconds since 1970), in the order of files and lines."""
    found = [
        _located(subject, finding)
        for subject in _subjects(read, now)
        for check in _CHECKS
        for finding in check(subject)
    ]
    return sorted(found, key=lambda one: (one.problem.file, one.problem.line, one.kind))


def _subjects(read: Loaded, now: float) -> Iterator[Subject]:
    configuration = read.configuration
    for name, organization in configuration.organizations.items():
        yield Subject(configuration=configuration, organization=organization, file=read.organizations[name], now=now)


def _located(subject: Subject, finding: Finding) -> Found:
    problem = subject.file.problem(finding.path, finding.message, finding.hint)
    named = replace(problem, message=f"{finding.message} [{finding.kind}]")
    return Found(kind=finding.kind, severity=finding.severity, problem=named)
