"""``unknown-destination`` and ``key-to-nowhere``: calls are sent to what does not exist, by a rule or by a key."""

from __future__ import annotations

from collections.abc import Iterator

from pbxd.org import menus
from pbxd.tools.lint.choices import choices
from pbxd.tools.lint.places import Nowhere, resolve, sent
from pbxd.tools.lint.subject import Finding, Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Destinations that nobody is behind."""
    for one in sent(subject):
        found = resolve(one.target, subject.organization, one.user)
        if isinstance(found, Nowhere):
            caught = found.caught and one.path[0] != "unassigned_numbers"
            yield Finding(
                kind="key-to-nowhere" if one.key else "unknown-destination",
                severity="warning" if caught else "error",
                path=one.path,
                message=f"key {one.key} leads nowhere: {found.why}" if one.key else found.why,
                hint="calls go where `unassigned_numbers` says" if caught else "",
            )
    yield from _extensions(subject)


def _extensions(subject: Subject) -> Iterator[Finding]:
    """Menus that let the caller dial an extension, where no range may be dialled from menus."""
    if any(numbers.dialable_from_ivr for numbers in subject.organization.number_ranges):
        return
    for one in choices(subject.organization):
        match one.choice:
            case menus.DialExtension():
                what = (
                    f"key {one.key} lets the caller dial an extension" if one.key else "the caller dials an extension"
                )
            case menus.Choices(dials=True):
                what = "the caller dials an extension"
            case _:
                continue
        yield Finding(
            kind="key-to-nowhere",
            severity="error",
            path=one.path,
            message=f"{what}, and there is none that he may dial",
            hint="give a range `dialable_from_ivr: true`",
        )
