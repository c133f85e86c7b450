"""Problems for a terminal: by file, each with the line that it is about."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from pbxd.config.source import Located
from pbxd.errors import ConfigProblem

SECRETS = ("password", "passwd", "pwd", "pin", "token", "secret", "ticket")
WIDTH = 140
"""Characters of a source line that are shown."""

_VALUE = re.compile(r"""([\w-]+)(["']?\s*:\s*)("(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|[^\s,}\]#][^,}\]#]*)""")
_CREDENTIALS = re.compile(r"(://[^/\s:@]+:)[^/\s@]+@")


def report(problems: Sequence[ConfigProblem]) -> str:
    """The problems by file and line: what is wrong, what to write instead, the source line with a caret, the count.

    Values that look like secrets are masked, since reports end up in mails and tickets.
    """
    ordered = sorted(problems, key=lambda problem: (problem.file, problem.line, problem.path))
    blocks = [
        "\n".join([file, *(line for problem in found for line in _lines(problem))])
        for file, found in groupby(ordered, key=lambda problem: problem.file)
    ]
    return "\n\n".join([*blocks, _count(ordered)])


def _lines(problem: ConfigProblem) -> Iterator[str]:
    where = f"{problem.path}: " if problem.path else ""
    yield f"  line {problem.line}: {where}{problem.message}"
    text = masked(problem.text) if isinstance(problem, Located) else ""
    if text.strip():
        yield f"      | {text[:WIDTH]}"
        column = _column(text, problem.path)
        if column < WIDTH:
            yield f"      | {' ' * column}^"
    if problem.hint:
        yield f"      {problem.hint}"


def _column(text: str, path: str) -> int:
    """Where the key that the path ends with stands in the line; else where the line's text begins."""
    for part in reversed(path.split(".")):
        if not part.isdigit():
            found = re.search(rf"(?<![\w-]){re.escape(part)}(?=[\"']?\s*:)", text)
            if found is not None:
                return found.start()
            break
    return len(text) - len(text.lstrip())


def masked(text: str) -> str:
    """The line without its secrets, also where the key of one is misspelt."""

    def mask(match: re.Match[str]) -> str:
        secret = difflib.get_close_matches(match[1].lower(), SECRETS, n=1, cutoff=0.8)
        return f"{match[1]}{match[2]}********" if secret else match[0]

    return _CREDENTIALS.sub(r"\1********@", _VALUE.sub(mask, text))


def _count(problems: Sequence[ConfigProblem]) -> str:
    files = len({problem.file for problem in problems})
    return f"{_amount(len(problems), 'problem')} in {_amount(files, 'file')}"


def _amount(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
