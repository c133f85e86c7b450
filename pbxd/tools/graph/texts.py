"""What is written in the boxes of a picture."""

from __future__ import annotations

import textwrap

from pbxd.config.snapshot import Configuration
from pbxd.dialplan.treatment import (
    DeviceTarget,
    Feature,
    Mailbox,
    Menu,
    Park,
    Play,
    Recall,
    Reject,
    Ring,
    Room,
    TakeOver,
    Treatment,
    TrunkTarget,
    Visit,
    Voicemail,
    Wait,
)
from pbxd.org import menus
from pbxd.org.sounds import Prompt, Spoken
from pbxd.tools.graph.model import Kind, Node

WIDTH = 30
"""Characters of a line."""
LINES = 5


def wrapped(text: str) -> tuple[str, ...]:
    """The text in lines; the end of a long one is left out."""
    lines = textwrap.wrap(text, WIDTH, break_long_words=True)
    return tuple(lines if len(lines) <= LINES else [*lines[: LINES - 1], f"{lines[LINES - 1][: WIDTH - 3]}..."])


def prompt(sound: Prompt) -> str:
    """What is heard."""
    return f"“{next(iter(sound.texts.values()), '')}”" if isinstance(sound, Spoken) else sound


def node_of(treatment: Treatment, configuration: Configuration) -> Node:
    """The box of a treatment, without what comes after it."""
    kind, title, details = _of(treatment, configuration)
    return Node(kind, (*wrapped(title), *wrapped(details)))


def _of(treatment: Treatment, configuration: Configuration) -> tuple[Kind, str, str]:
    match treatment:
        case Ring():
            return _ring(treatment)
        case Recall(ring=ring):
            kind, title, details = _ring(ring)
            return kind, f"Back to who transferred: {title}", details
        case Voicemail(mailbox=mailbox, announce=announce):
            return "voicemail", f"Voicemail of {mailbox}", f"after the sound {announce}" if announce else ""
        case Mailbox(mailbox=mailbox):
            return "voicemail", f"Opens the mailbox {mailbox}" if mailbox else "Opens his own mailbox", ""
        case Play(sound=sound):
            return "sound", "Play", prompt(sound)
        case Wait(queue=queue, kind="personal"):
            return "queue", f"Waits for {queue}", ""
        case Wait(queue=queue):
            return "queue", f"Queue {queue}", ""
        case Menu(menu=name, organization=organization):
            return "menu", f"Menu {name}", _menu(configuration.organizations[organization].menu(name))
        case Room(room=room):
            return "other", f"Conference room {room}" if room else "Conference of a phone's calls", ""
        case Feature(name=name):
            return "other", f"Feature {name}", ""
        case TakeOver() | Visit() | Park():
            return "other", str(treatment).capitalize(), ""
        case Reject(status=status, reason=reason, announce=announce):
            return "refused", f"{status} {reason}", f"after the sound {announce}" if announce else ""


def _menu(menu: menus.Menu | menus.AutoAttendant | None) -> str:
    match menu:
        case menus.Menu(choices=choices):
            return prompt(choices.prompt)
        case menus.AutoAttendant(tree=tree) if tree.announce is not None:
            return prompt(tree.announce)
    return ""


def _ring(ring: Ring) -> tuple[Kind, str, str]:
    targets = []
    for target in ring.targets:
        later = f" after {target.after:g} s" if target.after else ""
        match target:
            case DeviceTarget(device=device):
                targets.append(device + later)
            case TrunkTarget(number=number, trunk=trunk):
                targets.append(f"{number} by {trunk}{later}")
    outside = any(isinstance(target, TrunkTarget) for target in ring.targets)
    title = "Emergency call" if ring.emergency else f"Ring for {ring.seconds:g} s"
    return "outside" if outside else "ring", title, ", ".join(targets)
