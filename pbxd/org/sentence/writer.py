"""A rule to a sentence that is read as the same rule again."""

from __future__ import annotations

from pbxd.org import rules as r
from pbxd.org.sentence.forms import CONDITIONS, TARGETS, Form
from pbxd.org.sentence.language import Language


class Writer:
    """Writes in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._forms: dict[type, list[Form]] = {}
        for form in (*CONDITIONS, *TARGETS):
            self._forms.setdefault(form.type, []).append(form)

    def rule(self, rule: r.Rule) -> str:
        """The whole sentence, without a full stop."""
        steps = self._step(rule.do[0]) + "".join(
            f", {self._word('also' if step.joins else 'then')} {self._step(step)}" for step in rule.do[1:]
        )
        if isinstance(rule.when, r.Always):
            return steps
        return f"{self._word('when')} {self.condition(rule.when)}, {steps}"

    def condition(self, condition: r.Condition) -> str:
        """A condition as it stands behind `when`."""
        match condition:
            case r.AllOf(conditions):
                last = len(conditions) - 1
                parts = [self._member(one, last=place == last) for place, one in enumerate(conditions)]
                return f" {self._word('and')} ".join(parts)
            case r.AnyOf(conditions):
                return f" {self._word('or')} ".join(map(self._single, conditions))
            case r.Not(inner):
                return self._negated(inner) or f"{self._word('not')} ({self.condition(inner)})"
        return self._said(condition)

    def target(self, target: r.Target) -> str:
        """A target as it stands in a list of steps."""
        return self._said(target)

    def _member(self, condition: r.Condition, *, last: bool) -> str:
        """One of several that must all hold. Only behind the last `and` is it clear where `either` ends."""
        if last and isinstance(condition, r.AnyOf) and not any(map(_is_compound, condition.conditions)):
            return f"{self._word('either')} {self.condition(condition)}"
        return self._single(condition)

    def _single(self, condition: r.Condition) -> str:
        words = self.condition(condition)
        return f"({words})" if _is_compound(condition) else words

    def _negated(self, condition: r.Condition) -> str | None:
        if _is_compound(condition) or isinstance(condition, r.Not):
            return None
        return self._form(condition, negated=True)

    def _step(self, step: r.Step) -> str:
        words = [self.target(step.target)]
        if step.duration is not None:
            words.append(self._language.modifier("duration", step.duration))
        if step.after is not None:
            words.append(self._language.modifier("after", step.after))
        return " ".join(words)

    def _said(self, value: r.Condition | r.Target) -> str:
        words = self._form(value)
        assert words is not None, f"{value}: every condition and target has a form in every language"
        return words

    def _form(self, value: r.Condition | r.Target, *, negated: bool = False) -> str | None:
        for form in self._forms[type(value)]:
            values = form.take(value)
            words = self._language.say(form, values, negated=negated) if values is not None else None
            if words is not None:
                return words
        return None

    def _word(self, structure: str) -> str:
        return self._language.word(structure)


def _is_compound(condition: r.Condition) -> bool:
    return isinstance(condition, r.AllOf | r.AnyOf)
