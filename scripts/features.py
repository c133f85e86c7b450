"""Makes docs/features.md: every item of the catalogue, and the tests that show it.

A test names what it shows by ``@pytest.mark.covers("CALL-1")`` on the function or class, or by ``pytestmark`` for a
module. Tests are read, not run or imported. An item is *shown* when a test shows it through the whole server
(tests/scenarios, tests/interop) or by a command as somebody gives it (modules that use typer's ``CliRunner``); tests of
single parts alone leave it *in parts*, and so does a ``lacks`` line in the catalogue.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

TOP = Path(__file__).parent.parent
CATALOGUE = TOP / "docs" / "catalogue.yaml"
PAGE = TOP / "docs" / "features.md"
WHOLE_SERVER = ("tests/scenarios/", "tests/interop/")
WHOLE_COMMAND = "CliRunner"

HEAD = """\
# Features

Made by `scripts/features` from `docs/catalogue.yaml` and the marks of the tests; do not edit. An item is *shown* when a
test shows it through the running server, or by a command as it is given; *in parts* when only pieces are tested or
something is still missing.

"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the catalogue."""

    id: str
    text: str
    lacks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One that is marked."""

    module: str
    name: str
    whole: bool
    """Whether it looks at the server or a command from outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The items with one prefix."""

    title: str
    items: tuple[Item, ...]


def read_catalogue(path: Path) -> tuple[Family, ...]:
    """Read the families of the catalogue in their order."""
    families = yaml.safe_load(path.read_text())
    return tuple(
        Family(title=family["title"], items=tuple(_item(key, value) for key, value in family["items"].items()))
        for family in families.values()
    )


def _item(key: str, value: str | Mapping[str, str]) -> Item:
    if isinstance(value, str):
        return Item(id=key, text=value)
    return Item(id=key, text=value["text"], lacks=value["lacks"])


def read_tests(top: Path) -> dict[str, list[Test]]:
    """Find, for each id, the tests that are marked with it."""
    tests: dict[str, list[Test]] = defaultdict(list)
    for path in sorted((top / "tests").rglob("test_*.py")):
        text = path.read_text()
        module, where = ast.parse(text, str(path)), path.relative_to(top).as_posix()
        whole = where.startswith(WHOLE_SERVER) or WHOLE_COMMAND in text
        for name, marks in _marked(module.body, "", _module_marks(module)):
            for mark in marks:
                tests[mark].append(Test(module=where, name=name, whole=whole))
    return tests


def _module_marks(module: ast.Module) -> frozenset[str]:
    for statement in module.body:
        if isinstance(statement, ast.Assign) and any(_is_name(target, "pytestmark") for target in statement.targets):
            marks = statement.value.elts if isinstance(statement.value, ast.List | ast.Tuple) else [statement.value]
            return _ids(marks)
    return frozenset()


def _marked(body: list[ast.stmt], within: str, outer: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _marked(node.body, f"{within}{node.name}::", outer | _ids(node.decorator_list))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            yield within + node.name, outer | _ids(node.decorator_list)


def _ids(expressions: list[ast.expr]) -> frozenset[str]:
    return frozenset(
        argument.value
        for expression in expressions
        if isinstance(expression, ast.Call) and isinstance(expression.func, ast.Attribute)
        if expression.func.attr == "covers"
        for argument in expression.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    )


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def state(item: Item, tests: list[Test]) -> str:
    """Judge one item: ``shown``, ``in parts`` or ``not yet``."""
    if not tests:
        return "not yet"
    return "shown" if any(test.whole for test in tests) and not item.lacks else "in parts"


def render(families: tuple[Family, ...], tests: dict[str, list[Test]]) -> str:
    """Write the page."""
    states = [state(item, tests.get(item.id, [])) for family in families for item in family.items]
    counts = ", ".join(f"{states.count(name)} {name}" for name in ("shown", "in parts", "not yet"))
    lines = [HEAD + f"{len(states)} items: {counts}.\n"]
    for family in families:
        lines.append(f"\n## {family.title}\n\n| id | what | state | tests |\n|---|---|---|---|\n")
        lines.extend(_row(item, tests.get(item.id, [])) for item in family.items)
    return "".join(lines)


def _row(item: Item, tests: list[Test]) -> str:
    text = f"{item.text} (missing: {item.lacks})" if item.lacks else item.text
    files: dict[str, int] = defaultdict(int)
    for test in tests:
        files[test.module] += 1
    shown = "<br>".join(f"[{name.removeprefix('tests/')}](../{name}) ({count})" for name, count in files.items())
    return f"| {item.id} | {text} | {state(item, tests)} | {shown} |\n"


def main(arguments: list[str]) -> int:
    families = read_catalogue(CATALOGUE)
    tests = read_tests(TOP)
    known = {item.id for family in families for item in family.items}
    unknown = sorted(set(tests) - known)
    for mark in unknown:
        print(f"{tests[mark][0].module}::{tests[mark][0].name}: the catalogue has no item {mark}", file=sys.stderr)
    page = render(families, tests)
    if "--check" in arguments:
        if not PAGE.exists() or PAGE.read_text() != page:
            print(f"{PAGE.relative_to(TOP)} is out of date: run scripts/features", file=sys.stderr)
            return 1
    else:
        PAGE.write_text(page)
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
