"""JSON text that keeps its author's layout: where each value stands, and RFC 6902 operations on the text itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Pointer = tuple[str | int, ...]
_WIDTH = 120  # columns that a line may have
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
    children = sorted((span for p, span in places.items() if p[:-1] == parent and p), key=lambda span: span.start)
    if operation["op"] == "remove":
        return _remove(text, places[parent], places[place], alone=len(children) == 1)
    hand = Hand.of(text, places)
    if operation["op"] == "replace" or (place in places and isinstance(name, str)):
        span = places[place]
        return text[: span.start] + hand.written(operation["value"], _margin(text, span.start)) + text[span.end :]
    return _insert(text, places[parent], children, name, Member(name, operation["value"], hand))


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


@dataclass(frozen=True, slots=True)
class Hand:
    """How an author writes JSON.

    Parameters
    ----------
    unit
        What a line is indented by; None where everything stands on one line.
    open_objects, open_lists
        Every object, every list is spread over lines, one member each.
    spaced
        A blank after commas and colons.
    padded
        A blank inside the braces of an object.
    tight
        No blank after the commas of a list of plain values.
    """

    unit: str | None
    open_objects: bool
    open_lists: bool
    spaced: bool
    padded: bool
    tight: bool = False

    @classmethod
    def of(cls, text: str, places: Mapping[Pointer, Span]) -> Hand:
        """As the text shows it."""
        found = re.search(r"\n([ \t]+)\S", text)
        filled = {pointer[:-1] for pointer in places if pointer}
        flat = {text[places[p].start] for p in filled if "\n" not in text[places[p].start : places[p].end]}
        return cls(
            unit=found.group(1) if found else None,
            open_objects="{" not in flat,
            open_lists="[" not in flat,
            spaced='": ' in text or '":\n' in text or '":' not in text,
            padded=text.count('{ "') > text.count('{"'),
            tight=_are_tight(_PLAIN_LIST.findall(text)),
        )

    def written(self, value: Any, margin: str) -> str:
        """A value as the author would write it, on a line that is indented by `margin`."""
        flat = self._flat(value)
        if self.unit is None or not isinstance(value, dict | list) or not value:
            return flat
        fits = len(margin) + len(flat) <= _WIDTH or not any(isinstance(part, dict | list) for part in _parts(value))
        if fits and not self._opens(value):
            return flat
        inner = margin + self.unit
        colon = ": " if self.spaced else ":"
        if isinstance(value, dict):
            members = [f"{_quoted(k)}{colon}{self.written(v, inner)}" for k, v in value.items()]
        else:
            members = [self.written(v, inner) for v in value]
        left, right = "{}" if isinstance(value, dict) else "[]"
        return f"{left}\n{inner}" + f",\n{inner}".join(members) + f"\n{margin}{right}"

    def _opens(self, value: Any) -> bool:
        """Whether the author would spread the value, or something in it, over lines."""
        if not isinstance(value, dict | list) or not value:
            return False
        own = self.open_objects if isinstance(value, dict) else self.open_lists
        return own or any(map(self._opens, _parts(value)))

    def _flat(self, value: Any) -> str:
        comma, colon = (", ", ": ") if self.spaced else (",", ":")
        if isinstance(value, dict) and value:
            edge = " " if self.padded else ""
            return (
                f"{{{edge}" + comma.join(f"{_quoted(k)}{colon}{self._flat(v)}" for k, v in value.items()) + f"{edge}}}"
            )
        if isinstance(value, list | tuple) and value:
            comma = "," if self.tight and not any(isinstance(part, dict | list) for part in value) else comma
            return "[" + comma.join(map(self._flat, value)) + "]"
        return _quoted(value)


@dataclass(frozen=True, slots=True)
class Member:
    """A value that is added: to an object by its name, to a list at its place."""

    name: str | int
    value: Any
    hand: Hand

    def at(self, margin: str) -> str:
        """Its text on a line that is indented by `margin`."""
        colon = ": " if self.hand.spaced else ":"
        head = "" if isinstance(self.name, int) else _quoted(self.name) + colon
        return head + self.hand.written(self.value, margin)


_PLAIN_LIST = re.compile(r"\[[^\[\]{}\n]*,[^\[\]{}\n]*\]")


def _are_tight(lists: Sequence[str]) -> bool:
    """Whether most lists on one line have no blank after a comma."""
    return sum(", " not in one for one in lists) > len(lists) / 2


def _parts(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _margin(text: str, at: int) -> str:
    """The white space at the beginning of the line."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip())]


def _insert(text: str, span: Span, children: list[Span], name: str | int, member: Member) -> str:
    if not children:
        return text[: span.start + 1] + _first(member, _margin(text, span.start)) + text[span.end - 1 :]
    margin = _margin(text, children[0].key)
    gap = _gap(text, span, children)
    if isinstance(name, int) and name < len(children):
        at = children[name].key
        return text[:at] + member.at(margin) + "," + (gap or " ") + text[at:]
    end = children[-1].end
    return text[:end] + "," + gap + member.at(margin) + text[end:]


def _first(member: Member, margin: str) -> str:
    """The only member of a container that was empty."""
    hand = member.hand
    opened = hand.open_lists if isinstance(member.name, int) else hand.open_objects
    if opened and hand.unit is not None:
        inner = margin + hand.unit
        return f"\n{inner}{member.at(inner)}\n{margin}"
    edge = " " if hand.padded and isinstance(member.name, str) else ""
    return edge + member.at(margin) + edge


def _gap(text: str, span: Span, children: list[Span]) -> str:
    """The white space that the author puts before a member of this container."""
    before = children[-2].end if len(children) > 1 else span.start
    between = text[before : children[-1].key]
    gap = between[len(between.rstrip()) :]
    if len(children) > 1 or "\n" in gap:
        return gap
    return " " if '": ' in text else ""


def _remove(text: str, parent: Span, span: Span, *, alone: bool) -> str:
    if alone:
        return text[: parent.start + 1] + text[parent.end - 1 :]
    start, end = span.key, span.end
    before = re.compile(r",\s*$").search(text[:start])
    if before:
        return text[: before.start()] + text[end:]
    after = re.compile(r"\s*,\s*").match(text, end)
    return text[:start] + text[after.end() if after else end :]
