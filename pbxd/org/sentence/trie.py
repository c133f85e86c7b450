"""Many templates at once: what stands at a place of a sentence, and how far it was understood."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from pbxd.org.sentence.template import Hole, parse, spellings, words_of
from pbxd.org.sentence.tokens import Token

T = TypeVar("T")

Slot = Callable[[Sequence[Token], int], "tuple[object, int] | None"]
"""Reads a value at a place, and says where it ends."""


@dataclass(slots=True)
class _Node(Generic[T]):
    words: dict[str, _Node[T]] = field(default_factory=dict)
    slots: dict[tuple[str, Slot], _Node[T]] = field(default_factory=dict)
    ends: list[T] = field(default_factory=list)
    """What a sentence that ends here means; the first counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[T]):
    """What was found, the values of its slots, and the place behind it."""

    what: T
    values: dict[str, object]
    end: int


@dataclass(slots=True)
class Progress:
    """The furthest place at which nothing fitted any more, and the words that would have."""

    at: int = 0
    expected: set[str] = field(default_factory=set)

    def missed(self, at: int, words: Iterable[str]) -> None:
        if at > self.at:
            self.at = at
            self.expected = set()
        if at == self.at:
            self.expected.update(words)


class Trie(Generic[T]):
    """Templates, and what each means.

    The tree of all spellings is grown when something is first read: a server only writes, and goes without.
    """

    def __init__(self) -> None:
        self._templates: list[tuple[str, T, Callable[[str], Slot]]] = []
        self.words: set[str] = set()
        """Every word of every template."""

    def add(self, template: str, what: T, slot: Callable[[str], Slot]) -> None:
        """``slot`` gives what reads the slot of this name. All are added before anything is found."""
        self._templates.append((template, what, slot))
        self.words.update(words_of(template))

    @cached_property
    def _root(self) -> _Node[T]:
        root: _Node[T] = _Node()
        for template, what, slot in self._templates:
            for spelling in spellings(parse(template)):
                node = root
                for part in spelling:
                    if isinstance(part, Hole):
                        node = node.slots.setdefault((part.field, slot(part.field)), _Node())
                    else:
                        node = node.words.setdefault(part, _Node())
                node.ends.append(what)
        return root

    def find(self, tokens: Sequence[Token], at: int, progress: Progress | None = None) -> Found[T] | None:
        """The longest template that fits at ``at``; of two the one with fewer slots."""
        best: Found[T] | None = None
        for found in self._walk(self._root, tokens, at, {}, progress):
            if best is None or found.end > best.end:
                best = found
        return best

    def _walk(
        self, node: _Node[T], tokens: Sequence[Token], at: int, values: dict[str, object], progress: Progress | None
    ) -> Iterator[Found[T]]:
        if node.ends:
            yield Found(what=node.ends[0], values=values, end=at)
        word = tokens[at].folded if at < len(tokens) else ""
        if word in node.words:
            yield from self._walk(node.words[word], tokens, at + 1, values, progress)
        elif progress is not None:
            progress.missed(at, node.words)
        for (name, slot), below in node.slots.items():
            read = slot(tokens, at)
            if read is not None:
                yield from self._walk(below, tokens, read[1], {**values, name: read[0]}, progress)
