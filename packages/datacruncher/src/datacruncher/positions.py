"""Where a value stands in a JSON text. Used only once something is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+)')

Step = str | int


def locate(text: str, pointer: tuple[Step, ...]) -> tuple[int, int]:
    """Line and column (1-based) of the value at `pointer`, or of its nearest parent that exists."""
    best, depth = 0, -1
    for path, offset in _walk(text):
        if len(path) > depth and path == pointer[: len(path)]:
            best, depth = offset, len(path)
    return text.count("\n", 0, best) + 1, best - (text.rfind("\n", 0, best) + 1) + 1


def _walk(text: str) -> Iterator[tuple[tuple[Step, ...], int]]:
    """Every value of a valid JSON text with its path and offset, in order."""
    path: list[Step] = []
    containers: list[str] = []
    for sign, offset in _tokens(text):
        if sign in "]}":
            containers.pop()
            path.pop()
        elif sign == ",":
            if containers[-1] == "[":
                path[-1] = int(path[-1]) + 1
            else:
                path[-1] = ""
        elif sign == ":":
            continue
        elif containers and containers[-1] == "{" and path[-1] == "":
            path[-1] = _unquoted(sign)
        else:
            yield tuple(path), offset
            if sign in "[{":
                containers.append(sign)
                path.append(0 if sign == "[" else "")


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    for match in _TOKEN.finditer(text):
        yield match.group(1), match.start(1)


def _unquoted(text: str) -> str:
    return str(json.loads(text))
