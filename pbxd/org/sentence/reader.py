"""A sentence to a rule: recursive descent over the tokens, the phrases by the language's tables.

rule      = [when condition [,]] [then] step {joint step}
joint     = [,] then | [,] also | [,] and | ,
step      = target {after ... | for ...}
condition = all {[,] or all}
all       = one {[,] and one}
one       = not one | ( condition ) | either one {[,] or one} | phrase
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar, cast

from pbxd.org import rules as r
from pbxd.org.sentence.errors import SentenceError, beginning, ending, nearest
from pbxd.org.sentence.language import Language, Meaning
from pbxd.org.sentence.tokens import Token, tokens
from pbxd.org.sentence.trie import Progress, Trie

T = TypeVar("T")

MAX_DEPTH = 40
"""Brackets and negations within each other."""
MAX_STEPS = 100
MAX_SUGGESTED = 12


class Reader:
    """One reading of one sentence in one language. ``position`` (of a token) says how far it came."""

    def __init__(self, text: str, language: Language) -> None:
        self._text = text
        self._language = language
        self._tokens = tokens(text)
        self._at = 0
        self._depth = 0
        self.position = 0
        """The furthest token at which something did not fit."""

    def rule(self) -> r.Rule:
        """The whole text as a rule; raises :class:`SentenceError`."""
        when: r.Condition = r.Always()
        if self._take("when"):
            when = self._condition()
            self._comma()
        self._take("then")
        steps = [self._step(joins=False)]
        while self._at < len(self._tokens):
            joins = self._joint()
            steps.append(self._step(joins=joins))
            if joins is None and not _ring_together(*steps[-2:]):
                steps[-1] = replace(steps[-1], joins=False)
            if len(steps) > MAX_STEPS:
                raise self._error("the rule has too many steps", f"{MAX_STEPS} are allowed")
        return r.Rule(when=when, do=tuple(steps))

    def condition(self) -> r.Condition:
        """The whole text as a condition."""
        self._take("when")
        return self._whole(self._condition)

    def target(self) -> r.Target:
        """The whole text as a target."""
        return self._whole(self._target)

    def _whole(self, read: Callable[[], T]) -> T:
        found = read()
        if self._at < len(self._tokens):
            raise self._unexpected(Progress(at=self._at), ())
        return found

    # Conditions

    def _condition(self) -> r.Condition:
        return self._chain("or", self._all, r.AnyOf)

    def _all(self) -> r.Condition:
        return self._chain("and", self._one, r.AllOf)

    def _chain(
        self, word: str, part: Callable[[], r.Condition], join: Callable[[tuple[r.Condition, ...]], r.Condition]
    ) -> r.Condition:
        parts = [part()]
        while self._link(word):
            parts.append(part())
        return join(tuple(parts)) if len(parts) > 1 else parts[0]

    def _one(self) -> r.Condition:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(
                "the conditions are nested too deep", f"{MAX_DEPTH} brackets within each other are allowed"
            )
        try:
            if self._take("not"):
                return r.Not(self._one())
            if self._punctuation("("):
                return self._bracket()
            if self._take("either"):
                return self._either()
            return self._phrase()
        finally:
            self._depth -= 1

    def _bracket(self) -> r.Condition:
        opened = self._at - 1
        found = self._condition()
        if not self._punctuation(")"):
            place = self._tokens[opened].start
            raise self._error("the bracket is not closed", f"`(` opens at character {place + 1}; add `)`")
        return found

    def _either(self) -> r.Condition:
        found = self._chain("or", self._one, r.AnyOf)
        if not isinstance(found, r.AnyOf):
            either, other = self._language.word("either"), self._language.word("or")
            raise self._error(f"`{either}` is not followed by `{other}`", f"write `{either} ... {other} ...`")
        if self._peek("and"):
            either, other, both = (self._language.word(word) for word in ("either", "or", "and"))
            message = f"after `{either} ... {other} ...` it can't be told what `{both}` belongs to"
            raise self._error(message, f"put brackets: `(... {other} ...) {both} ...`")
        return found

    def _phrase(self) -> r.Condition:
        meaning, made = self._find(self._language.conditions)
        condition = cast("r.Condition", made)
        return r.Not(condition) if meaning.negated else condition

    # Steps

    def _step(self, *, joins: bool | None) -> r.Step:
        target = self._target()
        said: dict[str, int] = {}
        while True:
            found = self._language.modifiers.find(self._tokens, self._at)
            if found is None:
                break
            if found.what in said:
                raise self._error("this step has two times of the same kind", "leave one of them out")
            said[found.what] = cast("int", found.values[found.what])
            self._at = found.end
        return r.Step(target=target, joins=joins is not False, after=said.get("after"), duration=said.get("duration"))

    def _target(self) -> r.Target:
        return cast("r.Target", self._find(self._language.targets)[1])

    def _joint(self) -> bool | None:
        """How the next step is joined: rings along, follows, or ``None`` where the two targets say it."""
        comma = self._comma()
        if self._take("also"):
            return True
        if self._take("then"):
            return False
        if self._take("and"):
            return None
        if comma:
            return False
        known = {self._language.word("then"), self._language.word("also")}
        raise self._unexpected(Progress(at=self._at, expected=known), ())

    # Tokens

    def _find(self, trie: Trie[Meaning]) -> tuple[Meaning, object]:
        progress = Progress(at=self._at)
        found = trie.find(self._tokens, self._at, progress)
        if found is None:
            raise self._unexpected(progress, self._language.phrases(trie))
        self._at = found.end
        return found.what, found.what.form.make(**found.values)

    def _peek(self, word: str) -> int | None:
        """The place behind this joining word, if it is what comes next."""
        found = self._language.structure.read(self._tokens, self._at)
        return found[1] if found is not None and found[0] == word else None

    def _take(self, word: str) -> bool:
        end = self._peek(word)
        if end is not None:
            self._at = end
        return end is not None

    def _link(self, word: str) -> bool:
        """Take this joining word, also behind a comma."""
        start = self._at
        self._comma()
        if self._take(word):
            return True
        self._at = start
        return False

    def _comma(self) -> bool:
        return self._punctuation(",")

    def _punctuation(self, mark: str) -> bool:
        token = self._next()
        if token is None or token.kind != "punctuation" or token.text != mark:
            return False
        self._at += 1
        return True

    def _next(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    # Errors

    def _unexpected(self, progress: Progress, phrases: Iterable[str]) -> SentenceError:
        """What stands at ``progress`` is none of what could stand there."""
        at = min(progress.at, len(self._tokens))
        if at == len(self._tokens):
            return self._error("the sentence ends too early", _expected(progress.expected), at=at)
        near = nearest(self._tokens[at].folded, progress.expected) if at > self._at else ""
        near = near or nearest(self._clause(), phrases) or nearest(self._tokens[at].folded, progress.expected)
        hint = f"did you mean `{near}`?" if near else _expected(progress.expected)
        return self._error(f"`{beginning(self._rest(at))}` is not understood", hint, at=at)

    def _rest(self, at: int) -> str:
        return self._text[self._tokens[at].start : self._tokens[-1].end]

    def _clause(self) -> str:
        """From the beginning of the phrase to the next comma or joining word."""
        end = self._at
        while end < len(self._tokens) and self._tokens[end].kind != "punctuation":
            if self._language.structure.read(self._tokens, end) is not None:
                break
            end += 1
        return self._text[self._tokens[self._at].start : self._tokens[end - 1].end] if end > self._at else ""

    def _error(self, message: str, hint: str, *, at: int | None = None) -> SentenceError:
        """An error at a token (the next one, unless ``at`` says another)."""
        at = self._at if at is None else at
        self.position = at
        place = self._tokens[at].start if at < len(self._tokens) else len(self._text.rstrip())
        understood = self._text[:place].strip().rstrip(",").strip() if at else ""
        after = f"after `{ending(understood)}`: " if understood else ""
        return SentenceError(after + message, position=place, hint=hint)


def _ring_together(one: r.Step, other: r.Step) -> bool:
    """Whether a plain `and` between them means both at once."""
    return isinstance(one.target, r.RINGING) and isinstance(other.target, r.RINGING)


def _expected(words: Iterable[str]) -> str:
    known = sorted(words)
    if not known:
        return "a name, a number or a time belongs here"
    return "here may stand: " + ", ".join(f"`{word}`" for word in known[:MAX_SUGGESTED])
