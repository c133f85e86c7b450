"""Changes of a YAML text that leave everything else as it stands: comments, order, quotes, blank lines.

The parser says where each value begins and ends, and only what differs is written anew, so a file comes out as a person
would have changed it by hand. What the text holds afterwards is read again and compared with what was wanted
(:func:`pbxd.people.editing.changed`): nothing here has to be believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from pbxd.config.source import Value
from pbxd.people.writing import Data, flow, item, pair, quoted, scalar

Pairs: TypeAlias = list[tuple[ScalarNode, Node]]


@dataclass(frozen=True, slots=True)
class Splice:
    """The text from ``start`` to ``end`` (characters) becomes ``text``."""

    start: int
    end: int
    text: str


class AliasError(ValueError):
    """What is to be changed is written as an alias: the change would be one of something else, too."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} has an alias; write out its value first")
        self.line = line


def in_order(splices: Iterable[Splice]) -> list[Splice]:
    """Changes from the beginning to the end; those of one place in the order in which they were found."""
    return sorted(splices, key=lambda one: (one.start, one.end))


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with all changes, which don't overlap."""
    parts, at = [], 0
    for splice in in_order(splices):
        if splice.start < at:
            raise ValueError("changes overlap")
        parts += [text[at : splice.start], splice.text]
        at = splice.end
    return "".join([*parts, text[at:]])


class Splicer:
    """Finds the changes of one text that make its data something else."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"

    def mapping(self, node: MappingNode, old: Mapping[str, Value], new: Mapping[str, Data]) -> Iterator[Splice]:
        """What makes a mapping another one that shares at least a key with it."""
        pairs: Pairs = [(key, value) for key, value in node.value if isinstance(key, ScalarNode)]
        kept = [(key, value) for key, value in pairs if key.value in new]
        for key, value in kept:
            before, after = old[key.value], new[key.value]
            if before != after:
                yield from self._value(key, value, before, after, flowing=bool(node.flow_style))
        if node.flow_style:
            yield from self._out_of_brackets([(key, value, key.value in new) for key, value in pairs])
        else:
            yield from self._out_of_block(pairs, kept[0][0], new)
        yield from self._added(node, kept, [key for key in new if key not in old], new)

    def _added(self, node: MappingNode, kept: Pairs, keys: Sequence[str], new: Mapping[str, Data]) -> Iterator[Splice]:
        """New keys, each behind the one that stands before it in ``new``."""
        order, by_key = list(new), {key.value: value for key, value in kept}
        indent = self.newline + " " * kept[0][0].start_mark.column
        groups: dict[str, list[str]] = {}
        for key in keys:
            before = [one for one in order[: order.index(key)] if one in by_key]
            groups.setdefault(before[-1] if before else kept[-1][0].value, []).append(key)
        for anchor, added in groups.items():
            end = self.end(by_key[anchor])
            if node.flow_style:
                yield Splice(end, end, "".join(f", {scalar(key)}: {flow(new[key])}" for key in added))
            else:
                end = self._end_of_line(end)
                yield Splice(end, end, "".join(indent + pair(key, new[key], indent) for key in added))

    def _value(self, key: ScalarNode, node: Node, old: Value, new: Data, *, flowing: bool) -> Iterator[Splice]:
        if node.start_mark.index < key.end_mark.index:
            raise AliasError(key.start_mark.line + 1)
        match node, old, new:
            case MappingNode(), Mapping(), Mapping() if any(one in new for one in old):
                yield from self.mapping(node, old, new)
                return
            case SequenceNode(), list(), list() if (found := self._sequence(node, old, new)) is not None:
                yield from found
                return
            case ScalarNode(style='"' | "'"), str(), str():
                yield Splice(node.start_mark.index, node.end_mark.index, quoted(new))
                return
        if flowing:
            yield Splice(node.start_mark.index, self.end(node), flow(new))
            return
        indent = self.newline + " " * key.start_mark.column
        yield Splice(key.start_mark.index, self.end(node), pair(key.value, new, indent))

    def _sequence(self, node: SequenceNode, old: Sequence[Value], new: Sequence[Data]) -> list[Splice] | None:
        """What makes a list another one; ``None`` where that is another order, or everything."""
        identities = [identity(one) for one in new]
        kept = [one for one in old if identity(one) in identities]
        if not kept or [identity(one) for one in kept] != identities[: len(kept)] or len(set(identities)) < len(new):
            return None
        found: list[Splice] = []
        changed: dict[tuple[str, str | None], Data] = dict(zip(identities, new, strict=True))
        for before, below in zip(old, node.value, strict=True):
            after = changed.get(identity(before))
            if isinstance(before, Mapping) and isinstance(after, Mapping) and before != after:
                assert isinstance(below, MappingNode), "its data is a mapping"
                found += self.mapping(below, before, after)
        items = [(below, below, identity(one) in changed) for one, below in zip(old, node.value, strict=True)]
        added = new[len(kept) :]
        last = self.end(next(below for _, below, stays in reversed(items) if stays))
        if node.flow_style:
            found += self._out_of_brackets(items)
            found += [Splice(last, last, "".join(f", {flow(one)}" for one in added))] if added else []
            return found
        found += [self._lines(below, below) for _, below, stays in items if not stays]
        indent, end = self.newline + " " * node.start_mark.column, self._end_of_line(last)
        found += [Splice(end, end, "".join(indent + item(one, indent) for one in added))] if added else []
        return found

    def _out_of_brackets(self, items: Sequence[tuple[Node, Node, bool]]) -> Iterator[Splice]:
        """Parts of a collection in brackets that go: up to the next one, or at the end from the last one that stays."""
        last = max((index for index, item in enumerate(items) if item[2]), default=-1)
        for (start, _, stays), (following, _, _) in pairwise(items[: last + 1]):
            if not stays:
                yield Splice(start.start_mark.index, following.start_mark.index, "")
        if last + 1 < len(items):
            yield Splice(self.end(items[last][1]), self.end(items[-1][1]), "")

    def _out_of_block(self, pairs: Pairs, first: ScalarNode, new: Mapping[str, Data]) -> Iterator[Splice]:
        """Keys that go. What stands first may stand behind a dash, to which the first that stays moves up."""
        if pairs[0][0] is not first:
            yield Splice(pairs[0][0].start_mark.index, first.start_mark.index, "")
        behind = [(key, value) for key, value in pairs if key.start_mark.index > first.start_mark.index]
        yield from (self._lines(key, value) for key, value in behind if key.value not in new)

    def _lines(self, first: Node, last: Node) -> Splice:
        """Whole lines that go, with the line's end before them: a key with its value, or an item with its dash.

        What is added behind them is added at their own end, and stays.
        """
        before = self._text.rfind("\n", 0, first.start_mark.index)
        return Splice(self._end_of_line(before), self._end_of_line(self.end(last)), "")

    def end(self, node: Node) -> int:
        """Where a value ends; the parser counts what follows a block, up to the next one, as part of it."""
        if isinstance(node, CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self.end(last[1] if isinstance(last, tuple) else last)
        end = node.end_mark.index
        if isinstance(node, ScalarNode) and node.style in ("|", ">"):
            return node.start_mark.index + len(self._text[node.start_mark.index : end].rstrip())
        return end

    def _end_of_line(self, at: int) -> int:
        end = self._text.find("\n", at)
        if end < 0:
            return len(self._text)
        return end - 1 if self._text[end - 1 : end] == "\r" else end


def identity(one: Data) -> tuple[str, str | None]:
    """Which one an item of a list is, whatever else is said of it; a contact goes by its first number."""
    match one:
        case None | str():
            return "text", one
        case {"username": str() as name} | {"name": str() as name} | {"number": str() as name}:
            return "name", name
        case {"numbers": [{"number": str() as number}, *_]}:
            return "number", number
    return "value", flow(one)
