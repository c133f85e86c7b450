"""A configuration's file with other data in it, as text: the change itself, its difference, and how it is written.

Nothing is written that ``pbxd check`` would refuse, and nothing over what somebody else changed in the meantime.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import yaml
from yaml.nodes import MappingNode

from pbxd.config.report import masked
from pbxd.config.source import Source, Value, read
from pbxd.errors import PbxdError
from pbxd.people.splicing import AliasError, Splice, Splicer, in_order, spliced
from pbxd.people.writing import Data

CONTEXT = 3
"""Lines round a change."""


class EditError(PbxdError):
    """A file can't be changed like this; in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file, before and after."""

    path: Path
    name: str
    """As messages name it."""
    before: bytes
    after: bytes
    splices: tuple[Splice, ...]
    """What became something else, in characters of the text."""

    @property
    def is_none(self) -> bool:
        return self.before == self.after

    def difference(self) -> Iterator[str]:
        """A unified diff, with passwords and PINs masked."""
        yield from _unified(self.before.decode("utf-8-sig"), self.splices, self.name)

    def write(self) -> None:
        """Write the file: as a whole or not at all. Raises :class:`EditError`."""
        path = self.path.resolve()
        try:
            if path.read_bytes() != self.before:
                raise EditError(f"{self.name} was changed by somebody else meanwhile; nothing is written")
            _replace(path, self.after)
        except OSError as error:
            raise EditError(f"{self.name} can't be written: {(error.strerror or str(error)).lower()}") from error


def changed(path: Path, name: str, raw: bytes, new: Mapping[str, Data]) -> Change:
    """The change that makes the file's data ``new``. Raises :class:`EditError`."""
    source, problems = read(name, raw)
    if problems or not isinstance(source.data, dict):
        raise EditError("\n".join(map(str, problems)) or f"{name} holds no mapping")
    splices = tuple(_splices(source, source.data, new))
    try:
        after = spliced(source.text, splices)
        again, problems = read(name, after.encode())
    except ValueError:  # an alias stands for part of what it is in, for example
        again = source
    if problems or again.data != new:
        raise EditError(f"{name} is written in a way that can't be changed by a program: change it by hand")
    mark = raw[: len(raw) - len(source.text.encode())]
    return Change(path=path, name=name, before=raw, after=mark + after.encode(), splices=splices)


def _splices(source: Source, old: Mapping[str, Value], new: Mapping[str, Data]) -> Sequence[Splice]:
    root = yaml.compose(source.text, Loader=yaml.CSafeLoader)
    assert isinstance(root, MappingNode), "its data is a mapping"
    try:
        return in_order(Splicer(source.text).mapping(root, old, new))
    except AliasError as error:
        raise EditError(f"{source.name}:{error.line}: an alias stands here; write out its value first") from error


def _replace(path: Path, content: bytes) -> None:
    """Put a file in another one's place, with its rights."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            found = path.stat()
            os.fchmod(descriptor, found.st_mode & 0o7777)
            with suppress(PermissionError):  # of who is not root; the file is then the writer's
                os.fchown(descriptor, found.st_uid, found.st_gid)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _unified(text: str, splices: Sequence[Splice], name: str) -> Iterator[str]:
    """The difference, from the changes themselves: comparing 100,000 lines would take minutes."""
    if not splices:
        return
    yield f"--- {name}"
    yield f"+++ {name} (new)"
    old, shift = text.split("\n"), 0
    hunks = _joined(list(_touched(text, splices)))
    for hunk in hunks:
        first, last = max(0, hunk[0][0] - CONTEXT), min(len(old), hunk[-1][1] + CONTEXT)
        lines, grown = list(_body(old, hunk, first, last)), sum(len(new) - (end - start) for start, end, new in hunk)
        yield f"@@ -{first + 1},{last - first} +{first + 1 + shift},{last - first + grown} @@"
        yield from lines
        shift += grown


_Touched = tuple[int, int, list[str]]
"""Lines from and to (without it), and what stands there instead."""


def _touched(text: str, splices: Sequence[Splice]) -> Iterator[_Touched]:
    """Whole lines that change; changes that touch the same line are one."""
    line = at = 0
    group: list[Splice] = []
    begin = end = 0
    for splice in splices:
        start = text.rfind("\n", 0, splice.start) + 1
        if group and start >= end:
            yield _lines(text, group, begin, end, line)
            group = []
        if not group:
            line += text.count("\n", at, start)
            at = begin = start
        found = text.find("\n", splice.end)
        end = max(end, len(text) if found < 0 else found + 1)
        group.append(splice)
    yield _lines(text, group, begin, end, line)


def _lines(text: str, group: Sequence[Splice], begin: int, end: int, line: int) -> _Touched:
    moved = [Splice(one.start - begin, one.end - begin, one.text) for one in group]
    before, after = text[begin:end].splitlines(), spliced(text[begin:end], moved).splitlines()
    shorter = min(len(before), len(after))
    same = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    tail = next((at for at in range(shorter - same) if before[-1 - at] != after[-1 - at]), shorter - same)
    return line + same, line + len(before) - tail, after[same : len(after) - tail]


def _joined(touched: Sequence[_Touched]) -> Iterator[list[_Touched]]:
    """Changes that are near enough for one hunk."""
    hunk: list[_Touched] = []
    for one in touched:
        if hunk and one[0] - hunk[-1][1] > 2 * CONTEXT:
            yield hunk
            hunk = []
        hunk.append(one)
    yield hunk


def _body(old: Sequence[str], hunk: Sequence[_Touched], first: int, last: int) -> Iterator[str]:
    at = first
    for start, end, new in hunk:
        yield from (f" {masked(line)}" for line in old[at:start])
        yield from (f"-{masked(line)}" for line in old[start:end])
        yield from (f"+{masked(line)}" for line in new)
        at = end
    yield from (f" {masked(line)}" for line in old[at:last])
