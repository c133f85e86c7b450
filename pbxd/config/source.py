"""YAML text to plain data that remembers its lines.

A configuration is text until a model asks for something else: ``0201``, ``+4588887700``, ``17:00`` and ``NO`` stay what
was written, which no YAML library offers. So the data is built here from the parser's events: every scalar is a
``str``, or ``None`` for a null. Building from events, not from a composed tree, also keeps deep nesting off the C
stack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, cast

import yaml

from pbxd.errors import ConfigProblem

MAX_BYTES = 32 * 1024 * 1024
"""Of one file; 10,000 users take about 3 MB."""
MAX_DEPTH = 64
MAX_ALIASED = 100_000
"""Values that the aliases of one file may stand for in all: nine lines of aliases can ask for a billion."""

NULLS = frozenset({"", "~", "null", "Null", "NULL"})

Path: TypeAlias = tuple[str | int, ...]
Value: TypeAlias = "str | Map | List | None"


class Map(dict[str, Value]):
    """A mapping, and the line (from 1) that each key stands on."""

    __slots__ = ("line", "lines", "weight")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}
        self.weight = 1
        """Number of values in it, itself included, aliases counted in full."""


class List(list[Value]):
    """A list, and the line (from 1) that each item starts on."""

    __slots__ = ("line", "lines", "weight")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []
        self.weight = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Located(ConfigProblem):
    """A problem together with the line of the file that it is about, for :func:`pbxd.config.report.report`."""

    text: str = field(default="", repr=False, compare=False)
    """As it is in the file: it may hold a password."""


def locate(text: str, *, file: str, line: int, path: Path = (), message: str, hint: str = "") -> Located:
    """The problem on a line of a file with this text."""
    lines = text.split("\n", line)
    shown = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
    return Located(file=file, line=line, path=dotted(path), message=message, hint=hint, text=shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file that was read: its name as problems give it, its text and its data (``None`` when unreadable)."""

    name: str
    text: str = field(repr=False)
    data: Value = field(repr=False)

    def line(self, path: Path) -> int:
        """The line of the value at ``path``, or of the nearest thing above it that is there."""
        value, line = self.data, self.data.line if isinstance(self.data, Map | List) else 1
        for part in path:
            below = step(value, part)
            if below is None:
                break
            value, line = below
        return line

    def problem(self, path: Path, message: str, hint: str = "") -> ConfigProblem:
        """A problem at ``path``."""
        return locate(self.text, file=self.name, line=self.line(path), path=path, message=message, hint=hint)


def step(value: Value, part: str | int) -> tuple[Value, int] | None:
    """What is at a key or an index, and its line; ``None`` where there is no such thing."""
    match value, part:
        case Map(), str() if part in value:
            return value[part], value.lines[part]
        case List(), int() if 0 <= part < len(value):
            return value[part], value.lines[part]
    return None


def dotted(path: Path) -> str:
    """``("users", 7, "lines")`` as people read it: ``users.7.lines``."""
    return ".".join(map(str, path))


def read(name: str, raw: bytes) -> tuple[Source, list[ConfigProblem]]:
    """Read one file's bytes; what can't be read leaves ``data`` as ``None`` and gives a problem."""

    def failed(line: int, message: str, hint: str = "", text: str = "") -> tuple[Source, list[ConfigProblem]]:
        problem = locate(text, file=name, line=line, message=message, hint=hint)
        return Source(name=name, text=text, data=None), [problem]

    if len(raw) > MAX_BYTES:
        return failed(1, f"the file has {len(raw)} bytes; {MAX_BYTES} are allowed")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return failed(raw.count(b"\n", 0, error.start) + 1, "not UTF-8 text", "save the file as UTF-8")
    try:
        builder = _Builder(name, text)
        data = builder.build(yaml.parse(text, Loader=yaml.CSafeLoader))
    except _UnusableError as error:
        return failed(error.line, error.message, error.hint, text)
    except yaml.YAMLError as error:
        line, message, hint = _explain(error, text)
        return failed(line, message, hint, text)
    if data is None and not builder.problems:
        return failed(1, "the file is empty", text=text)
    return Source(name=name, text=text, data=data), builder.problems


class _UnusableError(Exception):
    def __init__(self, line: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.line, self.message, self.hint = line, message, hint


class _Builder:
    """Builds the data of one document with a stack of its own."""

    def __init__(self, name: str, text: str) -> None:
        self._name, self._text = name, text
        self.problems: list[ConfigProblem] = []
        self._open: list[tuple[Map | List, str | None]] = []
        """Containers not closed yet, each with the anchor it carries."""
        self._keys: list[str | None] = []
        """Beside each open container: the key that waits for its value."""
        self._anchors: dict[str, Value] = {}
        self._aliased = 0
        self._root: Value = None
        self._documents = 0

    def build(self, events: Iterator[yaml.Event]) -> Value:
        for event in events:
            match event:
                case yaml.ScalarEvent():
                    self._scalar(event)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._start(event)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._end()
                case yaml.AliasEvent():
                    self._alias(event)
                case yaml.DocumentStartEvent():
                    self._documents += 1
                    if self._documents > 1:
                        raise _UnusableError(_line(event), "a second document begins here; a file holds one")
                case _:
                    pass
        return self._root

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        line = _line(event)
        _refuse_tag(event.tag, line)
        container = self._open[-1][0] if self._open else None
        if isinstance(container, Map) and self._keys[-1] is None:
            self._key(container, event.value, line)
            return
        plain = event.style is None or event.style == ""
        value = None if plain and event.value in NULLS else event.value
        if event.anchor:
            self._anchors[event.anchor] = value
        self._place(value, line)

    def _key(self, container: Map, key: str, line: int) -> None:
        if key == "<<":
            raise _UnusableError(line, "merge keys (`<<`) are not supported", "repeat the keys")
        if key in container.lines:
            message = f"`{key}` is given twice; the first is on line {container.lines[key]}"
            path = (*self._path(), key)
            self.problems.append(locate(self._text, file=self._name, line=line, path=path, message=message))
        else:
            container.lines[key] = line
        self._keys[-1] = key

    def _start(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        line = _line(event)
        _refuse_tag(event.tag, line)
        if len(self._open) >= MAX_DEPTH:
            raise _UnusableError(line, f"nested more than {MAX_DEPTH} deep")
        if self._open and isinstance(self._open[-1][0], Map) and self._keys[-1] is None:
            raise _UnusableError(line, "a key must be text, not a mapping or a list")
        container = Map(line) if isinstance(event, yaml.MappingStartEvent) else List(line)
        self._open.append((container, event.anchor))
        self._keys.append(None)

    def _end(self) -> None:
        container, anchor = self._open.pop()
        self._keys.pop()
        if anchor:  # only now: an alias inside what it names has no end
            self._anchors[anchor] = container
        self._place(container, container.line)

    def _alias(self, event: yaml.AliasEvent) -> None:
        line, name = _line(event), cast("str", event.anchor)
        if name not in self._anchors:
            raise _UnusableError(line, f"the alias `*{name}` stands for nothing that was written before it")
        value = self._anchors[name]
        self._aliased += _weight(value)
        if self._aliased > MAX_ALIASED:
            raise _UnusableError(line, f"the file's aliases stand for more than {MAX_ALIASED} values")
        if self._open and isinstance(self._open[-1][0], Map) and self._keys[-1] is None:
            if not isinstance(value, str):
                raise _UnusableError(line, "a key must be text, not a mapping or a list")
            self._key(self._open[-1][0], value, line)
            return
        self._place(value, line)

    def _place(self, value: Value, line: int) -> None:
        if not self._open:
            self._root = value
            return
        container = self._open[-1][0]
        container.weight += _weight(value)
        if isinstance(container, Map):
            key = cast("str", self._keys[-1])
            container.setdefault(key, value)
            self._keys[-1] = None
        else:
            container.append(value)
            container.lines.append(line)

    def _path(self) -> Path:
        parts: list[str | int] = []
        for (container, _), key in zip(self._open[:-1], self._keys[:-1], strict=True):
            parts.append(len(container) if isinstance(container, List) else cast("str", key))
        return tuple(parts)


def _weight(value: Value) -> int:
    return value.weight if isinstance(value, Map | List) else 1


def _line(event: yaml.Event) -> int:
    assert event.start_mark is not None, "only events that were made by hand have none"
    return event.start_mark.line + 1


def _refuse_tag(tag: str | None, line: int) -> None:
    if tag is not None and tag != "!":
        raise _UnusableError(line, f"the tag `{tag}` is not supported", "write the plain value")


_INDENTATION = "check the indentation"
_WORDS: Sequence[tuple[str, str, str]] = (
    ("tab character", "a tab indents this line", "indent with spaces"),
    ("cannot start any token", "this character can't begin a value", "put the value in quotes"),
    ("mapping values are not allowed", "a `:` where no key can be", f"quote text that holds `: `, and {_INDENTATION}"),
    ("expected ',' or ']'", "a list in brackets is not closed", "add `]`, or a `,` between the items"),
    ("expected ',' or '}'", "a mapping in braces is not closed", "add `}`, or a `,` between the keys"),
    ("expected '-' indicator", "a line that is not indented like the list items before it", _INDENTATION),
    ("did not find expected key", "a line that is not indented like those before it", _INDENTATION),
    ("could not find expected ':'", "a key without `:`", "write `key: value`"),
    ("expected node content", "a value is missing, or what was opened before is not closed", "check the brackets"),
    ("unexpected end of stream", "text in quotes is not closed", "add the closing quote"),
    ("incompatible YAML document", "another version of YAML", "leave out the %YAML line"),
)
"""Part of what the parser says, what that means here, and what to do."""


def _explain(error: yaml.YAMLError, text: str) -> tuple[int, str, str]:
    """Line, message and hint for what the YAML parser says."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return line, f"a character that YAML does not allow (U+{_code(error.character):04X})", "remove it"
    problem = str(getattr(error, "problem", None) or error)
    mark = getattr(error, "problem_mark", None)
    context = getattr(error, "context_mark", None)
    opened = any(words in problem for words in ("end of stream", "expected ','", "expected ':'"))
    if (opened and context is not None) or mark is None:
        mark = context or mark
    line = (mark.line + 1) if mark is not None else 1
    for words, message, hint in _WORDS:
        if words in problem:
            return line, message, hint
    return line, problem, ""


def _code(character: object) -> int:
    return ord(character) if isinstance(character, str) else int(cast("int", character))
