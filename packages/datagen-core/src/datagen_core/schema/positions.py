"""JSON text → a tree in which every key and value knows where it stands.

Mistakes that leave no doubt about what was meant (a trailing comma, a comment, a single quote) are noted and reading
goes on, so that a document with five mistakes reports five; only where the structure is in doubt does reading stop.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.errors import Pointer

DEEPEST = 64  # levels; the language needs eleven
INT64 = range(-(2**63), 2**63)

_SPACE = re.compile(r"[ \t\n\r]*")
_COMMENT = re.compile(r"//[^\n]*|#[^\n]*|/\*.*?\*/", re.DOTALL)
_STRING = re.compile(r'"([^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*)"')
_SINGLE = re.compile(r"'([^'\\\n]*(?:\\.[^'\\\n]*)*)'")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?(?![\w.+-])")
_WORD = re.compile(r"[^\s\[\]{}:,\"']+")
_CONTROL = re.compile(r"[\x00-\x1f]")
_ESCAPE = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})(.)', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class Broken:
    """Stands where a value could not be read; whoever meets it knows that its mistake is on record."""


BROKEN = Broken()


@dataclass(slots=True)
class Item:
    """A value with its place.

    Parameters
    ----------
    value
        A scalar, a dict or a list of items, or `BROKEN`.
    at, key_at
        Offsets of the value's first character and of its key's; -1 where there is no text, `key_at` = `at` in a list.
    number
        Its number in the author's list, which stays when others are taken out; -1 outside lists.
    made
        What the value was turned into, where it does not stay as it is.
    """

    value: Any
    at: int = -1
    key_at: int = -1
    number: int = -1
    made: Any = None

    @property
    def entries(self) -> dict[str, Item]:
        """The members of an object; none of anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def elements(self) -> list[Item]:
        """The elements of a list; none of anything else."""
        return self.value if isinstance(self.value, list) else []

    def child(self, step: str | int) -> Item | None:
        """The member or element of that name or number, or None."""
        if isinstance(step, str):
            return self.entries.get(step)
        return self.elements[step] if step < len(self.elements) else None

    def follow(self, pointer: Pointer) -> tuple[Item, int]:
        """The item at a pointer, or the nearest enclosing one, and how many steps led there."""
        item = self
        for steps, step in enumerate(pointer):
            child = item.child(step)
            if child is None:
                return item, steps
            item = child
        return item, len(pointer)


@dataclass(frozen=True, slots=True)
class Slip:
    """A mistake of the text itself, at an offset."""

    at: int
    message: str
    hint: str = ""


@dataclass(slots=True)
class Tree:
    """What reading a text gave: its root (None where reading had to stop) and its mistakes in order."""

    root: Item | None
    slips: list[Slip] = field(default_factory=list)


class Lines:
    """Offsets of a text as lines and columns, both 1-based, columns in characters."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset; (0, 0) where there is no text."""
        if offset < 0:
            return 0, 0
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def parse(text: str) -> Tree:
    """The tree of a JSON text, with all of its mistakes."""
    reader = _Reader(text)
    try:
        root = reader.document()
    except _Stopped:
        return Tree(None, reader.slips)
    return Tree(root, reader.slips)


def plain(item: Item) -> Any:
    """The tree as Python values; what was made of an item stands in its place."""
    if item.made is not None:
        return item.made
    if isinstance(item.value, dict):
        return {key: plain(child) for key, child in item.value.items()}
    if isinstance(item.value, list):
        return [plain(child) for child in item.value]
    return item.value


def walk(item: Item, pointer: Pointer = ()) -> Iterator[tuple[Pointer, Item]]:
    """Every item of a tree with its pointer, parents first."""
    yield pointer, item
    for key, child in item.entries.items():
        yield from walk(child, (*pointer, key))
    for index, child in enumerate(item.elements):
        yield from walk(child, (*pointer, index))


class _Stopped(Exception):  # noqa: N818 - not an error of its own: the mistake is among the slips
    """Reading can't go on."""


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.slips: list[Slip] = []
        self._opened: list[int] = []
        self._lines = Lines(text)

    def document(self) -> Item:
        self._skip()
        if self.at == len(self.text):
            self._stop(0, "the document is empty")
        if self.text[self.at] not in "{[":
            self._stop(self.at, "a document is one JSON object", 'it begins with {"version": "1.0", …')
        root = self._value()
        self._skip()
        if self.at < len(self.text):
            self._stop(self.at, "nothing may follow the document's end", "is a bracket closed too early?")
        return root

    def _slip(self, at: int, message: str, hint: str = "") -> None:
        self.slips.append(Slip(at, message, hint))

    def _stop(self, at: int, message: str, hint: str = "") -> NoReturn:
        self._slip(at, message, hint)
        raise _Stopped

    def _skip(self) -> None:
        """Go to the next character that counts."""
        while True:
            match = _SPACE.match(self.text, self.at)
            self.at = match.end() if match else self.at
            comment = _COMMENT.match(self.text, self.at)
            if comment is None:
                return
            self._slip(self.at, "JSON has no comments", 'write a "comment" key')
            self.at = comment.end()

    def _peek(self) -> str:
        """The next character that counts."""
        self._skip()
        if self.at >= len(self.text):
            self._end()
        return self.text[self.at]

    def _end(self) -> NoReturn:
        opened = self._opened[-1] if self._opened else 0
        what = {"{": "object", "[": "list"}.get(self.text[opened], "value")
        line, column = self._lines.place(opened)
        self._stop(
            max(len(self.text.rstrip()) - 1, 0),
            f"the document ends inside the {what} that begins at {line}:{column}",
            f'close it with "{"}" if what == "object" else "]"}"' if self._opened else "",
        )

    def _value(self) -> Item:
        first = self._peek()
        at = self.at
        if first == "{":
            return Item(self._nested(self._object), at, at)
        if first == "[":
            return Item(self._nested(self._list), at, at)
        if first in "\"'":
            return Item(self._string(), at, at)
        if first in "]},:":
            self._stop(at, f'expected a value, found "{first}"')
        return Item(self._scalar(), at, at)

    def _nested(self, read: Any) -> Any:
        self._opened.append(self.at)
        if len(self._opened) > DEEPEST:
            self._stop(self.at, f"nested deeper than {DEEPEST} levels")
        self.at += 1
        found = read()
        self._opened.pop()
        return found

    def _object(self) -> dict[str, Item]:
        found: dict[str, Item] = {}
        while not self._ends("}"):
            at = self.at
            key = self._key()
            if self._peek() != ":":
                self._stop(self.at, f'expected ":" after the key "{key}"')
            self.at += 1
            item = self._value()
            item.key_at = at
            if key in found:
                line, column = self._lines.place(found[key].key_at)
                self._slip(at, f'the key "{key}" stands twice in this object; first at {line}:{column}')
            found.setdefault(key, item)
            self._separator("}")
        return found

    def _list(self) -> list[Item]:
        found: list[Item] = []
        while not self._ends("]"):
            element = self._value()
            element.number = len(found)
            found.append(element)
            self._separator("]")
        return found

    def _ends(self, closing: str) -> bool:
        if self._peek() != closing:
            return False
        self.at += 1
        return True

    def _separator(self, closing: str) -> None:
        """Read the comma after a member, or see that the end follows."""
        last = self.at
        following = self._peek()
        if following == ",":
            comma = self.at
            self.at += 1
            if self._peek() == closing:
                self._slip(comma, "trailing comma", "remove it")
            elif self._peek() == ",":
                self._stop(self.at, "two commas in a row", "remove one")
        elif following in "]}" and following != closing:
            opened = self._opened[-1]
            line, column = self._lines.place(opened)
            self._stop(self.at, f'expected "{closing}" for the "{self.text[opened]}" at {line}:{column}')
        elif following == ":":
            self._stop(self.at, 'a ":" stands where "," or the end is expected')
        elif following != closing:
            self._slip(max(last - 1, 0), "missing comma after this value", 'add ","')

    def _key(self) -> str:
        if self._peek() in "\"'":
            key = self._string()
            return key if isinstance(key, str) else ""
        match = _WORD.match(self.text, self.at)
        if match is None:
            self._stop(self.at, f'expected a key in double quotes, found "{self.text[self.at]}"')
        self._slip(self.at, "a key stands in double quotes", f'write "{match.group()}"')
        self.at = match.end()
        return match.group()

    def _string(self) -> str | Broken:
        at = self.at
        match = _STRING.match(self.text, at) or _SINGLE.match(self.text, at)
        if match is None:
            return self._unclosed(at)
        self.at = match.end()
        body = match.group(1)
        if self.text[at] == "'":
            self._slip(at, "a string stands in double quotes", f"write {json.dumps(body, ensure_ascii=False)}")
            return body
        return self._unescaped(at, body) if "\\" in body else body

    def _unclosed(self, at: int) -> Broken:
        """A string without end on its line; read on where it ends with only a control character in its way."""
        closing = re.compile(r'"(?:[^"\\\n]|\\.)*"').match(self.text, at)
        if closing is None:
            self._stop(at, "this string is not closed on its line", 'add the closing "')
        control = _CONTROL.search(closing.group())
        offset = at + (control.start() if control else 0)
        self._slip(offset, "a control character stands bare in a string", r"write \n, \t or \u00XX")
        self.at = closing.end()
        return BROKEN

    def _unescaped(self, at: int, body: str) -> str | Broken:
        wrong = _ESCAPE.search(re.sub(r"\\\\", "__", body))
        if wrong is not None:
            self._slip(
                at + 1 + wrong.start(), f'"\\{wrong.group(1)}" is no escape in JSON', f'write "\\\\{wrong.group(1)}"'
            )
            return BROKEN
        text: str = json.loads(f'"{body}"')
        if _SURROGATE.search(text):
            self._slip(at, "half of a surrogate pair is no character")
            return BROKEN
        return text

    def _scalar(self) -> Any:
        at = self.at
        number = _NUMBER.match(self.text, at)
        if number is not None:
            self.at = number.end()
            return self._number(at, number)
        word = _WORD.match(self.text, at)
        if word is None:
            self._stop(at, f'expected a value, found "{self.text[at]}"')
        self.at = word.end()
        if word.group() in _CONSTANTS:
            return _CONSTANTS[word.group()]
        self._slip(at, f'"{word.group()[:40]}" is no value in JSON', _meant(word.group()))
        return BROKEN

    def _number(self, at: int, match: re.Match[str]) -> int | float | Broken:
        text = match.group()
        if match.group(1) is None and match.group(2) is None:
            if len(text) <= 20 and int(text) in INT64:
                return int(text)
            self._slip(at, f"{text[:24]}{'…' if len(text) > 24 else ''} does not fit into 64 bits")
            return BROKEN
        if math.isfinite(value := float(text)):
            return value
        self._slip(at, f"{text[:24]} is too large for a 64-bit float")
        return BROKEN


def _meant(word: str) -> str:
    """What the author of a word that is no value probably meant."""
    lower = word.lower().lstrip("+-")
    if lower in {"nan", "infinity", "inf"}:
        return "a number has to be finite"
    constant = {"none": "null", "undefined": "null", "nil": "null"}.get(lower, lower)
    if constant in _CONSTANTS:
        return f"write {constant}"
    if re.fullmatch(r"[+-]?0*[0-9]+(\.[0-9]+)?", word):
        return f"write {word.lstrip('+').lstrip('0') or '0'}"
    if re.fullmatch(r"[-+]?\.[0-9]+", word):
        return f"write {word.replace('.', '0.').lstrip('+')}"
    return f"write {json.dumps(word, ensure_ascii=False)}" if re.fullmatch(r"\w[\w .-]*", word) else ""
