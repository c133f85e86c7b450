"""Steps of a call in a sentence: for lists in which many calls are compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pbxd.tools.steps import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What is the called party's own, and is called so: calls to different people can end alike."""

    user: str | None = None
    devices: frozenset[str] = frozenset()


def told(steps: Sequence[Step] | None, names: Names = Names()) -> str:
    """What happens: ``rings their phones for 30 s, then their voicemail``; ``None`` is a caller who is not there."""
    if steps is None:
        return "there is no such caller"
    return ", then ".join(_step(step, names) for step in steps) or "nothing happens"


def _step(step: Step, names: Names) -> str:
    found = next(words for words in _kinds(step, names) if words)
    shown = [f"shows {shown}" for shown in (step.presents, step.shows) if shown]
    later = [f"{step.after:g} s after the beginning"] if step.after else []
    details = ", ".join((*later, *shown))
    return f"{found} ({details})" if details else found


def _kinds(step: Step, names: Names) -> Iterable[str]:
    """The one that it is, and a last one that always serves."""
    yield _rings(step, names) if step.rings else ""
    yield f"calls {step.number} by trunk {step.trunk}" if step.trunk else ""
    yield f"plays {step.plays}" if step.plays else ""
    if step.voicemail is not None:
        yield "their voicemail" if step.voicemail == names.user else f"voicemail of {step.voicemail}"
    yield f"opens the mailbox {step.mailbox or 'of the caller'}" if step.mailbox is not None else ""
    yield f"waits in queue {step.queue}" if step.queue else ""
    yield f"menu {step.menu}" if step.menu else ""
    yield f"conference room {step.room}" if step.room else ""
    yield f"is refused as {step.rejected}" if step.rejected else ""
    yield "does what the code says"


def _rings(step: Step, names: Names) -> str:
    devices = set(step.rings or ())
    if devices == names.devices:
        what = "their phones"
    elif devices <= names.devices:
        what = f"{len(devices)} of their phones"
    else:
        what = ", ".join(sorted(devices))
    return f"rings {what} for {step.seconds:g} s"
