"""JSON text that keeps its author's layout: where each value stands, and RFC 6902 operations on the text itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Pointer = tuple[str | int, ...]
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Span:
    """Where a value stands: offsets of its text, and of its key's first quote (`start` itself in a list)."""

    start: int
    end: int
    key: int


@dataclass(slots=True)
class _Frame:
    pointer: Pointer
    start: int
    key: int
    is_object: bool
    name: str | int
    name_start: int = -1
    awaits_key: bool = field(default=False)

    @property
    def child(self) -> Pointer:
        return (*self.pointer, self.name)


def spans(text: str) -> dict[Pointer, Span]:
    """Pointer → place, for every value of a valid JSON text."""
    found: dict[Pointer, Span] = {}
    stack: list[_Frame] = []
    for token in _TOKEN.finditer(text):
        word, start = token.group(), token.start()
        top = stack[-1] if stack else None
        if top and top.awaits_key and word[0] == '"':
            top.name, top.name_start, top.awaits_key = json.loads(word), start, False
        elif word == "," and top:
            _next(top)
        elif word in "}]":
            frame = stack.pop()
            found[frame.pointer] = Span(frame.start, token.end(), frame.key)
        elif word != ":":
            _value(found, stack, word, token)
    return found


def _next(top: _Frame) -> None:
    if isinstance(top.name, int):
        top.name += 1
    top.awaits_key = top.is_object


def _value(found: dict[Pointer, Span], stack: list[_Frame], word: str, token: re.Match[str]) -> None:
    top = stack[-1] if stack else None
    pointer = top.child if top else ()
    key = top.name_start if top and top.is_object else token.start()
    if word in "{[":
        is_object = word == "{"
        stack.append(_Frame(pointer, token.start(), key, is_object, "" if is_object else 0, awaits_key=is_object))
    else:
        found[pointer] = Span(token.start(), token.end(), key)


def locate(text: str, pointer: Pointer) -> tuple[int, int]:
    """Line and column, 1-based, of the value at `pointer`, or of the nearest enclosing one that exists."""
    places = spans(text)
    while pointer and pointer not in places:
        pointer = pointer[:-1]
    start = places[pointer].start if pointer in places else 0
    return text.count("\n", 0, start) + 1, start - (text.rfind("\n", 0, start) + 1) + 1


def address(pointer: Pointer) -> str:
    """A pointer as people write it: ``issues[3].location.table``."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in pointer]
    return "".join(parts).removeprefix(".")


def parse_pointer(path: str) -> list[str]:
    """The parts of an RFC 6901 pointer, unescaped."""
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def escape(part: str) -> str:
    """One part of an RFC 6901 pointer, escaped."""
    return part.replace("~", "~0").replace("/", "~1")


def patched(text: str, operations: Iterable[Mapping[str, Any]]) -> str:
    """The text after RFC 6902 operations (``add``, ``remove``, ``replace``); all that they do not name stays as it was.

    Raises
    ------
    KeyError
        An operation names a place that the text does not have.
    """
    for operation in operations:
        text = _apply(text, operation)
    return text


def _apply(text: str, operation: Mapping[str, Any]) -> str:
    places = spans(text)
    parts = parse_pointer(operation["path"])
    parent = _resolve(places, text, parts[:-1])
    container = json.loads(text[places[parent].start : places[parent].end])
    name = _name(container, parts[-1])
    place = (*parent, name)
    if operation["op"] == "remove":
        return _remove(text, places[place])
    if operation["op"] == "replace" or (place in places and isinstance(name, str)):
        span = places[place]
        return text[: span.start] + _written(operation["value"], text) + text[span.end :]
    children = sorted((span for p, span in places.items() if p[:-1] == parent and p), key=lambda span: span.start)
    member = _written(operation["value"] if isinstance(name, int) else {name: operation["value"]}, text)
    return _insert(text, places[parent], children, name, member if isinstance(name, int) else member[1:-1])


def _resolve(places: Mapping[Pointer, Span], text: str, parts: list[str]) -> Pointer:
    pointer: Pointer = ()
    for part in parts:
        is_list = text[places[pointer].start] == "["
        pointer = (*pointer, int(part) if is_list else part)
        if pointer not in places:
            raise KeyError("/" + "/".join(parts))
    return pointer


def _name(container: Any, part: str) -> str | int:
    if isinstance(container, list):
        return len(container) if part == "-" else int(part)
    return part


def _written(value: Any, text: str) -> str:
    spaced = '": ' in text or '":\n' in text or '":' not in text
    separators = (", ", ": ") if spaced else (",", ":")
    return json.dumps(value, ensure_ascii=False, separators=separators)


def _insert(text: str, span: Span, children: list[Span], name: str | int, member: str) -> str:
    if not children:
        return text[: span.start + 1] + member + text[span.end - 1 :]
    gap = _gap(text, span, children)
    if isinstance(name, int) and name < len(children):
        at = children[name].key
        return text[:at] + member + "," + (gap or " ") + text[at:]
    end = children[-1].end
    return text[:end] + "," + gap + member + text[end:]


def _gap(text: str, span: Span, children: list[Span]) -> str:
    """The white space that the author puts before a member of this container."""
    before = children[-2].end if len(children) > 1 else span.start
    between = text[before : children[-1].key]
    gap = between[len(between.rstrip()) :]
    if len(children) > 1 or "\n" in gap:
        return gap
    return " " if '": ' in text else ""


def _remove(text: str, span: Span) -> str:
    start, end = span.key, span.end
    before = re.compile(r",\s*$").search(text[:start])
    if before:
        return text[: before.start()] + text[end:]
    after = re.compile(r"\s*,\s*").match(text, end)
    return text[:start] + text[after.end() if after else end :]
