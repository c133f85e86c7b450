"""All that can happen to a call: every outcome that a treatment can have, decided by the function of live calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pbxd.config.snapshot import Configuration
from pbxd.dialplan.router import Decision, decide
from pbxd.dialplan.situation import Facts, Place, Situation
from pbxd.dialplan.supposed import Supposed
from pbxd.dialplan.treatment import (
    Busy,
    Chosen,
    Completed,
    Declined,
    Menu,
    NoAnswer,
    Outcome,
    Recall,
    Reject,
    Ring,
    Skipped,
    Treatment,
    Unreachable,
    Voicemail,
    Wait,
)
from pbxd.errors import PbxdError
from pbxd.org import menus
from pbxd.org.levels import ASSISTANCE, ASSISTANCE_TO, VOICEMAIL_SKIP
from pbxd.org.organization import Organization
from pbxd.org.rules import Target
from pbxd.tools.graph.model import Node, Way
from pbxd.tools.graph.texts import node_of, prompt, wrapped
from pbxd.tools.graph.week import Stretch, stretches, told

MOST = 400
"""Things in one picture; more could not be read."""

END = Node("end", ("End",))

DIALS = Node("other", ("Dials an extension",))


class TooLarge(PbxdError):
    """There is more than can be drawn."""


def at_moment(configuration: Configuration, situation: Situation, title: str, now: float) -> Node:
    """What can happen to the call at ``now`` (seconds since 1970), with ``title`` as the beginning.

    It is a quiet day: every phone is registered, and nobody has set anything. Raises :class:`TooLarge`.
    """
    first = _Walk(configuration, situation, now).first()
    return Node("call", wrapped(title), (Way((), first),))


def over_the_week(configuration: Configuration, situation: Situation, title: str, now: float) -> Node:
    """What can happen to the call in the week from ``now`` on, and when what. Raises :class:`TooLarge`."""
    organization = configuration.organizations[situation.source.organization]
    found: dict[Node, list[Stretch]] = {}
    for stretch in stretches(configuration, now):
        first = _Walk(configuration, situation, stretch.middle).first()
        found.setdefault(first, []).append(stretch)
    ways = tuple(Way(told(when, organization.timezone) if len(found) > 1 else (), to) for to, when in found.items())
    return Node("call", wrapped(title), ways)


@dataclass(slots=True)
class _Walk:
    """The tree from one call; equal branches become one as they are equal values."""

    configuration: Configuration
    situation: Situation
    now: float
    facts: Facts = field(init=False)
    _known: dict[tuple[Treatment, Place], Node] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.facts = Supposed(organizations=self.configuration.organizations, by_name=self.configuration.trunks)

    def first(self) -> Node:
        return self._after(self.situation, frozenset())

    def _after(self, situation: Situation, menus_seen: frozenset[str]) -> Node:
        """What comes next."""
        decision = decide(situation, self.facts, self.now)
        if decision.treatment is None:
            return END
        key = (decision.treatment, decision.place)
        if key in self._known:
            return self._known[key]
        if len(self._known) >= MOST:
            raise TooLarge(f"more than {MOST} things can happen to this call: choose a moment, or a number further on")
        made = node_of(decision.treatment, self.configuration)
        if isinstance(decision.treatment, Menu) and decision.treatment.menu in menus_seen:
            return Node("menu", (f"Back to menu {decision.treatment.menu}",))
        node = Node(made.kind, made.text, self._ways(situation, decision, menus_seen))
        self._known[key] = node
        return node

    def _ways(self, situation: Situation, decision: Decision, seen: frozenset[str]) -> tuple[Way, ...]:
        treatment = decision.treatment
        assert treatment is not None
        if isinstance(treatment, Menu):
            return tuple(self._menu(situation, decision, treatment, seen | {treatment.menu}))
        found: dict[Node, list[str]] = {}
        for label, outcome in self._outcomes(treatment):
            to = END if isinstance(outcome, Completed) else self._after(situation.after(decision, outcome), seen)
            found.setdefault(to, []).append(label)
        return tuple(Way(wrapped(", ".join(labels)), to) for to, labels in found.items())

    def _outcomes(self, treatment: Treatment) -> Iterator[tuple[str, Outcome]]:
        match treatment:
            case Reject():
                return
            case Ring() | Recall():
                yield "answered", Completed(reason="answered")
                yield "no answer", NoAnswer()
                yield "busy", Busy()
                yield "declined", Declined()
                yield "unreachable", Unreachable()
            case Voicemail():
                yield "leaves a message" if treatment.record else "hangs up", Completed(reason="heard")
                yield from self._from_voicemail(treatment)
            case Wait():
                yield "answered", Completed(reason="answered")
                yield from self._from_queue(treatment)
            case _:
                yield "", Completed(reason="heard")

    def _from_voicemail(self, treatment: Voicemail) -> Iterator[tuple[str, Outcome]]:
        organization = self.configuration.organizations[treatment.organization]
        user = organization.users.get(treatment.mailbox) if treatment.kind == "user" else None
        if user is None:
            return
        if organization.effective(VOICEMAIL_SKIP, user).value:
            yield "presses 2", Skipped()
        to = organization.effective(ASSISTANCE_TO, user).value
        if organization.effective(ASSISTANCE, user).value and to is not None:
            yield "presses 1", Chosen(to=to)

    def _from_queue(self, treatment: Wait) -> Iterator[tuple[str, Outcome]]:
        if treatment.kind == "personal":
            return
        queue = self.configuration.organizations[treatment.organization].queue(treatment.queue)
        if queue is None:
            return
        places: tuple[tuple[str, Target | None], ...] = (
            ("queue is full", queue.overflow.then),
            ("waits too long", queue.waiting.then),
            ("no agents", queue.waiting.no_agents),
        )
        yield from ((label, Chosen(to=to)) for label, to in places if to is not None)

    # Menus ---------------------------------------------------------------------------------------------------------

    def _menu(self, situation: Situation, decision: Decision, treatment: Menu, seen: frozenset[str]) -> Iterable[Way]:
        organization = self.configuration.organizations[treatment.organization]
        match organization.menu(treatment.menu):
            case menus.Menu(choices=choices):
                return self._choices(choices, situation, decision, seen)
            case menus.AutoAttendant(tree=tree):
                return self._branch(tree, organization, situation, decision, seen)
        return ()

    def _choices(
        self, choices: menus.Choices, situation: Situation, decision: Decision, seen: frozenset[str]
    ) -> tuple[Way, ...]:
        found: dict[Node, list[str]] = {}
        for key, choice in choices.options.items():
            found.setdefault(self._choice(choice, situation, decision, seen), []).append(f"key {key}")
        if choices.dials:
            found[DIALS] = ["an extension"]
        fails = [("no key", choices.otherwise)]
        fails += [("wrong keys", choices.wrong)] if choices.wrong is not None else []
        for label, leads in fails:
            otherwise = END if leads is None else self._choice(leads, situation, decision, seen)
            found.setdefault(otherwise, []).append(label)
        return tuple(Way(wrapped(", ".join(labels)), to) for to, labels in found.items())

    def _choice(self, choice: menus.Choice, situation: Situation, decision: Decision, seen: frozenset[str]) -> Node:
        match choice:
            case menus.DialExtension():
                return DIALS
            case menus.Again():
                return Node("menu", ("The same menu again",))
            case menus.Back():
                return Node("menu", ("Back to the menu above",))
            case menus.Speak(language=language):
                return Node("menu", (f"The same menu in {language}",))
            case menus.Play(prompt=sound, then=then):
                after = END if then is None else self._choice(then, situation, decision, seen)
                return Node("sound", ("Play", *wrapped(prompt(sound))), (Way((), after),))
            case menus.Choices():
                return Node(
                    "menu", ("Menu", *wrapped(prompt(choice.prompt))), self._choices(choice, situation, decision, seen)
                )
            case target:
                return self._after(situation.after(decision, Chosen(to=target)), seen)

    def _branch(
        self,
        branch: menus.Branch,
        organization: Organization,
        situation: Situation,
        decision: Decision,
        seen: frozenset[str],
    ) -> Iterable[Way]:
        """What an auto attendant comes to at this moment."""
        chosen = None
        if branch.schedule is not None:
            chosen = branch.opened if self._open(branch.schedule, organization) else branch.closed
        chosen = chosen or branch.to
        if chosen is not None:
            return (Way((), self._choice(chosen, situation, decision, seen)),)
        if branch.then is not None:
            return self._branch(branch.then, organization, situation, decision, seen)
        return (Way((), END),)

    def _open(self, name: str, organization: Organization) -> bool:
        if name == menus.WORKING_HOURS:
            return organization.hours_for().at(self.now).open
        schedule = organization.schedules.get(name)
        return schedule is not None and schedule.at(self.now, organization.timezone).action == "open"
